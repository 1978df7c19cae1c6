// Blocks that are written: to the file at once, and to their pages where the cache has them.
#include <algorithm>
#include <cstring>

#include "../common/transfer.hpp"
#include "engine.hpp"

std::uint64_t Cached::write_block(const Request& r, std::uint32_t slot) {
  const File& of = file(r.file);
  if (r.length > INT64_MAX || r.offset > INT64_MAX - r.length) iodyno::fail(EFBIG);
  for (std::uint64_t done = 0; done < r.length;) done += write_run(r, of, slots_[slot], done);
  if (r.flags & IODYNO_DURABLE) sync_data(of.fd);
  return r.length;
}

/// Pages that are there are held from before the write until they are like the file again, so that
/// of two who write the same bytes, both places end up with the same one's. Pages that come in
/// between have been loaded before or after the write, nobody knows which, and are dropped.
std::uint64_t Cached::write_run(const Request& r, const File& file, Slot& slot,
                                std::uint64_t done) {
  const std::uint64_t begin = r.offset + done, first = begin >> shift_,
                      end = std::min(r.offset + r.length, (first + kRun) << shift_),
                      pages =
                          std::min(((end - 1) >> shift_) + 1, std::max(file.pages, first)) - first;
  for (std::uint64_t i = 0; i < pages; ++i) slot.run[i] = cache_->change(file.first + first + i);
  int error = 0;
  try {
    for (std::uint64_t at = begin; at < end;) {
      const auto piece = config.source(r, at - r.offset);
      const auto part = piece.first(std::min<std::size_t>(piece.size(), end - at));
      iodyno::write_fully(file.fd, part, at);
      at += part.size();
    }
  } catch (const std::system_error& e) {
    error = e.code().value();
  }
  for (std::uint64_t i = 0; i < pages; ++i) {
    const Held& held = slot.run[i];
    if (!held) continue;
    if (error != 0)
      cache_->drop(held);  // how much of it was written is not known
    else
      update(r, held, (first + i) << shift_, begin, end);
  }
  // Not before all are let go: whoever holds one of these may wait for one of those.
  for (std::uint64_t i = 0; i < pages && how_.threads > 1; ++i)
    if (!slot.run[i]) forget(file.first + first + i);
  if (error != 0) iodyno::fail(error, "pwrite");
  return end - begin;
}

/// Brings a page up to date with what was written from `begin` to `end` of the file.
void Cached::update(const Request& r, const Held& held, std::uint64_t page_begin,
                    std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t from = std::max(begin, page_begin),
                      to = std::min(end, page_begin + how_.page);
  const std::uint32_t valid = held.frame->valid;
  if (from - page_begin > valid) return cache_->drop(held);  // a hole has come between
  copy_source(r, from - r.offset, {held.bytes + (from - page_begin), to - from});
  Cache::publish_and_release(held, std::max(valid, std::uint32_t(to - page_begin)));
}

void Cached::copy_source(const Request& r, std::uint64_t done, std::span<std::byte> to) const {
  while (!to.empty()) {
    const auto piece = config.source(r, done);
    const auto part = std::min(piece.size(), to.size());
    std::memcpy(to.data(), piece.data(), part);
    to = to.subspan(part);
    done += part;
  }
}
