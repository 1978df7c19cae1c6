#include "run/signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace iodyno::host {
namespace {

// A handler can reach nothing but globals.
std::atomic<int> caught = 0;
int wake_up[2] = {-1, -1};

// timeout(1) and others signal the process and then its group: that is one wish, not two.
constexpr std::int64_t kSameWishNs = 200'000'000;
std::atomic<std::int64_t> caught_at_ns = 0;

std::int64_t monotonic_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void handle(int signal) {
  int none = 0;
  if (!caught.compare_exchange_strong(none, signal)) {
    if (monotonic_ns() - caught_at_ns < kSameWishNs) return;
    _exit(128 + signal);
  }
  caught_at_ns = monotonic_ns();
  const int saved = errno;
  (void)!write(wake_up[1], "", 1);
  errno = saved;
}

}  // namespace

void catch_signals() {
  if (pipe2(wake_up, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  struct sigaction action {};
  action.sa_handler = handle;
  // One after the other, so that the second one finds when the first one came.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&action.sa_mask, signal);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction inherited {};
  sigaction(SIGHUP, nullptr, &inherited);
  if (inherited.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // else: nohup
  // Whoever reads our output may stop reading: no reason to leave files behind.
  signal(SIGPIPE, SIG_IGN);
  // A file that may not grow further (RLIMIT_FSIZE) is an error of who writes it: EFBIG.
  signal(SIGXFSZ, SIG_IGN);
}

int caught_signal() { return caught; }
int signal_fd() { return wake_up[0]; }
void throw_if_interrupted() {
  if (caught_signal() != 0) throw Interrupted();
}

}  // namespace iodyno::host
