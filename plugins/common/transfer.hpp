/// What moves the bytes of a request by plain system calls. With O_DIRECT, reads are rounded up to
/// whole pages and clipped, and what is not a whole page of a write goes through the page cache,
/// and says so.
#pragma once
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <utility>

#include "copy_loop.hpp"

/// An open directory, and what a path may be relative to it.
struct Place {
  int dir;
  const char* name;
};

/// O_DIRECT, or 0.
inline int direct_flag(const iodyno::Config& c) { return c.direct() ? O_DIRECT : 0; }

/// Of what each transfer is a multiple, but the last of a file.
inline std::size_t granule_of(const iodyno::Config& c) { return c.direct() ? 4096 : 1; }

/// The bytes of a request that has come to the end of its file.
inline std::uint64_t all_of(const iodyno_request& r, std::uint64_t done) {
  if (done < r.length && r.length != IODYNO_SIZE_UNKNOWN)
    iodyno::fail(ENODATA, "the file is too short");
  return done;
}

inline std::uint64_t sync_data(int fd) {
  return std::uint64_t(iodyno::retry([fd] { return ::fdatasync(fd); }, "fdatasync"));
}

/// Writes all that `r` says to the file, from `at` on, and closes it.
inline iodyno::Done fill_file(const iodyno::Config& c, iodyno::Fd fd, const iodyno_request& r,
                              std::uint64_t at) {
  std::uint32_t how = 0;
  for (std::uint64_t done = 0; done < r.length;) {
    const auto piece = c.source(r, done);
    how |= write_piece(fd, piece, at + done, granule_of(c));
    done += piece.size();
  }
  if (r.flags & IODYNO_DURABLE) sync_data(fd);
  fd.close();
  return {r.length, how};
}

/// `how_to_open`: O_CREAT | O_EXCL, O_TRUNC, O_APPEND or 0, for the operations of these kinds.
inline iodyno::Done write_file(const iodyno::Config& c, Place place, const iodyno_request& r,
                               int how_to_open) {
  // O_DIRECT has to know whether the end of the file is aligned, so the end is looked up.
  const bool to_end = c.direct() && (how_to_open & O_APPEND);
  if (to_end) how_to_open &= ~O_APPEND;
  iodyno::Fd fd =
      iodyno::open_at(place.dir, place.name, O_WRONLY | direct_flag(c) | how_to_open, 0644);
  const auto at = to_end ? std::uint64_t(iodyno::check(::lseek(fd, 0, SEEK_END))) : 0;
  return fill_file(c, std::move(fd), r, at);
}

/// IODYNO_OP_REPLACE. `temporary`: where path2 is to be looked up.
inline iodyno::Done replace_file(const iodyno::Config& c, Place place, Place temporary,
                                 const iodyno_request& r) {
  iodyno::Fd fd = iodyno::open_at(temporary.dir, temporary.name,
                                  O_WRONLY | direct_flag(c) | O_CREAT | O_EXCL, 0644);
  try {
    const iodyno::Done done = fill_file(c, std::move(fd), r, 0);
    iodyno::check(::renameat(temporary.dir, temporary.name, place.dir, place.name));
    return done;
  } catch (...) {
    ::unlinkat(temporary.dir, temporary.name, 0);
    throw;
  }
}

/// Writes a block in place.
inline std::uint64_t write_block_to(const iodyno::Config& c, int fd, const iodyno_request& r) {
  for (std::uint64_t done = 0; done < r.length;) {
    const auto piece = c.source(r, done);
    iodyno::write_fully(fd, piece, r.offset + done);
    done += piece.size();
  }
  if (r.flags & IODYNO_DURABLE) sync_data(fd);
  return r.length;
}

/// Reads what `r` asks for, from `offset` of the file on, and calls `hand_over(done, piece)` for
/// each piece that `room` holds, a multiple of the granule. Before each, `before(done)`.
std::uint64_t read_range(int fd, const iodyno_request& r, std::uint64_t offset,
                         std::span<std::byte> room, std::size_t granule, auto hand_over,
                         auto before) {
  std::uint64_t done = 0;
  while (done < r.length) {
    before(done);
    const auto want = std::size_t(std::min<std::uint64_t>(r.length - done, room.size()));
    const auto whole = (want + granule - 1) / granule * granule;
    const auto count =
        std::min(iodyno::read_fully(fd, room.first(whole), offset + done, granule), want);
    if (count > 0) hand_over(done, room.first(count));
    done += count;
    if (count < room.size()) break;  // a piece that does not fill it is the last
  }
  return all_of(r, done);
}

/// Asks for a part of a file ahead of its use, in steps of what the kernel takes at once from the
/// smallest usual device: it cuts off the rest (`mm/readahead.c`: `force_page_cache_ra`).
inline void ask_ahead(int fd, Extent part) {
  constexpr std::uint64_t kStep = 128 << 10;
  for (auto at = part.begin; at < part.end; at += kStep)
    ::readahead(fd, off64_t(at), std::min(kStep, part.end - at));
}
