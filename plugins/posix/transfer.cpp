// What moves bytes. With O_DIRECT, reads are rounded up to whole pages and clipped, and what is not
// a whole page of a write goes through the page cache, and says so.
#include <algorithm>

#include "../common/copy_loop.hpp"
#include "engine.hpp"

using iodyno::Done;
using iodyno::Fd;
using iodyno::open_at;

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

/// Writes all that `r` says to the file, from `at` on, and closes it.
Done Posix::fill(Fd fd, const Request& r, std::uint64_t at) {
  std::uint32_t how = 0;
  for (std::uint64_t done = 0; done < r.length;) {
    const auto piece = config.source(r, done);
    how |= write_piece(fd, piece, at + done, granule_);
    done += piece.size();
  }
  if (r.flags & IODYNO_DURABLE) sync(fd);
  fd.close();
  if (how != 0) had_tail_.store(true, std::memory_order_relaxed);
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
