/// How lanes share out a session's depth and a batch's requests.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>

namespace engine::uring {

/// The slots of one lane, of all that the depth has.
struct Share {
  std::uint32_t first, depth;

  /// Of `lanes` lanes, as equal as can be.
  static Share of(std::uint32_t lane, std::uint32_t lanes, std::uint32_t depth) {
    const std::uint32_t each = depth / lanes, more = depth % lanes;
    return {lane * each + std::min(lane, more), each + (lane < more)};
  }
};

/// The requests of a batch that no lane has yet. They are claimed a few at a time, so that a slow
/// lane does not hold up the batch; one at a time with a pace, as the next that is due is waited
/// for by one lane, and the others must find those behind it.
class Claims {
 public:
  Claims(std::uint32_t count, std::uint32_t lanes, std::uint32_t depth, bool paced)
      : count_(count),
        chunk_(lanes == 1 ? std::max(count, 1u)
                          : std::clamp(count / (kRounds * lanes), 1u, paced ? 1u : depth)) {}

  /// The next requests, `[begin, end)`; false: there are none.
  bool claim(std::uint32_t& begin, std::uint32_t& end) {
    const std::uint64_t at = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (at >= count_) return false;
    begin = std::uint32_t(at);
    end = std::uint32_t(std::min<std::uint64_t>(at + chunk_, count_));
    return true;
  }
  /// Nobody gets any more.
  void close() { next_.store(count_, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kRounds = 8;  ///< of claims, for each lane, at least

  const std::uint32_t count_, chunk_;
  std::atomic<std::uint64_t> next_ = 0;
};

}  // namespace engine::uring
