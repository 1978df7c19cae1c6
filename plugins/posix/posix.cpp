#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "engine.hpp"

using iodyno::check;
using iodyno::fail;
using iodyno::retry;

namespace {

std::uint64_t file_system(int dir) {
  struct statfs fs;
  retry([&] { return ::fstatfs(dir, &fs); }, "fstatfs");
  return std::uint64_t(fs.f_type);
}

/// A file without a name. Where there is no O_TMPFILE, its name lives for a moment.
iodyno::Fd probe_file(int dir) {
  constexpr int kFlags = O_RDWR | O_DIRECT | O_CLOEXEC;
  int fd = ::openat(dir, ".", O_TMPFILE | kFlags, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    const std::string name = ".iodyno-probe-" + std::to_string(::gettid());
    fd = ::openat(dir, name.c_str(), O_CREAT | O_EXCL | kFlags, 0600);
    if (fd >= 0) ::unlinkat(dir, name.c_str(), 0);
  }
  return iodyno::Fd(fd);
}

/// Throws where O_DIRECT does not work below `dir`. Opening is not proof enough: some file systems
/// refuse only the transfer, and tmpfs takes the flag and ignores it.
void require_direct(int dir, std::span<std::byte> page) try {
  const auto type = file_system(dir);
  if (type == TMPFS_MAGIC || type == RAMFS_MAGIC) fail(EOPNOTSUPP, "all of it is page cache");
  const iodyno::Fd file = probe_file(dir);
  iodyno::write_fully(file, page, 0);
  if (iodyno::read_fully(file, page, 0, page.size()) != page.size()) fail(EIO, "a short read");
} catch (const std::system_error& e) {
  fail(e.code().value(), std::string("O_DIRECT does not work in this directory: ") + e.what());
}

int advice_of(std::string_view name) {
  if (name == "sequential") return POSIX_FADV_SEQUENTIAL;
  if (name == "random") return POSIX_FADV_RANDOM;
  if (name == "willneed") return POSIX_FADV_WILLNEED;
  return -1;
}

}  // namespace

Posix::Posix(const iodyno::Config& c)
    : PerRequest(c),
      direct_(c.direct() ? O_DIRECT : 0),
      granule_(c.direct() ? kPage : 1),
      scratch_(c.depth(), kScratch),
      copies_in_kernel_(c.choice("copy") == "copy_file_range" && !c.direct()) {
  if (c.direct()) {
    require_direct(c.dir(), scratch_[0].first(kPage));
    if (c.dir2() != c.dir()) require_direct(c.dir2(), scratch_[0].first(kPage));
  } else {
    const int advice = advice_of(c.choice("fadvise"));
    if (advice != POSIX_FADV_RANDOM) file_advice_ = advice;
    // An open set gets no `willneed`: it would be read before the clock, by whoever opens it.
    if (advice != POSIX_FADV_WILLNEED) block_advice_ = advice;
  }
  const auto type = file_system(c.dir());
  if (type == MSDOS_SUPER_MAGIC || type == EXFAT_SUPER_MAGIC)
    for (const auto op : {IODYNO_OP_LINK, IODYNO_OP_SYMLINK}) c.unsupported(op, "FAT has no links");
  c.note("copy", copies_in_kernel_ ? "copy_file_range" : "read_write");
}

void Posix::run(const iodyno_batch& batch) {
  PerRequest::run(batch);
  if (const int error = copy_error_; error != 0 && !noted_copy_) {
    config.note("copy",
                ("read_write: copy_file_range: " + std::generic_category().message(error)).c_str());
    noted_copy_ = true;
  }
  if (had_tail_ && !noted_tail_) {
    config.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
    noted_tail_ = true;
  }
}

void Posix::open_files(std::span<const char* const> paths, std::uint32_t set) {
  files_.clear();
  const int mode = set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY;
  std::vector<iodyno::Fd> files;  // the set is empty if one of them can't be opened
  files.reserve(paths.size());
  for (const char* path : paths) {
    const iodyno::Fd& fd = files.emplace_back(iodyno::open_at(config.dir(), path, mode | direct_));
    advise(fd, block_advice_);
  }
  files_ = std::move(files);
}

iodyno::Done Posix::perform(const Request& r, std::uint32_t slot) {
  const int dir = config.dir(), dir2 = config.dir2();
  switch (r.op) {
    case IODYNO_OP_CREATE: return write_file(r, O_CREAT | O_EXCL);
    case IODYNO_OP_READ: return read_file(r, slot);
    case IODYNO_OP_OVERWRITE: return write_file(r, 0);
    case IODYNO_OP_APPEND: return write_file(r, O_APPEND);
    case IODYNO_OP_REWRITE: return write_file(r, O_TRUNC);
    case IODYNO_OP_REPLACE: return replace(r);
    case IODYNO_OP_COPY: return copy(r, slot);
    case IODYNO_OP_STAT: return stat(r);
    case IODYNO_OP_LIST: return list(r, slot);
    case IODYNO_OP_DELETE: return check(::unlinkat(dir, r.path, 0));
    case IODYNO_OP_RENAME: return check(::renameat(dir, r.path, dir2, r.path2));
    case IODYNO_OP_LINK: return check(::linkat(dir, r.path, dir2, r.path2, 0));
    case IODYNO_OP_SYMLINK: return check(::symlinkat(r.path, dir2, r.path2));
    case IODYNO_OP_MKDIR: return check(::mkdirat(dir, r.path, 0755));
    case IODYNO_OP_RMDIR: return check(::unlinkat(dir, r.path, AT_REMOVEDIR));
    case IODYNO_OP_READ_BLOCK: return read_range(file(r), r, r.offset, slot);
    case IODYNO_OP_WRITE_BLOCK: return write_block(r);
    case IODYNO_OP_FSYNC: return sync(file(r));
    default: fail(ENOTSUP, "unknown operation");
  }
}

std::uint64_t Posix::stat(const Request& r) const {
  constexpr unsigned kMask = STATX_TYPE | STATX_SIZE | STATX_MTIME;
  struct statx s;
  check(::statx(config.dir(), r.path, AT_NO_AUTOMOUNT, kMask, &s));
  return s.stx_size;
}

std::uint64_t Posix::list(const Request& r, std::uint32_t slot) const {
  const iodyno::Fd fd = iodyno::open_at(config.dir(), r.path, O_RDONLY | O_DIRECTORY);
  const auto room = scratch_[slot];  // not the host's buffer, which may be small: fewer calls
  std::uint64_t entries = 0;
  while (const auto filled = std::size_t(check(::getdents64(fd, room.data(), room.size())))) {
    for (std::size_t at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(&room[at]);
      entries += std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0;
      at += entry->d_reclen;
    }
  }
  return entries;
}

std::uint64_t Posix::sync(int fd) const {
  return std::uint64_t(retry([fd] { return ::fdatasync(fd); }, "fdatasync"));
}

void Posix::advise(int fd, int advice) const {
  if (advice == kNoAdvice) return;
  if (const int error = ::posix_fadvise(fd, 0, 0, advice)) fail(error, "posix_fadvise");
}

int Posix::file(const Request& r) const {
  if (r.file >= files_.size()) fail(EBADF, "no such file in the open set");
  return files_[r.file];
}

std::span<std::byte> Posix::buffer(std::uint32_t slot) const {
  const auto offered = config.buffer(slot);
  return offered.size() < kPage ? scratch_[slot] : offered.first(offered.size() / kPage * kPage);
}

IODYNO_BACKEND(Posix)
