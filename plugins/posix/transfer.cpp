// What moves bytes. With O_DIRECT, reads are rounded up to whole pages and clipped, and what is not
// a whole page of a write goes through the page cache, and says so.
#include <algorithm>

#include "engine.hpp"

using iodyno::Done;
using iodyno::fail;
using iodyno::Fd;
using iodyno::open_at;
using iodyno::retry;

namespace {

/// The bytes of a request that has come to the end of its file.
std::uint64_t all_of(const iodyno_request& r, std::uint64_t done) {
  if (done < r.length && r.length != IODYNO_SIZE_UNKNOWN) fail(ENODATA, "the file is too short");
  return done;
}

bool is_refusal(int error) {
  return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

}  // namespace

Done Posix::write_file(const Request& r, std::uint32_t slot, int how_to_open) {
  // O_DIRECT has to know whether the end of the file is aligned, so the end is looked up.
  const bool to_end = direct_ && (how_to_open & O_APPEND);
  if (to_end) how_to_open &= ~O_APPEND;
  const auto [dir, path] = directories_.place(r.path, slot);
  Fd fd = open_at(dir, path, O_WRONLY | direct_ | how_to_open, 0644);
  const auto at = to_end ? std::uint64_t(iodyno::check(::lseek(fd, 0, SEEK_END))) : 0;
  return fill(std::move(fd), r, at);
}

Done Posix::replace(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const auto [same_dir, temporary] = directories_.place(r.path2, slot);
  Fd fd = open_at(same_dir, temporary, O_WRONLY | direct_ | O_CREAT | O_EXCL, 0644);
  try {
    const Done done = fill(std::move(fd), r, 0);
    iodyno::check(::renameat(same_dir, temporary, dir, path));
    return done;
  } catch (...) {
    ::unlinkat(same_dir, temporary, 0);
    throw;
  }
}

Done Posix::write_block(const Request& r, std::uint32_t slot) {
  const int fd = descriptors_.file(r.file, slot);
  for (std::uint64_t done = 0; done < r.length;) {
    const auto piece = config.source(r, done);
    iodyno::write_fully(fd, piece, r.offset + done);
    done += piece.size();
  }
  if (r.flags & IODYNO_DURABLE) sync(fd);
  return r.length;
}

Done Posix::read_file(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const Fd fd = open_at(dir, path, O_RDONLY | direct_);
  advise(fd, file_advice_);
  return read_range(fd, r, 0, slot);
}

Done Posix::copy(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const Fd from = open_at(dir, path, O_RDONLY | direct_);
  advise(from, file_advice_);
  Fd to = open_at(config.dir2(), r.path2, O_WRONLY | direct_ | O_CREAT | O_EXCL, 0644);
  const Done done =
      copies_in_kernel_ ? copy_in_kernel(from, to, r, slot) : copy_by_hand(from, to, r, 0, slot);
  if (r.flags & IODYNO_DURABLE) sync(to);
  to.close();
  return done;
}

/// One refusal is taken for all: the later copies of the session don't try again.
Done Posix::copy_in_kernel(int from, int to, const Request& r, std::uint32_t slot) {
  constexpr std::uint64_t kMost = 1 << 30;
  std::uint64_t done = 0;
  while (done < r.length && copy_error_.load(std::memory_order_relaxed) == 0) {
    const auto want = std::size_t(std::min(r.length - done, kMost));
    const auto count = ::copy_file_range(from, nullptr, to, nullptr, want, 0);
    if (count == 0) return all_of(r, done);
    if (count > 0)
      done += std::uint64_t(count);
    else if (is_refusal(errno))
      copy_error_.store(errno, std::memory_order_relaxed);
    else if (errno != EINTR)
      fail(errno, "copy_file_range");
  }
  if (done == r.length) return done;
  Done by_hand = copy_by_hand(from, to, r, done, slot);
  by_hand.how |= IODYNO_FALLBACK;
  return by_hand;
}

/// From `done` on.
Done Posix::copy_by_hand(int from, int to, const Request& r, std::uint64_t done,
                         std::uint32_t slot) {
  std::uint32_t how = 0;
  while (done < r.length) {
    const auto piece = next_piece(from, r, 0, done, slot);
    how |= write_piece(to, piece, done);
    done += piece.size();
    if (piece.size() < buffer(slot).size()) break;
  }
  return {all_of(r, done), how};
}

/// Writes all that `r` says to the file, from `at` on, and closes it.
Done Posix::fill(Fd fd, const Request& r, std::uint64_t at) {
  std::uint32_t how = 0;
  for (std::uint64_t done = 0; done < r.length;) {
    const auto piece = config.source(r, done);
    how |= write_piece(fd, piece, at + done);
    done += piece.size();
  }
  if (r.flags & IODYNO_DURABLE) sync(fd);
  fd.close();
  return {r.length, how};
}

std::uint64_t Posix::read_range(int fd, const Request& r, std::uint64_t offset,
                                std::uint32_t slot) {
  const bool ahead = readahead_ != 0 && r.op == IODYNO_OP_READ && r.length > buffer(slot).size();
  std::uint64_t done = 0;
  while (done < r.length) {
    if (ahead) read_ahead(fd, done, buffer(slot).size());
    const auto piece = next_piece(fd, r, offset, done, slot);
    if (!piece.empty()) deliver(r, done, piece);
    done += piece.size();
    if (piece.size() < buffer(slot).size()) break;
  }
  return all_of(r, done);
}

/// Keeps `readahead_` bytes on their way, in steps of what the kernel takes at once from the
/// smallest usual device: it cuts off the rest (`mm/readahead.c`: `force_page_cache_ra`).
void Posix::read_ahead(int fd, std::uint64_t done, std::uint64_t piece) const {
  constexpr std::uint64_t kStep = 128 << 10;
  const std::uint64_t end = done + readahead_;
  for (auto at = done == 0 ? 0 : end - std::min(piece, readahead_); at < end; at += kStep)
    ::readahead(fd, off64_t(at), std::min(kStep, end - at));
}

/// As much of what `r` has yet to read as the buffer holds. A piece that does not fill it is the
/// last.
std::span<std::byte> Posix::next_piece(int fd, const Request& r, std::uint64_t offset,
                                       std::uint64_t done, std::uint32_t slot) {
  const auto room = buffer(slot);
  const auto want = std::size_t(std::min<std::uint64_t>(r.length - done, room.size()));
  const auto whole = (want + granule_ - 1) / granule_ * granule_;
  const auto count = iodyno::read_fully(fd, room.first(whole), offset + done, granule_);
  return room.first(std::min(count, want));
}

/// Writes a piece of a file that nobody else has open. Returns how.
std::uint32_t Posix::write_piece(int fd, std::span<const std::byte> piece, std::uint64_t offset) {
  const auto whole = offset % granule_ == 0 ? piece.size() / granule_ * granule_ : 0;
  iodyno::write_fully(fd, piece.first(whole), offset);
  if (whole == piece.size()) return 0;
  // No other flag of the file can be set so, as none was asked for.
  iodyno::check(::fcntl(fd, F_SETFL, 0), "fcntl");
  iodyno::write_fully(fd, piece.subspan(whole), offset + whole);
  had_tail_.store(true, std::memory_order_relaxed);
  return IODYNO_FALLBACK;
}
