/// Copies of a part of an open file: by calls that keep the bytes in the kernel, or through a
/// buffer. Short transfers go on, and interrupted ones are repeated.
#pragma once
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>

#include "sparse.hpp"

/// How far a copy came. Before the end of what was asked for: the file is too short, or `refused`.
struct Progress {
  std::uint64_t at;
  std::uint32_t how = 0;  ///< IODYNO_FALLBACK and so on
  int refused = 0;        ///< why the rest is to be done by another mechanism, an errno value
};

/// Whether a call can't do it here, or with these files, while another may. EPERM is what filters
/// of system calls say; ETXTBSY, FICLONE of a file that is swapped to.
inline bool is_refusal(int error) {
  return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS ||
         error == EPERM || error == ENOTTY || error == ETXTBSY;
}

/// The most that one call moves: more is cut down by the kernel.
constexpr std::uint64_t kMostPerCall = 0x7ffff000;

/// Calls `call(offset, count)`, which returns what copy_file_range(2) does, until `what` is copied.
Progress copy_by_calls(Extent what, const char* name, auto call) {
  for (std::uint64_t at = what.begin; at < what.end;) {
    const auto count = call(at, std::size_t(std::min(what.end - at, kMostPerCall)));
    if (count > 0)
      at += std::uint64_t(count);
    else if (count == 0)
      return {.at = at};
    else if (is_refusal(errno))
      return {.at = at, .refused = errno};
    else if (errno != EINTR)
      iodyno::fail(errno, name);
  }
  return {.at = what.end};
}

/// By copy_file_range(2), to the same place of `to`.
inline Progress copy_in_kernel(int from, int to, Extent what) {
  return copy_by_calls(what, "copy_file_range", [=](std::uint64_t at, std::size_t count) {
    off_t in = off_t(at), out = off_t(at);
    return ::copy_file_range(from, &in, to, &out, count, 0);
  });
}

/// By sendfile(2), which writes at the position of `to`.
inline Progress copy_by_sendfile(int from, int to, Extent what) {
  if (what.begin != 0) iodyno::check(::lseek(to, off_t(what.begin), SEEK_SET), "lseek");
  return copy_by_calls(what, "sendfile", [=](std::uint64_t at, std::size_t count) {
    off_t in = off_t(at);
    return ::sendfile(to, from, &in, count);
  });
}

/// Writes a piece of a file that nobody else has open. `granule`: of what a transfer with O_DIRECT
/// is a multiple, or 1; what is none, the odd end, goes through the page cache. Returns how.
inline std::uint32_t write_piece(int fd, std::span<const std::byte> piece, std::uint64_t offset,
                                 std::size_t granule) {
  const auto whole = offset % granule == 0 ? piece.size() / granule * granule : 0;
  iodyno::write_fully(fd, piece.first(whole), offset);
  if (whole == piece.size()) return 0;
  // No other flag of the file can be set so, as none was asked for.
  iodyno::check(::fcntl(fd, F_SETFL, 0), "fcntl");
  iodyno::write_fully(fd, piece.subspan(whole), offset + whole);
  return IODYNO_FALLBACK;
}

/// Through `buffer`, a multiple of the granule, to the same place of `to`. With O_DIRECT, reads are
/// rounded up and clipped. `what` may end behind the file.
inline Progress copy_by_hand(int from, int to, Extent what, std::span<std::byte> buffer,
                             std::size_t granule = 1) {
  std::uint64_t at = what.begin;
  std::uint32_t how = 0;
  while (at < what.end) {
    const auto want = std::size_t(std::min<std::uint64_t>(what.end - at, buffer.size()));
    const auto whole = (want + granule - 1) / granule * granule;
    const auto count = std::min(iodyno::read_fully(from, buffer.first(whole), at, granule), want);
    how |= write_piece(to, buffer.first(count), at, granule);
    at += count;
    if (count < want) break;
  }
  return {.at = at, .how = how};
}
