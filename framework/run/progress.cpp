#include "run/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <iodyno/posix.hpp>

#include "report/gbench.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kPauseNs = 100'000'000;

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

void Progress::say(const std::string& line) {
  if (style_ == Style::quiet) return;
  warn(line);
}

void Progress::warn(const std::string& line) {
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void Progress::say_if_plain(const std::string& line) {
  if (style_ == Style::plain) say(line);
}

bool Progress::is_due() const { return is_live() && iodyno::now() >= shown_ns_ + kPauseNs; }

void Progress::show(const LiveLine& line) {
  if (!is_live()) return;
  // In the last column the cursor would go on to the next line.
  const auto text = clean_text(fitted(line, terminal_width() - 1));
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
  dirty_ = true;
  shown_ns_ = iodyno::now();
}

void Progress::now(const std::string& what, std::uint64_t done, std::uint64_t total) {
  const auto place =
      total == 0 ? "" : "[" + std::to_string(done) + "/" + std::to_string(total) + "] ";
  show({.what = place + what, .figures = {}, .running = {}, .left = ""});
}

void Progress::clear() {
  if (dirty_) std::fputs("\r\033[K", stderr);
  dirty_ = false;
}

}  // namespace iodyno::host
