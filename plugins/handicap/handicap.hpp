/// The engine of plain system calls, made slower by a known part: an effect to be found.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../posix/engine.hpp"
#include "burden.hpp"

namespace engine::handicap {

/// The options of `posix`, and first one more.
template <std::size_t Count>
consteval auto options_after(iodyno_option first, const std::array<iodyno_option, Count>& others) {
  std::array<iodyno_option, Count + 1> all{first};
  std::ranges::copy(others, all.begin() + 1);
  return all;
}

/// What it waits is inside the stamps of the requests: each begins where the thread was done with
/// the one before. With a rate a thread would wait while it has nothing to do, and be no slower.
class Handicap : public posix::Posix {
 public:
  static constexpr auto name = "handicap", version = "1.0",
                        summary = "posix, slowed down by busy waiting: to try comparisons on";
  static constexpr std::uint32_t flags = IODYNO_DIRECT;
  static constexpr std::array options = options_after(
      iodyno::integer("percent", 5, 0, 1000,
                      "So much of its own time each thread waits, busily, before it goes on."),
      Posix::options);

  explicit Handicap(const iodyno::Config& config);

  void run(const iodyno_batch& batch);

 private:
  auto in_turn(const iodyno_batch& batch);

  std::vector<Burden> burdens_;
  alignas(64) std::atomic<std::uint64_t> next_ = 0;
};

}  // namespace engine::handicap
