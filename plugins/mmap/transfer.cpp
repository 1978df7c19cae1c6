// Whole files: opened, mapped a window at a time, and closed.
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "../common/sparse.hpp"
#include "advice.hpp"
#include "engine.hpp"

namespace engine::mmap {

using iodyno::Done;
using iodyno::fail;
using iodyno::Fd;
using iodyno::open_at;

namespace {

struct stat stat_of(int fd) {
  struct stat s;
  iodyno::check(::fstat(fd, &s), "fstat");
  return s;
}

/// The bytes to read of a file, which may be too short for its request, or no file at all.
std::uint64_t bytes_to_read(const struct stat& s, const iodyno_request& r) {
  if (S_ISDIR(s.st_mode)) fail(EISDIR);
  const auto size = std::uint64_t(s.st_size);
  if (r.length == IODYNO_SIZE_UNKNOWN) return size;
  if (size < r.length) fail(ENODATA, "the file is too short");
  return r.length;
}

void set_size(int fd, std::uint64_t size) {
  iodyno::retry([&] { return ::ftruncate(fd, off_t(size)); }, "ftruncate");
}

}  // namespace

std::uint64_t size_of(int fd) { return std::uint64_t(stat_of(fd).st_size); }

std::uint64_t Mmap::read_file(const Request& r, std::uint32_t slot) {
  const Fd fd = open_at(config.dir(), r.path, O_RDONLY);
  const std::uint64_t length = bytes_to_read(stat_of(fd), r);
  for (std::uint64_t done = 0; done < length; done += window_) {
    const Mapping mapping = map(fd, done, std::min(window_, length - done), For::loading);
    Faults faults;
    {
      const Watch watch(mapping.bytes(), faults);
      hand_over(r, done, mapping.bytes(), slot);
    }
    if (faults.any()) fail_as_read(fd, done + mapping.bytes().size());
  }
  return length;
}

/// A mapping that is stored to has to be readable, and so the file.
Done Mmap::write_file(const Request& r, int how_to_open) {
  Fd fd = open_at(config.dir(), r.path, O_RDWR | how_to_open, 0644);
  if (how_to_open != 0 || size_of(fd) < r.length) set_size(fd, r.length);
  return fill(std::move(fd), r, 0, how_to_open == 0 ? For::storing : For::filling);
}

/// Two at once of one file come behind each other, and not to the same place.
Done Mmap::append(const Request& r) {
  Fd fd = open_at(config.dir(), r.path, O_RDWR);
  std::uint64_t end;
  {
    const std::lock_guard lock(append_mutex_);
    end = size_of(fd);
    set_size(fd, end + r.length);
  }
  return fill(std::move(fd), r, end, For::filling);
}

Done Mmap::replace(const Request& r) {
  Fd fd = open_at(config.dir(), r.path2, O_RDWR | O_CREAT | O_EXCL, 0644);
  try {
    set_size(fd, r.length);
    const Done done = fill(std::move(fd), r, 0, For::filling);
    iodyno::check(::renameat(config.dir(), r.path2, config.dir(), r.path));
    return done;
  } catch (...) {
    ::unlinkat(config.dir(), r.path2, 0);
    throw;
  }
}

/// Holes stay holes: what is not copied is one already.
Done Mmap::copy(const Request& r) {
  const Fd from = open_at(config.dir(), r.path, O_RDONLY);
  const struct stat s = stat_of(from);
  const std::uint64_t length = bytes_to_read(s, r);
  Fd to = open_at(config.dir2(), r.path2, O_RDWR | O_CREAT | O_EXCL, 0644);
  set_size(to, length);
  bool fell_back = false;
  const auto copy_extent = [&](Extent part) {
    fell_back |= copy_range(from, to, part.begin, part.end);
  };
  if (length > kPage && has_holes(s))
    each_extent(from, {0, length}, copy_extent);
  else
    copy_extent({0, length});
  if (r.flags & IODYNO_DURABLE) sync(to);
  to.close();
  return {length, fell_back ? std::uint32_t{IODYNO_FALLBACK} : 0};
}

/// True: a part was written by pwrite(2).
bool Mmap::copy_range(int from, int to, std::uint64_t begin, std::uint64_t end) {
  bool fell_back = false;
  for (std::uint64_t at = begin; at < end; at += window_) {
    const std::uint64_t size = std::min(window_, end - at);
    const Mapping source = map(from, at, size, For::loading),
                  target = map(to, at, size, For::storing);
    Faults read, written;
    {
      const Watch watch(source.bytes(), read), other(target.bytes(), written);
      std::memcpy(target.bytes().data(), source.bytes().data(), size);
    }
    if (read.any()) fail_as_read(from, at + size);
    if (!written.any()) continue;
    iodyno::write_fully(to, source.bytes(), at);
    wrote_instead_.store(true, std::memory_order_relaxed);
    fell_back = true;
  }
  return fell_back;
}

/// Stores all that `r` says to the file, which is long enough, from `at` on, and closes it.
Done Mmap::fill(Fd fd, const Request& r, std::uint64_t at, For use) {
  std::uint32_t how = 0;
  for (std::uint64_t done = 0; done < r.length; done += window_) {
    const std::uint64_t size = std::min(window_, r.length - done);
    const Mapping mapping = map(fd, at + done, size, use);
    Faults faults;
    {
      const Watch watch(mapping.bytes(), faults);
      store(r, done, mapping.bytes());
    }
    if (!faults.any()) continue;
    write_instead(fd, r, done, size, at + done);
    how = IODYNO_FALLBACK;
  }
  if (r.flags & IODYNO_DURABLE) sync(fd);
  fd.close();
  return {r.length, how};
}

/// Populating is a matter of speed: pages that can't be had raise a bus error later.
Mapping Mmap::map(int fd, std::uint64_t offset, std::uint64_t length, For use) const {
  const bool loads = use == For::loading;
  Mapping mapping(fd, offset, length, loads ? PROT_READ : PROT_READ | PROT_WRITE);
  if (loads) advise(mapping, file_advice_);
  if (populate_ == Populate::all ||
      (populate_ == Populate::automatic && use == For::filling && length >= kLeastPopulated))
    mapping.advise(loads ? MADV_POPULATE_READ : MADV_POPULATE_WRITE);
  return mapping;
}

}  // namespace engine::mmap
