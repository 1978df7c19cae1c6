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
std::optional<Layout> layout_by_map(int fd, std::uint64_t size) {
  Layout layout{.fault = {}, .extents_per_file = 0};
  const auto faulty = [&](const char* what, std::uint64_t offset) {
    layout.fault = at(what, offset);
    return layout;
  };
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
    if (map.fm_mapped_extents == 0) return faulty("a hole", covered);
    for (std::uint32_t i = 0; i < map.fm_mapped_extents && covered < size; ++i) {
      const auto& extent = map.fm_extents[i];
      if (extent.fe_logical > covered) return faulty("a hole", covered);
      if (extent.fe_flags & FIEMAP_EXTENT_UNWRITTEN)
        return faulty("an unwritten extent", std::max(covered, std::uint64_t(extent.fe_logical)));
      *layout.extents_per_file += 1;
      covered = std::max(covered, std::uint64_t(extent.fe_logical + extent.fe_length));
      if ((extent.fe_flags & FIEMAP_EXTENT_LAST) && covered < size)
        return faulty("a hole", covered);
    }
  }
  return layout;
}

/// A file system that knows of no holes says that the first one is at the end.
Layout layout_by_seek(int fd, std::uint64_t size) {
  const auto hole = lseek(fd, 0, SEEK_HOLE);
  const bool within = hole >= 0 && std::uint64_t(hole) < size;
  return {within ? at("a hole", std::uint64_t(hole)) : "", {}};
}

}  // namespace

Layout layout_of(int fd, std::uint64_t size) {
  if (size == 0) return {};
  if (auto layout = layout_by_map(fd, size)) return *layout;
  return layout_by_seek(fd, size);
}

Layout layout_of(int directory, const Files& files, std::uint64_t seed, const Which& which,
                 std::uint64_t most) {
  Layout found;
  std::uint64_t looked_at = 0;
  const auto look = [&](std::uint64_t file, int fd) {
    const auto one = layout_of(fd, files.size(file));
    if (!one.fault.empty()) found.fault = files.path(file) + " has " + one.fault;
    if (one.extents_per_file)
      found.extents_per_file = found.extents_per_file.value_or(0) + *one.extents_per_file;
    ++looked_at;
    return found.fault.empty();
  };
  survey(directory, files, seed, which, look, most);
  if (found.extents_per_file) *found.extents_per_file /= double(looked_at);
  return found;
}

}  // namespace iodyno::host
