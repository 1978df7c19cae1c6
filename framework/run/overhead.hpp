#pragma once
#include <functional>
#include <optional>
#include <string>

#include "scenario/plan.hpp"
#include "trial/trial.hpp"

namespace iodyno::host {

/// Per request; none where a trial failed, and why.
struct HostOverhead {
  std::optional<double> ns;
  std::string failure;
};

/// What the host's own part of a request costs: the same requests, at once, to a backend that does
/// nothing; and the reading of a clock, where each is timed, as no engine can be without it. The
/// median of some short trials. `run` runs a trial; the directories of the spec are its own matter.
HostOverhead host_overhead(const BackendDescription& null, const Case& like,
                           std::shared_ptr<const Tree>,
                           const std::function<Sample(TrialSpec)>& run);

}  // namespace iodyno::host
