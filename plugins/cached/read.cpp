// Blocks that are read: page by page from the cache, and what it has not is loaded first.
#include <algorithm>
#include <cstring>

#include "engine.hpp"

iodyno::Done Cached::read_block(const Request& r, std::uint32_t slot) {
  const File& of = file(r.file);
  if (r.length == 0) return 0;
  if (r.length > INT64_MAX || r.offset > INT64_MAX - r.length)
    iodyno::fail(ENODATA, "behind the end of every file");
  const std::uint64_t end = r.offset + r.length;
  // A page's worth goes out as it lies; across pages, only in multiples of 4096.
  const bool in_one_page = (r.offset >> shift_) == ((end - 1) >> shift_);
  const auto scratch = scratch_[slot];
  Reading reading{.r = r,
                  .file = of,
                  .slot = slots_[slot],
                  .odd = scratch.first(how_.page),
                  .page = scratch.subspan(how_.page),
                  .at = r.offset,
                  .end = end,
                  .gathers = !in_one_page && r.offset % 4096 != 0};
  bool all_cached = true;
  while (reading.at < end) {
    const std::uint64_t page = reading.at >> shift_;
    if (page >= of.pages) [[unlikely]] {
      all_cached = false;
      read_around(reading);
    } else if (!read_cached(reading, of.first + page)) {
      all_cached = false;
      read_missing(reading, page);
    }
  }
  return {r.length, all_cached ? std::uint32_t{IODYNO_CACHED} : 0u};
}

/// False: it is not there, or ended before what is asked for when it was read.
bool Cached::read_cached(Reading& reading, std::uint64_t page) {
  const Held held = cache_->look(page);
  if (!held) return false;
  const std::uint64_t within = reading.at & (how_.page - 1),
                      want = std::min(reading.end - reading.at, how_.page - within);
  const bool enough = held.frame->valid >= within + want;
  if (enough) [[likely]] {
    ++reading.slot.hits;
    hand_over(reading, held.bytes, held.frame->valid);
  }
  cache_->release(held);
  if (!enough) forget(page);
  return enough;
}

/// Loads the page of the file, with those behind it that are wanted and are not there, either.
void Cached::read_missing(Reading& reading, std::uint64_t page) {
  const std::uint32_t count = begin_to_load(reading, page);
  if (count == 0) {  // somebody else is loading it, or all frames are in use
    if (cache_->is_full_for(reading.file.first + page)) read_around(reading);
    return;
  }
  load(reading, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Held& held = reading.slot.run[i];
    if (held.frame == nullptr) break;  // behind the end of the file
    try {
      if (reading.at < reading.end) hand_over(reading, held.bytes, held.frame->valid);
    } catch (...) {
      for (; i < count && reading.slot.run[i]; ++i) cache_->release(reading.slot.run[i]);
      throw;
    }
    cache_->release(held);
  }
  if (!reading.slot.run[count - 1]) iodyno::fail(ENODATA, "the file is too short");
}

/// Takes frames, one after the other, for as long as pages are missing.
std::uint32_t Cached::begin_to_load(const Reading& reading, std::uint64_t page) {
  const std::uint64_t last = std::min((reading.end - 1) >> shift_, reading.file.pages - 1);
  std::uint32_t count = 0;
  for (; count < kRun && page + count <= last; ++count) {
    const Held held = cache_->load(reading.file.first + page + count);
    if (!held) break;
    reading.slot.run[count] = held;
  }
  reading.slot.misses += count;
  return count;
}

/// Reads the run with as few calls as can be, and lets others see it. What the file does not have
/// is dropped, and no page of the run any more.
void Cached::load(const Reading& reading, std::uint32_t count) {
  Slot& slot = reading.slot;
  const std::uint64_t begin = reading.at & ~(how_.page - 1), size = std::uint64_t{count} << shift_;
  for (std::uint32_t i = 0; i < count; ++i) slot.pieces[i] = {slot.run[i].bytes, how_.page};
  std::uint64_t done = 0;
  try {
    while (done < size) {
      const auto first = std::uint32_t(done >> shift_);
      const std::uint64_t within = done & (how_.page - 1);
      slot.pieces[first] = {slot.run[first].bytes + within, how_.page - within};
      const auto moved = std::uint64_t(iodyno::retry(
          [&] {
            return ::preadv(reading.file.fd, &slot.pieces[first], int(count - first),
                            off_t(begin + done));
          },
          "preadv"));
      done += moved;
      if (moved == 0 || moved % granule_ != 0) break;
    }
  } catch (...) {
    for (std::uint32_t i = 0; i < count; ++i) cache_->drop(slot.run[i]);
    throw;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t before = std::uint64_t{i} << shift_,
                        valid = done <= before ? 0 : std::min(done - before, how_.page);
    if (valid != 0) {
      Cache::publish(slot.run[i], std::uint32_t(valid));
    } else {
      cache_->drop(slot.run[i]);
      slot.run[i] = {};
    }
  }
}

/// What has no place in the cache.
void Cached::read_around(Reading& reading) {
  ++reading.slot.bypasses;
  const std::uint64_t begin = reading.at & ~(how_.page - 1);
  const auto count = iodyno::read_fully(reading.file.fd, reading.page, begin, granule_);
  hand_over(reading, reading.page.data(), count);
}

/// What the request wants of a page, of which so many bytes are the file's.
void Cached::hand_over(Reading& reading, const std::byte* page, std::uint64_t valid) {
  const std::uint64_t within = reading.at & (how_.page - 1),
                      want = std::min(reading.end - reading.at, how_.page - within);
  if (within + want > valid) iodyno::fail(ENODATA, "the file is too short");
  if (!reading.gathers) {
    deliver(reading.r, reading.at - reading.r.offset, {page + within, want});
    reading.at += want;
    return;
  }
  for (std::uint64_t left = want; left > 0;) {
    const auto part = std::min<std::uint64_t>(left, reading.odd.size() - reading.gathered);
    std::memcpy(&reading.odd[reading.gathered], page + within + (want - left), part);
    left -= part;
    reading.gathered += part;
    reading.at += part;
    if (reading.gathered < reading.odd.size() && reading.at < reading.end) continue;
    deliver(reading.r, reading.at - reading.r.offset - reading.gathered,
            reading.odd.first(reading.gathered));
    reading.gathered = 0;
  }
}

/// A page that ends before what is asked for: the file may be longer by now.
void Cached::forget(std::uint64_t page) {
  if (const Held held = cache_->change(page)) cache_->drop(held);
}
