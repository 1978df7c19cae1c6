/// Time that is added to what a thread does: so many percent of its own, by busy waiting.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iodyno/config.hpp>

namespace engine::handicap {

/// What it costs to read the clock.
inline double clock_ns() {
  constexpr int kReads = 10'000;
  const std::uint64_t begin = iodyno::now();
  std::uint64_t last = begin;
  for (int i = 0; i < kReads; ++i) last = iodyno::now();
  return double(last - begin) / kReads;
}

/// The accounts of one thread. Waiting takes place between requests. To look at the clock costs as
/// much as 2 % of a short request is, so after short ones that is done for several at once; and
/// what it costs, or a wait that took too long, is taken off the next wait.
class alignas(64) Burden {  // a line of memory for each thread
 public:
  void set(double part, double clock_ns) { part_ = part, clock_ns_ = clock_ns; }

  /// A batch begins.
  void begin() {
    settled_ns_ = iodyno::now();
    done_ = 0;
  }
  /// Before each request, and once after the last one.
  void bear(bool last) {
    if (last || ++done_ >= every_) settle();
  }

 private:
  void settle() {
    const std::uint64_t reached_ns = iodyno::now();
    const double own_ns = std::max(0.0, double(reached_ns - settled_ns_) - clock_ns_);
    every_ = own_ns > kLongNs * done_ ? 1 : kShortOnes;
    debt_ns_ += part_ * own_ns - clock_ns_;
    settled_ns_ = reached_ns;
    while (double(settled_ns_ - reached_ns) < debt_ns_) settled_ns_ = iodyno::now();
    debt_ns_ -= double(settled_ns_ - reached_ns);
    done_ = 0;
  }

  static constexpr double kLongNs = 10'000;
  static constexpr std::uint32_t kShortOnes = 16;

  double part_ = 0, clock_ns_ = 0;
  double debt_ns_ = 0;  ///< yet to be waited; below 0 after too much
  std::uint64_t settled_ns_ = 0;
  std::uint32_t done_ = 0, every_ = kShortOnes;  ///< requests since then, and until it is due
};

}  // namespace engine::handicap
