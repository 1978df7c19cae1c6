#include "run/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace iodyno::host {
namespace {

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

void Progress::begin_group(const std::string& name, std::uint64_t trials) {
  if (style_ == Style::plain)
    say(name + ": " + std::to_string(trials) + (trials == 1 ? " trial" : " trials"));
}

void Progress::now(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (style_ != Style::terminal) return;
  auto line = what;
  if (total > 0) line = "[" + std::to_string(done) + "/" + std::to_string(total) + "] " + what;
  line.resize(std::min(line.size(), terminal_width() - 1));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  dirty_ = true;
}

void Progress::clear() {
  if (dirty_) std::fputs("\r\033[K", stderr);
  dirty_ = false;
}

}  // namespace iodyno::host
