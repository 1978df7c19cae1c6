/// Where a file has data, and where it has holes.
#pragma once
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iodyno/posix.hpp>

/// A part of a file.
struct Extent {
  std::uint64_t begin, end;
  std::uint64_t size() const { return end - begin; }
};

/// Whether a file has fewer blocks than bytes: only then is it worth to look for the holes.
inline bool has_holes(const struct stat& s) {
  constexpr std::uint64_t kBlock = 512;  // st_blocks counts these, whatever the file system has
  return std::uint64_t(s.st_blocks) * kBlock < std::uint64_t(s.st_size);
}

/// Calls `use(extent)` for each part of `what` that has data, in their order; for all of it where
/// the file system does not tell. They begin and end at multiples of 4096, but for the ends of
/// `what`: that some of a hole is copied with them does no harm.
inline void each_extent(int fd, Extent what, auto use) {
  constexpr std::uint64_t kPage = 4096;
  const auto seek = [fd](std::uint64_t from, int whence) {
    return ::lseek(fd, off_t(from), whence);
  };
  for (std::uint64_t at = what.begin; at < what.end;) {
    const off_t data = seek(at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;  // there is none behind `at`
    const off_t hole = data < 0 ? -1 : seek(std::uint64_t(data), SEEK_HOLE);
    if (hole < 0) return use(Extent{at, what.end});
    const auto begin = std::max(at, std::uint64_t(data) / kPage * kPage);
    const auto end = std::min(what.end, (std::uint64_t(hole) + kPage - 1) / kPage * kPage);
    if (begin < end) use(Extent{begin, end});
    at = std::max(end, at + 1);
  }
}
