/// The entries of a directory, counted.
#pragma once
#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iodyno/posix.hpp>
#include <span>

/// How many entries the directory `path` below `dir` has, without `.` and `..`. They are read into
/// `room`: the larger it is, the fewer calls.
inline std::uint64_t count_entries(int dir, const char* path, std::span<std::byte> room) {
  const iodyno::Fd fd = iodyno::open_at(dir, path, O_RDONLY | O_DIRECTORY);
  std::uint64_t entries = 0;
  while (const auto filled =
             std::size_t(iodyno::check(::getdents64(fd, room.data(), room.size())))) {
    for (std::size_t at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(&room[at]);
      entries += std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0;
      at += entry->d_reclen;
    }
  }
  return entries;
}
