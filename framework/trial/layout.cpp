#include "trial/layout.hpp"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <optional>

namespace iodyno::host {
namespace {

constexpr std::uint32_t kExtents = 128;  // asked for at once

std::string at(const char* what, std::uint64_t offset) {
  return std::string(what) + " at " + std::to_string(offset);
}

/// No answer where the file system has no map.
std::optional<std::string> fault_by_map(int fd, std::uint64_t size) {
  alignas(fiemap) std::byte room[sizeof(fiemap) + kExtents * sizeof(fiemap_extent)];
  auto& map = *new (room) fiemap{};
  for (std::uint64_t covered = 0; covered < size;) {
    map = {};
    map.fm_start = covered;
    map.fm_length = size - covered;
    map.fm_extent_count = kExtents;
    if (ioctl(fd, FS_IOC_FIEMAP, &map) != 0) {
      if (errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL) return {};
      fail(errno, "FS_IOC_FIEMAP");
    }
    if (map.fm_mapped_extents == 0) return at("a hole", covered);
    for (std::uint32_t i = 0; i < map.fm_mapped_extents && covered < size; ++i) {
      const auto& extent = map.fm_extents[i];
      if (extent.fe_logical > covered) return at("a hole", covered);
      if (extent.fe_flags & FIEMAP_EXTENT_UNWRITTEN)
        return at("an unwritten extent", std::max(covered, std::uint64_t(extent.fe_logical)));
      covered = std::max(covered, std::uint64_t(extent.fe_logical + extent.fe_length));
      if ((extent.fe_flags & FIEMAP_EXTENT_LAST) && covered < size) return at("a hole", covered);
    }
  }
  return "";
}

/// A file system that knows of no holes says that the first one is at the end.
std::string fault_by_seek(int fd, std::uint64_t size) {
  const auto hole = lseek(fd, 0, SEEK_HOLE);
  if (hole < 0) return {};
  return std::uint64_t(hole) < size ? at("a hole", std::uint64_t(hole)) : "";
}

}  // namespace

std::string layout_fault(int fd, std::uint64_t size) {
  if (size == 0) return {};
  if (const auto fault = fault_by_map(fd, size)) return *fault;
  return fault_by_seek(fd, size);
}

std::string layout_fault(int directory, const Files& files, std::uint64_t seed,
                         const Which& which) {
  std::string found;
  survey(directory, files, seed, which, [&](std::uint64_t file, int fd) {
    const auto fault = layout_fault(fd, files.size(file));
    if (!fault.empty()) found = files.path(file) + " has " + fault;
    return found.empty();
  });
  return found;
}

}  // namespace iodyno::host
