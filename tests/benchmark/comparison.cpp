#include "comparison.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <span>

#include "report/statistics.hpp"
#include "scenario/random.hpp"

namespace iodyno::host {
namespace {

/// A performer that is ready, and its times of all rounds.
struct Runner {
  /// Of one step, a value for each round.
  struct Times {
    std::vector<double> real_time_ns, host_ns;
  };

  Runner(const Contestant& contestant, std::size_t count)
      : name(contestant.name), performer(contestant.make()), steps(count) {
    performer->perform();  // nobody pays for first touches
  }

  void begin_round() {
    for (auto& step : steps) step.real_time_ns.push_back(0), step.host_ns.push_back(0);
  }
  /// One of the two passes of a round.
  void pass() {
    const auto times = performer->perform();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      steps[i].real_time_ns.back() += times.at(i).real_time_ns / 2;
      steps[i].host_ns.back() += times.at(i).host_ns / 2;
    }
  }

  std::string name;
  std::unique_ptr<Performer> performer;
  std::vector<Times> steps;
};

std::uint64_t cpu_time_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return std::uint64_t(t.tv_sec) * 1'000'000'000 + std::uint64_t(t.tv_nsec);
}

/// Of those who never wait: what is missing of the processor's time was somebody else's.
void warn_of_others(double share) {
  if (share < 0.97)
    std::printf(
        "these figures are not to be believed: others had the processor %.0f %% of the time\n",
        100 * (1 - share));
}

void run_rounds(std::vector<Runner>& runners, std::uint64_t rounds) {
  const auto count = runners.size();
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const Permutation order(count, mix(kSeed, round));
    for (auto& runner : runners) runner.begin_round();
    for (std::size_t i = 0; i < count; ++i) runners[order.at(i)].pass();
    for (std::size_t i = count; i-- > 0;) runners[order.at(i)].pass();
  }
}

/// A median, and where it lies 19 times out of 20: between two of the sorted values, whatever their
/// distribution (by the binomial one, of which side of the median a value lies).
struct Interval {
  explicit Interval(std::vector<double> values) : middle(median(values)) {
    std::ranges::sort(values);
    const auto n = double(values.size());
    const auto rank = std::size_t(std::max(0.0, std::floor((n - 1.96 * std::sqrt(n)) / 2)));
    low = values[rank];
    high = values[values.size() - 1 - rank];
  }
  double middle, low, high;
};

void print_ratio(const Runner& runner, const Runner& reference, std::size_t step,
                 std::optional<double> limit) {
  const auto &own = runner.steps[step].real_time_ns, &others = reference.steps[step].real_time_ns;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < own.size(); ++i) ratios.push_back(own[i] / others[i]);
  const Interval ratio(ratios);
  std::printf("%s / %s: %.3f (%.3f–%.3f)", runner.name.c_str(), reference.name.c_str(),
              ratio.middle, ratio.low, ratio.high);
  if (limit)
    std::printf(", limit %.2f%s", *limit, ratio.middle > *limit ? ": above the limit" : "");
  std::printf("\n");
}

void print_step(const Comparison& comparison, const std::vector<Runner>& runners,
                std::size_t step) {
  const auto time = [step](const Runner& runner) {
    return median(runner.steps[step].real_time_ns);
  };
  for (const auto& runner : runners)
    std::printf("%-24s %12.0f %10.0f\n", runner.name.c_str(), time(runner),
                median(runner.steps[step].host_ns));
  const auto references = std::span(runners).first(comparison.references.size());
  const auto& fastest = *std::ranges::min_element(references, {}, time);
  for (const auto& reference : references)
    if (&reference != &fastest) print_ratio(reference, fastest, step, {});
  for (std::size_t i = 0; i < comparison.rows.size(); ++i)
    print_ratio(runners[references.size() + i], fastest, step, comparison.rows[i].limit);
}

}  // namespace

void compare(const Comparison& comparison, std::uint64_t rounds) {
  const auto count = std::max<std::size_t>(comparison.steps.size(), 1);
  std::vector<Runner> runners;
  for (const auto& contestant : comparison.references) runners.emplace_back(contestant, count);
  for (const auto& row : comparison.rows) runners.emplace_back(row.contestant, count);
  const auto start = now(), cpu_start = cpu_time_ns();
  run_rounds(runners, rounds);
  const auto share = double(cpu_time_ns() - cpu_start) / double(now() - start);

  for (std::size_t step = 0; step < count; ++step) {
    const auto name = comparison.steps.empty() ? "" : ": " + comparison.steps[step];
    std::printf("\n%s%s, medians of %llu rounds\n%-24s %12s %10s\n", comparison.title.c_str(),
                name.c_str(), static_cast<unsigned long long>(rounds), "", "ns/request", "host ns");
    print_step(comparison, runners, step);
  }
  if (comparison.never_waits) warn_of_others(share);
}

}  // namespace iodyno::host
