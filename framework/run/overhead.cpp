#include "run/overhead.hpp"

#include <algorithm>
#include <iodyno/config.hpp>

namespace iodyno::host {
namespace {

constexpr int kTrials = 3;
constexpr std::uint64_t kLongestNs = 50'000'000;

/// Its options as they are, but that a request takes no time.
std::vector<OptionValue> options_of(const BackendDescription& null) {
  std::vector<OptionValue> values;
  for (const auto& option : null.options)
    values.push_back(option.name == "latency" ? OptionValue(std::int64_t{0}) : option.fallback);
  return values;
}

/// Without a schedule, or what takes time of its own.
std::vector<Phase> at_once(std::vector<Phase> steps) {
  for (auto& step : steps) {
    step.rate.reset();
    step.rehearse = true;
  }
  return steps;
}

double clock_read_ns() {
  constexpr int kReads = 10'000;
  const auto begin = now();
  auto last = begin;
  for (int i = 0; i < kReads; ++i) last = now();
  return double(last - begin) / kReads;
}

}  // namespace

HostOverhead host_overhead(const BackendDescription& null, const Case& like,
                           std::shared_ptr<const Tree> tree,
                           const std::function<Sample(TrialSpec)>& run) {
  std::vector<double> times_ns;
  for (int i = 0; i < kTrials; ++i) {
    const auto cap_ns = like.cap_ns == 0 ? kLongestNs : std::min(like.cap_ns, kLongestNs);
    const auto sample = run({.plugin_file = null.file,
                             .options = options_of(null),
                             .steps = at_once(like.steps),
                             .lifecycle = like.lifecycle(),
                             .dataset = like.dataset,
                             .tree = tree,
                             .seed = std::uint64_t(i),
                             .cap_ns = cap_ns,
                             .kept = {},
                             .verify = false});
    if (!sample.error.empty()) return {{}, sample.error};
    if (!sample.usable()) return {{}, sample.invalid[0]};
    times_ns.push_back(sample.real_time_ns());
  }
  // A lifecycle is one thing that is done, and the stamps are many.
  const bool timed = !like.lifecycle() && like.steps[0].timed;
  std::ranges::sort(times_ns);
  return {times_ns[kTrials / 2] + (timed ? clock_read_ns() : 0), {}};
}

}  // namespace iodyno::host
