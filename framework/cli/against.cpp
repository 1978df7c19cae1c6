#include "cli/against.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/surroundings.hpp"
#include "cli/terminal.hpp"
#include "report/compare_text.hpp"
#include "report/precision.hpp"

namespace iodyno::host {
namespace {

constexpr double kThreshold = 0.03;

bool is_of(const OlderPair& pair, const std::string& backend) {
  return backend == pair.label || backend == pair.older_label;
}

}  // namespace

std::optional<double> known_within(const std::vector<const CaseResult*>& cases,
                                   const std::string& baseline,
                                   const std::vector<OlderPair>& pairs) {
  if (pairs.empty()) return known_within(cases, baseline);
  std::optional<double> widest;
  for (const OlderPair& pair : pairs) {
    auto both = cases;
    std::erase_if(both, [&](const CaseResult* one) { return !is_of(pair, one->backend); });
    if (const auto within = known_within(both, pair.older_label))
      widest = std::max(widest.value_or(0), *within);
  }
  return widest;
}

Regression compare_with_older(const std::string& directory, const std::vector<OlderPair>& pairs) {
  Regression found;
  for (const OlderPair& pair : pairs) {
    auto results = read_results(directory);
    std::erase_if(results.cases, [&](const ReadCase& one) { return !is_of(pair, one.backend); });
    const auto all = compare_backends(results, pair.older_label, kThreshold);
    fmt::print("\n{}", comparison_text(all, color()));
    found.slower |= std::ranges::any_of(all.cases, [](const Comparison& one) {
      return one.compared() && one.assessment.relation == Relation::slower;
    });
    found.lost |= std::ranges::any_of(all.cases, &Comparison::lost);
  }
  std::fflush(stdout);
  return found;
}

}  // namespace iodyno::host
