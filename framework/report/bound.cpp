#include "report/bound.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

/// Nanoseconds of one trial, or of several.
struct Times {
  double wall_ns = 0, cpu_ns = 0;
  std::array<double, kSpenders> spent_ns{};

  double of(Spender spender) const { return spent_ns[std::size_t(spender)]; }
  double whole_ns() const { return std::max(wall_ns, cpu_ns); }
  void add(const Times& other) {
    wall_ns += other.wall_ns;
    cpu_ns += other.cpu_ns;
    for (std::size_t i = 0; i < kSpenders; ++i) spent_ns[i] += other.spent_ns[i];
  }
};

std::optional<Times> times_of(const Repetition& trial) {
  const auto total_ns = [&](const char* counter) {
    const auto found = trial.counters.find(counter);
    return found == trial.counters.end() ? NAN : found->second * trial.iterations;
  };
  Times times;
  times.wall_ns = trial.real_time_ns * trial.iterations;
  times.cpu_ns = trial.cpu_time_ns * trial.iterations;
  // Each is read at its own moment, and the kernel splits CPU time by ticks: parts may be a little
  // more than the sum, of which the kernel's own is what is left.
  double left_ns = times.cpu_ns;
  static constexpr std::pair<Spender, const char*> kParts[] = {{Spender::workers, "iou_wrk_cpu_ns"},
                                                               {Spender::pollers, "iou_sqp_cpu_ns"},
                                                               {Spender::user, "user_cpu_ns"}};
  for (const auto& [spender, counter] : kParts) {
    const double part_ns = std::min(total_ns(counter), left_ns);
    times.spent_ns[std::size_t(spender)] = part_ns;
    left_ns -= part_ns;
  }
  times.spent_ns[std::size_t(Spender::kernel)] = left_ns;
  times.spent_ns[std::size_t(Spender::waiting)] = times.whole_ns() - times.cpu_ns;
  const bool sound =
      std::isfinite(times.wall_ns) && times.wall_ns > 0 &&
      std::ranges::all_of(times.spent_ns, [](double ns) { return std::isfinite(ns) && ns >= 0; });
  return sound ? std::optional(times) : std::nullopt;
}

}  // namespace

std::string_view to_text(Spender spender) {
  switch (spender) {
    case Spender::user: return "user CPU";
    case Spender::kernel: return "kernel CPU";
    case Spender::workers: return "io_uring workers";
    case Spender::pollers: return "io_uring pollers";
    case Spender::waiting: return "waiting";
  }
  return "unknown";
}

double Bound::spread() const {
  double widest = 0;
  for (const TimeShare& share : shares) widest = std::max(widest, share.high - share.low);
  return widest;
}

std::optional<Bound> bound_of(const ReadCase& one) {
  if (!one.missing.empty() || one.repetitions.empty()) return {};
  Times all;
  std::array<std::vector<double>, kSpenders> fractions;
  for (const Repetition& trial : one.repetitions) {
    const auto times = times_of(trial);
    if (!times) return {};
    all.add(*times);
    for (std::size_t i = 0; i < kSpenders; ++i)
      fractions[i].push_back(times->spent_ns[i] / times->whole_ns());
  }
  // The whole of all trials is the sum of theirs, so that the parts still add up to it.
  double whole_ns = 0;
  for (const double ns : all.spent_ns) whole_ns += ns;
  Bound bound;
  bound.cpus_busy = all.cpu_ns / all.wall_ns;
  for (std::size_t i = 0; i < kSpenders; ++i) {
    bound.shares[i] = {all.spent_ns[i] / whole_ns, quantile(fractions[i], 0.25),
                       quantile(fractions[i], 0.75)};
    if (bound.shares[i].fraction > 0.5) bound.by = Spender(i);
  }
  constexpr double kTickNs = 10e6, kTicksMin = 10;
  bound.has_few_ticks = all.of(Spender::user) + all.of(Spender::kernel) < kTicksMin * kTickNs;
  return bound;
}

}  // namespace iodyno::host
