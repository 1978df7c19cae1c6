#include "run/signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace iodyno::host {
namespace {

// A handler can reach nothing but globals.
std::atomic<int> caught = 0;
int wake_up[2] = {-1, -1};

void handle(int signal) {
  int none = 0;
  if (!caught.compare_exchange_strong(none, signal)) _exit(128 + signal);
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
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

int caught_signal() { return caught; }
int signal_fd() { return wake_up[0]; }
void throw_if_interrupted() {
  if (caught_signal() != 0) throw Interrupted();
}

}  // namespace iodyno::host
