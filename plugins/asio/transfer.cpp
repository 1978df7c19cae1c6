// What moves bytes. With O_DIRECT, reads are rounded up to whole pages and clipped, and what is not
// a whole page of a write goes through the page cache, and says so.
#include <fcntl.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <cerrno>

#include "engine.hpp"

Task<Outcome> Asio::read(Slot& s, File& file, const Request& r, std::uint64_t offset) {
  Outcome all{.how = r.length != 0 ? how_to_read_ : 0};
  while (all.bytes < r.length) {
    const auto want = std::size_t(std::min<std::uint64_t>(r.length - all.bytes, s.buffer.size()));
    const Outcome got = co_await fill(file, s.buffer.first(whole(want)), offset + all.bytes);
    if (got.error != 0) co_return got;
    const auto piece = s.buffer.first(std::min<std::size_t>(got.bytes, want));
    if (!piece.empty()) config_.deliver(std::uint32_t(&r - batch_->requests), all.bytes, piece);
    all.bytes += piece.size();
    if (piece.size() < want) break;  // the end of the file
  }
  if (all.bytes < r.length && r.length != IODYNO_SIZE_UNKNOWN) all.error = ENODATA;
  co_return all;
}

/// From the source. `granule`: of what each transfer is to be a multiple.
Task<Outcome> Asio::write(File& file, const Request& r, std::uint64_t offset, std::size_t granule) {
  Outcome all{.how = r.length != 0 ? how_to_write_ : 0};
  while (all.bytes < r.length) {
    const auto piece = config_.source(r, all.bytes);
    const Outcome put_in = co_await put(file, piece, offset + all.bytes, granule);
    if (put_in.error != 0) co_return put_in;
    all.how |= put_in.how;
    all.bytes += put_in.bytes;
  }
  co_return all;
}

Task<Outcome> Asio::copy(Slot& s, const Request& r) {
  Outcome all{.how = r.length != 0 ? how_to_copy_ : 0};
  while (all.bytes < r.length) {
    const auto want = std::size_t(std::min<std::uint64_t>(r.length - all.bytes, s.buffer.size()));
    const Outcome got = co_await fill(s.file, s.buffer.first(whole(want)), all.bytes);
    if (got.error != 0) co_return got;
    const auto piece = s.buffer.first(std::min<std::size_t>(got.bytes, want));
    const Outcome put_in = co_await put(s.to, piece, all.bytes, granule_);
    if (put_in.error != 0) co_return put_in;
    all.how |= put_in.how;
    all.bytes += piece.size();
    if (piece.size() < want) break;
  }
  if (all.bytes < r.length && r.length != IODYNO_SIZE_UNKNOWN) all.error = ENODATA;
  co_return all;
}

/// Reads until `room` is full or the file ends; a count that O_DIRECT does not move ends it.
Task<Outcome> Asio::fill(File& file, std::span<std::byte> room, std::uint64_t offset) {
  Outcome all;
  while (all.bytes < room.size()) {
    asio::error_code e;
    const auto rest = room.subspan(all.bytes);
    const std::size_t count = co_await file.async_read_some_at(
        offset + all.bytes, asio::mutable_buffer(rest.data(), rest.size()), resume(e));
    if (e == asio::error::interrupted) continue;
    if (e == asio::error::eof) break;
    if (e) co_return Outcome{.error = e.value()};
    all.bytes += count;
    if (count % granule_ != 0) break;
  }
  co_return all;
}

/// Writes all of `data`. What is no multiple of the granule, and all behind it, goes through the
/// page cache: no other flag of the file can be set so, as none was asked for.
Task<Outcome> Asio::put(File& file, std::span<const std::byte> data, std::uint64_t offset,
                        std::size_t granule) {
  Outcome all;
  while (all.bytes < data.size()) {
    auto rest = data.subspan(all.bytes);
    const std::uint64_t at = offset + all.bytes;
    if (granule > 1 && at % granule == 0 && rest.size() >= granule) {
      rest = rest.first(rest.size() / granule * granule);
    } else if (granule > 1) {
      if (::fcntl(file.native_handle(), F_SETFL, 0) < 0) co_return Outcome{.error = errno};
      granule = 1;
      all.how |= IODYNO_FALLBACK;
      had_tail_.store(true, std::memory_order_relaxed);
    }
    asio::error_code e;
    const std::size_t count = co_await file.async_write_some_at(
        at, asio::const_buffer(rest.data(), rest.size()), resume(e));
    if (e == asio::error::interrupted) continue;
    if (e || count == 0) co_return Outcome{.error = e ? e.value() : EIO};
    all.bytes += count;
  }
  co_return all;
}
