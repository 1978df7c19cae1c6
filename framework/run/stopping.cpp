#include "run/stopping.hpp"

#include <algorithm>

namespace iodyno::host {

std::optional<Stop> stop_after(std::uint64_t blocks, bool late, const Stopping& stopping,
                               const std::function<std::optional<double>()>& known_within) {
  const bool all = blocks >= stopping.repetitions;
  if (!stopping.precision) {
    if (!all && !late) return {};
    return Stop{.by_time = !all, .precision = {}};
  }
  const bool looks = blocks >= std::min(stopping.repetitions, Stopping::kFewest);
  if (!looks && !late) return {};
  const auto known = known_within();
  const auto count = std::to_string(blocks) + (blocks == 1 ? " block" : " blocks");
  if (!known) {
    if (!all && !late) return {};
    return Stop{.by_time = !all, .precision = "nobody to compare: " + count};
  }
  if (looks && *known <= *stopping.precision) return Stop{false, "reached after " + count};
  if (blocks >= stopping.most()) return Stop{false, "not reached in " + count};
  if (late) return Stop{true, "not reached: the time limit"};
  return {};
}

}  // namespace iodyno::host
