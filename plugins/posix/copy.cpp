// Copies: the kernel is asked to, and what it refuses goes through a buffer.
#include <sys/stat.h>

#include "../common/copy_loop.hpp"
#include "engine.hpp"

using iodyno::Done;
using iodyno::Fd;
using iodyno::open_at;

Done Posix::copy(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const Fd from = open_at(dir, path, O_RDONLY | direct_);
  advise(from, file_advice_);
  Fd to = open_at(config.dir2(), r.path2, O_WRONLY | direct_ | O_CREAT | O_EXCL, 0644);
  const Done done =
      copies_in_kernel_ ? copy_by_kernel(from, to, r, slot) : copy_by_buffer(from, to, r, 0, slot);
  if (r.flags & IODYNO_DURABLE) sync(to);
  to.close();
  return done;
}

/// One refusal is taken for all: the later copies of the session don't try again.
Done Posix::copy_by_kernel(int from, int to, const Request& r, std::uint32_t slot) {
  std::uint64_t at = 0;
  if (copy_error_.load(std::memory_order_relaxed) == 0) {
    const Progress done = copy_in_kernel(from, to, {0, r.length});
    if (done.refused == 0) return {all_of(r, done.at), how_of(from, to, done.at)};
    copy_error_.store(done.refused, std::memory_order_relaxed);
    at = done.at;
  }
  Done done = copy_by_buffer(from, to, r, at, slot);
  done.how |= IODYNO_FALLBACK;
  return done;
}

/// From `begin` on.
Done Posix::copy_by_buffer(int from, int to, const Request& r, std::uint64_t begin,
                           std::uint32_t slot) {
  const Progress done = copy_by_hand(from, to, {begin, r.length}, buffer(slot), granule_);
  if (done.how != 0) had_tail_.store(true, std::memory_order_relaxed);
  return {all_of(r, done.at), done.how};
}

/// Of `length` bytes that the kernel has copied. Only where it clones is the size asked for.
std::uint32_t Posix::how_of(int from, int to, std::uint64_t length) const {
  if (!sharing_ || !sharing_->copies_share()) return 0;
  struct stat s;
  iodyno::check(::fstat(from, &s), "fstat");
  return sharing_->of_copy(from, to, length, std::uint64_t(s.st_size));
}

/// The bytes of a request that has come to the end of its file.
std::uint64_t Posix::all_of(const Request& r, std::uint64_t done) {
  if (done < r.length && r.length != IODYNO_SIZE_UNKNOWN)
    iodyno::fail(ENODATA, "the file is too short");
  return done;
}
