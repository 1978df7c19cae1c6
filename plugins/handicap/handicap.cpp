#include "handicap.hpp"

#include <string>

namespace engine::handicap {

Handicap::Handicap(const iodyno::Config& c) : Posix(c), burdens_(pool.slots()) {
  const auto percent = c.integer("percent");
  for (Burden& burden : burdens_) burden.set(double(percent) / 100, clock_ns());
  c.note("handicap",
         ("each thread is slowed down by " + std::to_string(percent) + " % of its time").c_str());
}

/// As PerRequest hands them out: some at a time, as neighbours share lines of memory.
auto Handicap::in_turn(const iodyno_batch& batch) {
  constexpr std::uint64_t kMost = 16, kTimes = 32;
  const auto chunk = std::clamp(batch.count / (pool.slots() * kTimes), std::uint64_t{1}, kMost);
  return [this, chunk, i = std::uint64_t{0}, end = std::uint64_t{0}]() mutable {
    if (i == end) end = (i = next_.fetch_add(chunk, std::memory_order_relaxed)) + chunk;
    return i++;
  };
}

void Handicap::run(const iodyno_batch& batch) {
  const auto slowed = [&](std::uint32_t slot, auto next) {
    Burden& burden = burdens_[slot];
    burden.begin();
    return [&burden, next, count = batch.count]() mutable {
      const std::uint64_t which = next();
      burden.bear(which >= count);
      return which;
    };
  };
  const bool by_directories = directories_.divide(batch);
  if (by_directories) {
    PerRequest::run(batch, [&](auto slot) { return slowed(slot, directories_.requests_of(slot)); });
  } else {
    next_.store(0, std::memory_order_relaxed);
    PerRequest::run(batch, [&](auto slot) { return slowed(slot, in_turn(batch)); });
  }
  note_events(by_directories);
}

}  // namespace engine::handicap
