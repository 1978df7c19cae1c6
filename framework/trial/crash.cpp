#include "trial/crash.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "trial/sanitizer.hpp"

namespace iodyno::host {
namespace {

constexpr int kFramesMax = 24, kToldMax = 6;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr unsigned kTooLongSeconds = 5;
alignas(16) std::array<char, 64 << 10> stack;  // of the handler: the usual one may be full

/// A line in a buffer of its own: a handler may not allocate.
class Line {
 public:
  void add(const char* text) {
    while (*text && size_ + 1 < text_.size()) text_[size_++] = *text++;
  }
  void add_hex(std::uintptr_t number) {
    char digits[2 * sizeof number + 1];
    char* at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = "0123456789abcdef"[number % 16];
    while ((number /= 16) != 0);
    add("0x");
    add(at);
  }
  void print() {
    text_[size_++] = '\n';
    (void)!write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 512> text_{};
  std::size_t size_ = 0;
};

/// It lies in this program, which has called a plugin: from there on nothing is news.
bool is_of_the_host(void* address) {
  Dl_info where{}, host{};
  return dladdr(address, &where) != 0 &&
         dladdr(reinterpret_cast<void*>(&tell_of_crashes), &host) != 0 &&
         where.dli_fbase == host.dli_fbase;
}

void add_frame(Line& line, void* address) {
  Dl_info where{};
  const bool known = dladdr(address, &where) != 0 && where.dli_fname;
  if (known && where.dli_sname) {
    line.add(where.dli_sname);
  } else {
    const auto base = known ? reinterpret_cast<std::uintptr_t>(where.dli_fbase) : 0;
    line.add_hex(reinterpret_cast<std::uintptr_t>(address) - base);
  }
  if (!known) return;
  const char* slash = std::strrchr(where.dli_fname, '/');
  line.add(" in ");
  line.add(slash ? slash + 1 : where.dli_fname);
}

void tell(int number) {
  // Dispositions are the default's again (SA_RESETHAND): a crash in here ends the process, and so
  // does one that waits for a lock of whoever crashed.
  alarm(kTooLongSeconds);
  std::array<void*, kFramesMax> frames;
  const int count = backtrace(frames.data(), kFramesMax);
  Line line;
  line.add(kCrashedAt);
  constexpr int kOwn = 2;  // this function, and the kernel's frame that called it
  for (int i = kOwn; i < count && i < kOwn + kToldMax; ++i) {
    void* const frame = frames[std::size_t(i)];
    if (i > kOwn && is_of_the_host(frame)) break;
    if (i > kOwn) line.add(" < ");
    add_frame(line, frame);
  }
  if (count > kOwn) line.print();
  raise(number);  // when this returns
}

}  // namespace

void tell_of_crashes() {
  if (is_sanitized()) return;
  void* frame = nullptr;
  backtrace(&frame, 1);  // loads what it needs, which a handler may not
  stack_t own{};
  own.ss_sp = stack.data();
  own.ss_size = stack.size();
  sigaltstack(&own, nullptr);
  struct sigaction action {};
  action.sa_handler = tell;
  action.sa_flags = int(SA_ONSTACK | SA_RESETHAND);
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace iodyno::host
