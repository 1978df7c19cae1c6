#include "evict.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace engine::automatic {
namespace {

/// Dirty pages stay where they are, so they are written back first; where nothing is dirty that
/// costs a call. 0 or an errno value of either is of no use here.
void clean(int dir, const char* path, bool drop) {
  const int fd = ::openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(::fdatasync(fd));
  if (drop) static_cast<void>(::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
  ::close(fd);
}

}  // namespace

void evict(const iodyno::Config& config, std::span<const iodyno_request> requests,
           std::span<const std::string> open_set) {
  bool blocks = false;
  for (const iodyno_request& r : requests) {
    if (r.path != nullptr) clean(config.dir(), r.path, true);
    blocks |= r.path == nullptr;
  }
  if (blocks)
    for (const std::string& path : open_set) clean(config.dir(), path.c_str(), true);
}

void write_back(const iodyno::Config& config, std::span<const std::string> open_set) {
  for (const std::string& path : open_set) clean(config.dir(), path.c_str(), false);
}

}  // namespace engine::automatic
