#pragma once
#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

namespace iodyno::host {

/// How fast the CPU was at the last trials, by Sample::cpu_probe_ns. Of late, and not ever: what a
/// CPU can do changes for good when it gets hot, or when others come to stay, and each trial would
/// wait for what was.
class RecentProbes {
 public:
  /// 0: none is known.
  double fastest_ns() const {
    return probes_ns_.empty() ? 0 : *std::ranges::min_element(probes_ns_);
  }

  void remember(std::optional<double> probe_ns) {
    constexpr std::size_t kOfLate = 32;
    if (!probe_ns) return;
    if (probes_ns_.size() == kOfLate) probes_ns_.pop_front();
    probes_ns_.push_back(*probe_ns);
  }

 private:
  std::deque<double> probes_ns_;
};

}  // namespace iodyno::host
