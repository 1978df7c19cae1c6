/// What is done to names alone, by system calls: there is one way to do it, whatever moves the
/// bytes.
#pragma once
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>

#include "list.hpp"

/// The operations that perform_on_names() does.
constexpr std::uint64_t kOpsOnNames =
    iodyno::ops(IODYNO_OP_STAT, IODYNO_OP_LIST, IODYNO_OP_DELETE, IODYNO_OP_RENAME, IODYNO_OP_LINK,
                IODYNO_OP_SYMLINK, IODYNO_OP_MKDIR, IODYNO_OP_RMDIR);

/// The size of the file `path` below `dir`, by as little as the kernel can be asked for.
inline std::uint64_t size_of(int dir, const char* path) {
  constexpr unsigned kMask = STATX_TYPE | STATX_SIZE | STATX_MTIME;
  struct statx s;
  iodyno::check(::statx(dir, path, AT_NO_AUTOMOUNT, kMask, &s));
  return s.stx_size;
}

/// Does an operation of kOpsOnNames, and throws for any other. `room` is for lists.
inline std::uint64_t perform_on_names(const iodyno::Config& config, const iodyno_request& r,
                                      std::span<std::byte> room) {
  using iodyno::check;
  const int dir = config.dir(), dir2 = config.dir2();
  switch (r.op) {
    case IODYNO_OP_STAT: return size_of(dir, r.path);
    case IODYNO_OP_LIST: return count_entries(dir, r.path, room);
    case IODYNO_OP_DELETE: return std::uint64_t(check(::unlinkat(dir, r.path, 0)));
    case IODYNO_OP_RENAME: return std::uint64_t(check(::renameat(dir, r.path, dir2, r.path2)));
    case IODYNO_OP_LINK: return std::uint64_t(check(::linkat(dir, r.path, dir2, r.path2, 0)));
    case IODYNO_OP_SYMLINK: return std::uint64_t(check(::symlinkat(r.path, dir2, r.path2)));
    case IODYNO_OP_MKDIR: return std::uint64_t(check(::mkdirat(dir, r.path, 0755)));
    case IODYNO_OP_RMDIR: return std::uint64_t(check(::unlinkat(dir, r.path, AT_REMOVEDIR)));
    default: iodyno::fail(ENOTSUP, "unknown operation");
  }
}
