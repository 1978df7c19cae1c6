#include "report/precision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/estimate.hpp"

namespace iodyno::host {
namespace {

bool counts(const CaseResult& one) {
  return !one.synthetic && !one.samples.empty() &&
         std::ranges::all_of(one.samples, [](const Sample& sample) {
           return sample.usable() && sample.real_time_ns() > 0;
         });
}

/// The times of the blocks that both have. Samples are in the order of the blocks.
Match paired(const CaseResult& rival, const CaseResult& baseline) {
  Match match;
  auto other = baseline.samples.begin();
  for (const Sample& one : rival.samples) {
    while (other != baseline.samples.end() && other->block < one.block) ++other;
    if (other == baseline.samples.end()) break;
    if (other->block != one.block) continue;
    match.rival_ns.push_back(one.real_time_ns());
    match.baseline_ns.push_back(other->real_time_ns());
  }
  return match;
}

}  // namespace

double known_within(const Ratio& ratio) {
  if (!ratio.within95) return std::numeric_limits<double>::infinity();
  return std::sqrt(ratio.within95->high / ratio.within95->low) - 1;
}

std::optional<double> known_within(std::span<const CaseResult* const> cases,
                                   std::string_view baseline) {
  const auto found = std::ranges::find(cases, baseline, &CaseResult::backend);
  if (found == cases.end() || !counts(**found)) return {};
  std::optional<double> widest;
  for (const CaseResult* one : cases) {
    if (one == *found || !counts(*one)) continue;
    const Match match = paired(*one, **found);
    const double within =
        match.rival_ns.empty()
            ? std::numeric_limits<double>::infinity()
            : known_within(paired_ratio(log_ratios(match.rival_ns, match.baseline_ns)));
    widest = std::max(widest.value_or(0), within);
  }
  return widest;
}

}  // namespace iodyno::host
