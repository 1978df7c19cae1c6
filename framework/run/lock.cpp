#include "run/lock.hpp"

#include <sys/file.h>

#include <cerrno>
#include <thread>

namespace iodyno::host {

bool lock(int fd, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kPause(50);
  for (;; patience -= kPause) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK || patience <= kPause.zero()) return false;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace iodyno::host
