#include "trial/cache.hpp"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>
#include <vector>

#include "trial/directory.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

const std::uint64_t kPage = std::uint64_t(sysconf(_SC_PAGESIZE));

// Linux 6.5, mm/filemap.c; the C library's headers here are older.
constexpr long kCachestat = 451;
struct CachestatRange {
  std::uint64_t offset = 0, length = 0;
};
struct Cachestat {
  std::uint64_t cached = 0, dirty = 0, writeback = 0, evicted = 0, recently_evicted = 0;
};

bool cachestat(int fd, CachestatRange range, Cachestat& to) {
  return syscall(kCachestat, fd, &range, &to, 0) == 0;
}

std::uint64_t cached_by_mincore(int fd, std::uint64_t size) {
  void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) fail(errno, "mmap");
  std::vector<unsigned char> pages((size + kPage - 1) / kPage);
  const int result = mincore(memory, size, pages.data());
  munmap(memory, size);
  check(result, "mincore");
  return std::uint64_t(std::ranges::count_if(pages, [](unsigned char p) { return p & 1; }));
}

/// An overlay's files have their pages elsewhere: cachestat(2) sees none, but a mapping does.
bool hides_pages(int directory) {
  struct statfs fs;
  return fstatfs(directory, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

/// Without swap, what is in a file system in memory has nowhere else to be.
bool cannot_leave_memory(int directory) {
  struct statfs fs;
  struct sysinfo info;
  return fstatfs(directory, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) &&
         sysinfo(&info) == 0 && info.totalswap == 0;
}

std::uint64_t pages_of(const Files& files, const Which& which) {
  std::uint64_t pages = 0;
  for (std::uint64_t i = 0; i < files.count(); ++i)
    if (!which || which(i)) pages += (files.size(i) + kPage - 1) / kPage;
  return pages;
}

void look(int fd, std::uint64_t size, bool by_mapping, Residency& total) {
  total.pages += (size + kPage - 1) / kPage;
  // Not to the end of the cache: a large folio may go on behind the end of the file.
  Cachestat stat;
  if (!by_mapping && cachestat(fd, {0, size}, stat)) {
    total.cached += stat.cached;
    total.unwritten += stat.dirty + stat.writeback;
  } else {
    total.cached += cached_by_mincore(fd, size);
  }
}

}  // namespace

bool has_cachestat(int fd) {
  Cachestat ignored;
  return cachestat(fd, {0, kPage}, ignored);
}

Residency residency_of(int directory, const Files& files, std::uint64_t seed, const Which& which) {
  Residency total;
  if (cannot_leave_memory(directory)) {
    total.pages = total.cached = pages_of(files, which);
    return total;
  }
  const bool by_mapping = hides_pages(directory);
  survey(directory, files, seed, which, [&](std::uint64_t file, int fd) {
    look(fd, files.size(file), by_mapping, total);
    return true;
  });
  return total;
}

void warm(int directory, const Files& files, const Which& which) {
  std::vector<std::byte> buffer(1 << 20);
  for (std::uint64_t i = 0; i < files.count(); ++i) {
    if (which && !which(i)) continue;
    const Fd fd = open_file_below(directory, files.path(i), O_RDONLY);
    on_path("read", files.path(i), [&] {
      for (std::uint64_t done = 0; const auto count = read_fully(fd, buffer, done);) done += count;
    });
  }
}

void evict(int directory, const Files& files, const Which& which) {
  for (std::uint64_t i = 0; i < files.count(); ++i) {
    if (which && !which(i)) continue;
    const Fd fd = open_file_below(directory, files.path(i), O_RDONLY);
    if (fdatasync(fd) != 0) fail(errno, "fdatasync " + files.path(i));
    // Returns the error instead of setting errno. From 0 to 0: to the end, also past a partial
    // page.
    if (const int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
      fail(error, "posix_fadvise " + files.path(i));
  }
}

void warm_metadata(int directory, const Files& files, const Which& which) {
  if (cannot_leave_memory(directory)) return;
  std::vector<char> path(files.path_capacity());
  struct stat status;
  for (std::uint64_t i = 0; i < files.count(); ++i) {
    if (which && !which(i)) continue;
    files.write_path(i, path.data());
    if (fstatat(directory, path.data(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      fail(errno, std::string("stat ") + path.data());
  }
}

void drop_metadata() {
  const Fd fd = open_at(AT_FDCWD, "/proc/sys/vm/drop_caches", O_WRONLY);
  check(write(fd, "2", 1), "dropping cached metadata");
}

}  // namespace iodyno::host
