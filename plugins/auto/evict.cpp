#include "evict.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace engine::automatic {

/// Dirty pages stay where they are: what the host has just made is written back first, once.
void Eviction::evict(std::span<const iodyno_request> requests) {
  if (!written_back_) iodyno::check(::syncfs(config_.dir()), "syncfs");
  written_back_ = true;
  bool blocks = false;
  for (const iodyno_request& r : requests) {
    if (r.path != nullptr && r.op != IODYNO_OP_SYMLINK) evict(r.path);
    blocks |= r.path == nullptr;
  }
  if (blocks)
    for (const std::string& path : open_set_) evict(path.c_str());
}

void Eviction::evict(const char* path) const {
  const int fd = ::openat(config_.dir(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}

}  // namespace engine::automatic
