/// Files that share their extents: copies that move no bytes.
#pragma once
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <system_error>

#include "nameless.hpp"

/// `to` becomes a clone of all of `from`. 0, or an errno value.
inline int clone_file(int from, int to) {
  int result;
  do result = ::ioctl(to, FICLONE, from);
  while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

/// Why files of `dir` can't be cloned into `dir2`; 0 if they can. Finds out by doing it.
inline int try_to_clone(int dir, int dir2) {
  const std::array<std::byte, 4096> page{};
  const iodyno::Fd from = nameless_file(dir), to = nameless_file(dir2);
  iodyno::write_fully(from, page, 0);  // an empty file can be cloned where no other can
  return clone_file(from, to);
}

/// As try_to_clone(). Where nothing may be written to the source, the destination alone is tried.
inline int why_no_clones(int dir, int dir2) {
  try {
    return try_to_clone(dir, dir2);
  } catch (const std::system_error&) {
  }
  try {
    struct stat from, to;
    iodyno::check(::fstat(dir, &from));
    iodyno::check(::fstat(dir2, &to));
    return from.st_dev == to.st_dev ? try_to_clone(dir2, dir2) : EXDEV;
  } catch (const std::system_error& e) {
    return e.code().value();
  }
}

/// Whether the file's bytes lie among the metadata, where btrfs has those of very small files: a
/// clone of such a file has bytes of its own.
inline bool is_inline(int fd) {
  union {
    fiemap map;
    std::array<std::byte, sizeof(fiemap) + sizeof(fiemap_extent)> room;
  } found{};
  found.map.fm_length = FIEMAP_MAX_OFFSET;
  found.map.fm_extent_count = 1;
  return ::ioctl(fd, FS_IOC_FIEMAP, &found) == 0 && found.map.fm_mapped_extents == 1 &&
         (found.map.fm_extents[0].fe_flags & FIEMAP_EXTENT_DATA_INLINE);
}

/// Whether a file has the attribute that keeps it from being copied on write (chattr +C).
inline bool is_written_in_place(int fd) {
  int flags = 0;
  return ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NOCOW_FL);
}

/// What is known of clones from one directory to another, and what copies by the kernel come to
/// there.
class Sharing {
 public:
  Sharing(int dir, int dir2) : why_not_(why_no_clones(dir, dir2)) {
    struct statfs fs;
    iodyno::retry([&] { return ::fstatfs(dir2, &fs); }, "fstatfs");
    block_ = std::uint64_t(fs.f_bsize);
    is_btrfs_ = std::uint32_t(fs.f_type) == BTRFS_SUPER_MAGIC;
    copies_share_ = why_not_ == 0 && !copies_by_itself(std::uint32_t(fs.f_type));
  }

  /// Why FICLONE does not work, an errno value, or 0.
  int why_not() const { return why_not_; }
  /// Whether copy_file_range(2) clones what it can, holes included.
  bool copies_share() const { return copies_share_; }

  /// The completion's `how` for a clone of `length` bytes.
  std::uint32_t of_clone(int from, std::uint64_t length) const {
    return is_btrfs_ && length < kMostInline && is_inline(from) ? 0u : std::uint32_t{IODYNO_SHARED};
  }

  /// The `how` of copy_file_range(2) for the first `length` of `size` bytes. The kernel clones to
  /// the end of the file or else to a whole block, and copies the rest.
  std::uint32_t of_copy(int from, int to, std::uint64_t length, std::uint64_t size) const {
    if (!copies_share_) return 0;
    // A clone of one that is written in place to one that is not is refused, and it copies.
    if (is_btrfs_ && is_written_in_place(from) != is_written_in_place(to)) return 0;
    const std::uint64_t odd = length == size ? 0 : length % block_;
    if (odd == length) return 0;
    return of_clone(from, length) | (odd == 0 ? 0u : std::uint32_t{IODYNO_FALLBACK});
  }

 private:
  static constexpr std::uint64_t kMostInline = 4096;

  /// These have a way of their own, and the kernel does not try a clone first.
  static bool copies_by_itself(std::uint32_t file_system) {
    return file_system == NFS_SUPER_MAGIC || file_system == CIFS_SUPER_MAGIC ||
           file_system == SMB2_SUPER_MAGIC || file_system == CEPH_SUPER_MAGIC ||
           file_system == FUSE_SUPER_MAGIC;
  }

  int why_not_;
  std::uint64_t block_;
  bool is_btrfs_, copies_share_;
};
