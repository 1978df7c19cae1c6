#include "run/time_spent.hpp"

#include <algorithm>

namespace iodyno::host {
namespace {

/// Stages of a worker as one would speak of them.
std::string activity_of(const std::string& stage) {
  if (stage == "load" || stage == "open" || stage == "close") return "backends";
  if (stage == "rehearse") return "rehearsals";
  if (stage == "settle" || stage == "calm") return "settling";
  if (stage == "run") return "host";
  if (stage == "drain") return "draining";
  if (stage == "verify") return "verifying";
  return "state";  // layout, memory, look, cache
}

}  // namespace

void TimeSpent::add_trial(const Sample& sample, std::uint64_t elapsed_ns) {
  double known_ns = 0;
  for (const auto& [stage, ns] : sample.spent_ns) {
    known_ns += ns;
    spent_s_[activity_of(stage)] += ns * 1e-9;
  }
  // What lies in `run` but outside the clock is the host, between batches.
  const auto clock_s = double(sample.wall_ns) * 1e-9;
  spent_s_["clock"] += clock_s;
  spent_s_["host"] -= clock_s;
  spent_s_["processes"] += std::max(0.0, double(elapsed_ns) - known_ns) * 1e-9;
}

std::map<std::string, double> TimeSpent::of(std::uint64_t elapsed_ns) const {
  auto all = spent_s_;
  double known_s = 0;
  for (const auto& [what, s] : all) known_s += s;
  all["other"] = std::max(0.0, double(elapsed_ns) * 1e-9 - known_s);
  return all;
}

}  // namespace iodyno::host
