/// File systems that share extents, and whether a file of theirs does.
#pragma once
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "../support/scratch.hpp"
#include "fixture.hpp"

namespace sdk_test {

/// A new file system in a file in memory, mounted as long as it lives. The kernel lets go of the
/// file when the mount does.
class Image {
 public:
  explicit Image(const std::string& type) : refused(set_up(type)) {}
  Image(const Image&) = delete;
  ~Image() {
    if (mounted_) ::umount2(point_.path().c_str(), MNT_DETACH);
  }
  const std::filesystem::path& path() const { return point_.path(); }

 private:
  static constexpr off_t kSize = off_t{400} << 20;

  static bool run(const std::string& command) {
    return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
  }

  std::string set_up(const std::string& type) {
    if (const auto why = iodyno::test::enter_own_mounts(); !why.empty()) return why;
    if (!is_tmpfs("/dev/shm")) return "/dev/shm is no memory";
    std::string name = "/dev/shm/iodyno-sdk-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0) return "no file in /dev/shm";
    const bool made = ::ftruncate(fd, kSize) == 0 && run("mkfs." + type + " -q " + name);
    mounted_ = made && run("mount -t " + type + " -o loop " + name + " " + point_.path().string());
    ::close(fd);
    ::unlink(name.c_str());
    return !made ? "no mkfs." + type : !mounted_ ? "no loop mount of " + type : "";
  }

  iodyno::test::TempDir point_;
  bool mounted_ = false;

 public:
  const std::string refused;  ///< why there is none
};

/// Whether the kernel says of each extent of a file that another file has it, too.
inline bool is_shared(const std::filesystem::path& path) {
  constexpr std::uint32_t kMost = 64;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<fiemap_extent> room(kMost + 1);  // the header takes less than an extent
  auto* map = reinterpret_cast<fiemap*>(room.data());
  map->fm_length = FIEMAP_MAX_OFFSET;
  map->fm_flags = FIEMAP_FLAG_SYNC;
  map->fm_extent_count = kMost;
  const int result = ::ioctl(fd, FS_IOC_FIEMAP, map);
  ::close(fd);
  if (result != 0 || map->fm_mapped_extents == 0) return false;
  for (std::uint32_t i = 0; i < map->fm_mapped_extents; ++i)
    if (!(map->fm_extents[i].fe_flags & FIEMAP_EXTENT_SHARED)) return false;
  return true;
}

}  // namespace sdk_test
