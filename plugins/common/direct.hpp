/// Whether O_DIRECT works in a directory: for backends that ask it of the kernel.
#pragma once
#include <linux/magic.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <string>
#include <system_error>

#include "nameless.hpp"

/// The magic number of the file system that `dir` is on.
inline std::uint64_t file_system(int dir) {
  struct statfs fs;
  iodyno::retry([&] { return ::fstatfs(dir, &fs); }, "fstatfs");
  return std::uint64_t(fs.f_type);
}

inline bool is_fat(int dir) {
  const auto type = file_system(dir);
  return type == MSDOS_SUPER_MAGIC || type == EXFAT_SUPER_MAGIC;
}

/// Takes the links out of the session's operations where the file system has none. What names a
/// text alone is made below dir2.
inline void refuse_links_on_fat(const iodyno::Config& c) {
  const bool from = is_fat(c.dir()), to = is_fat(c.dir2());
  if (from || to) c.unsupported(IODYNO_OP_LINK, "FAT has no links");
  if (to) c.unsupported(IODYNO_OP_SYMLINK, "FAT has no links");
}

/// Throws where O_DIRECT does not work below `dir`. Opening is not proof enough: some file systems
/// refuse only the transfer, and tmpfs takes the flag and ignores it.
inline void require_direct(int dir, std::span<std::byte> page) try {
  const auto type = file_system(dir);
  if (type == TMPFS_MAGIC || type == RAMFS_MAGIC)
    iodyno::fail(EOPNOTSUPP, "all of it is page cache");
  const iodyno::Fd file = nameless_file(dir, O_DIRECT);
  iodyno::write_fully(file, page, 0);
  if (iodyno::read_fully(file, page, 0, page.size()) != page.size())
    iodyno::fail(EIO, "a short read");
} catch (const std::system_error& e) {
  iodyno::fail(e.code().value(),
               std::string("O_DIRECT does not work in this directory: ") + e.what());
}
