#include "report/optimization_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/compare_words.hpp"
#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

/// Of what is this much or more of what is saved it is worth to speak.
constexpr double kWorthTelling = 0.1;

std::string count_text(double count) { return fmt::format("{:.0f}", count); }

std::string joined(const std::vector<std::string>& parts, const char* between) {
  return fmt::format("{}", fmt::join(parts, between));
}

/// What it gains, and what that is of.
std::string gain_text(const Gain& gain) {
  std::string text =
      fmt::format("at least {} × as fast (measured: {:.2f}), saves at least {} of {} a request",
                  at_least_times(gain.times_least), gain.times,
                  at_least_duration(gain.saved_least_ns), format_duration(gain.baseline_ns));
  if (gain.requests > 1)
    text += fmt::format(", {} of all {}", at_least_duration(gain.work_saved_least_ns),
                        count_text(gain.requests));
  return text;
}

/// What was left for after the clock, and what the gain is with it.
std::string drain_text(const Gain& gain, const std::string& baseline) {
  std::string text = fmt::format("with the writes left for after the clock ({}, of {} {}) ",
                                 format_duration(*gain.drain_ns), baseline,
                                 format_duration(*gain.baseline_drain_ns));
  if (!gain.with_drain || !gain.with_drain->compared()) return text + "not compared";
  switch (gain.with_drain->assessment.relation) {
    case Relation::faster: return text + times_as_fast(*gain.with_drain) + " × as fast";
    case Relation::slower: return text + "slower than " + baseline;
    case Relation::same: return text + "as fast as " + baseline;
    case Relation::inconclusive: break;
  }
  return text + "not told from " + baseline;
}

/// What it costs beside its time.
std::vector<std::string> prices(const Contest& contest, double threshold) {
  const Gain& gain = *contest.gain;
  std::vector<std::string> texts;
  if (gain.cpu_times && std::abs(std::log(*gain.cpu_times)) > std::log1p(threshold))
    texts.push_back(fmt::format("{:.2f} × the CPU time of {}", *gain.cpu_times,
                                shown(contest.the_baseline()->backend)));
  if (gain.earned_back_after && *gain.earned_back_after >= kWorthTelling * gain.requests)
    texts.push_back(
        fmt::format("its set-up takes {} longer, which {} requests earn back{}",
                    format_duration(*gain.setup_more_ns), count_text(*gain.earned_back_after),
                    *gain.earned_back_after > gain.requests ? ", more than there were" : ""));
  if (gain.drain_ns &&
      std::max(*gain.drain_ns, *gain.baseline_drain_ns) > kWorthTelling * gain.work_saved_least_ns)
    texts.push_back(drain_text(gain, shown(contest.the_baseline()->backend)));
  return texts;
}

std::string mechanism_text(const Mechanism& mechanism) {
  const std::string part = percent_text(mechanism.fraction) + " of its requests";
  if (mechanism.name == "shared") return part + " share extents: no bytes were moved";
  if (mechanism.name == "cached") return part + " came from a cache of its own";
  if (mechanism.name == "punted") return part + " went to threads of the kernel";
  return part + " were not, or not wholly, done in the way that was asked for";
}

/// Under which conditions it was found.
std::string holds_for(const Contest& contest, const OptimizationReport& report) {
  std::string text = "holds for: " + shown(to_text(contest.conditions), 300);
  if (contest.gain)
    text += fmt::format("; {}, the best of {}, p {}", counted(contest.gain->blocks, "block"),
                        counted(contest.gain->rivals, "rival"), p_text(contest.gain->p_adjusted));
  const auto& bound = contest.the_best()->bound;
  if (bound && report.cpus && bound->cpus_busy >= 0.9 * *report.cpus)
    text +=
        fmt::format("; {:.2f} of {} CPUs were busy", bound->cpus_busy, count_text(*report.cpus));
  return text;
}

/// Who stands beside the best.
std::vector<std::string> neighbours(const Contest& contest) {
  std::vector<std::string> texts;
  if (const auto equal = contest.standing(Standing::as_fast); !equal.empty())
    texts.push_back("as fast: " + names_of(equal));
  if (const auto open = contest.standing(Standing::undecided); !open.empty())
    texts.push_back("not told from it: " + names_of(open));
  return texts;
}

std::vector<std::string> details_of(const Contest& contest, const OptimizationReport& report) {
  std::vector<std::string> parts;
  if (contest.gain) {
    parts.push_back(gain_text(*contest.gain));
    for (std::string& price : prices(contest, report.threshold)) parts.push_back(std::move(price));
    for (const Mechanism& one : contest.the_best()->mechanisms)
      parts.push_back(mechanism_text(one));
  } else if (const auto slower = contest.standing(Standing::behind); !slower.empty()) {
    double least = INFINITY;
    for (const Contender* one : slower)
      least = std::min(least, one->against_baseline->assessment.ratio.within99->low);
    parts.push_back(
        fmt::format("at least {} × as long: {}", at_least_times(least), names_of(slower)));
  }
  for (std::string& one : neighbours(contest)) parts.push_back(std::move(one));
  if (contest.advice == Advice::keep)
    for (const Contender& one : contest.contenders)
      if (one.state == "degraded")
        parts.push_back(shown(one.backend) + " " + shown(one.label, 200));
  const std::string point = point_text(contest);
  return {(point.empty() ? "" : point + ": ") + joined(parts, "; ") + ".",
          holds_for(contest, report) + "."};
}

/// The advice of a phase that names one backend.
struct Group {
  std::string phase, backend;
  Advice advice;
  std::vector<const Contest*> contests;
};

std::vector<Group> groups_of(const OptimizationReport& report) {
  std::vector<Group> groups;
  for (const Contest& contest : report.contests) {
    if (contest.advice == Advice::none) continue;
    const std::string& backend = contest.the_best()->backend;
    const auto is_its = [&](const Group& group) {
      return group.phase == contest.phase && group.backend == backend;
    };
    auto found = std::ranges::find_if(groups, is_its);
    if (found == groups.end())
      found = groups.insert(groups.end(), Group{contest.phase, backend, contest.advice, {}});
    found->contests.push_back(&contest);
  }
  return groups;
}

std::size_t points_of(const OptimizationReport& report, const std::string& phase) {
  return std::size_t(std::ranges::count(report.contests, phase, &Contest::phase));
}

/// Three digits, of which the last is rounded that way only.
std::string times_text(double times, double (*rounded)(double)) {
  if (!std::isfinite(times)) return "-";
  const int decimals = times >= 100 ? 0 : times >= 10 ? 1 : 2;
  const double step = std::pow(10, decimals);
  return fmt::format("{:.{}f}", rounded(times * step) / step, decimals);
}

}  // namespace

// --- Figures

std::string at_least_times(double times) {
  return times_text(times, [](double value) { return std::floor(value); });
}

std::string at_most_times(double times) {
  return times_text(times, [](double value) { return std::ceil(value); });
}

std::string at_least_duration(double ns) {
  if (!std::isfinite(ns) || ns <= 0) return format_duration(ns);
  const double step = std::pow(10, std::floor(std::log10(ns)) - 2);
  return format_duration(std::floor(ns / step) * step);
}

std::string times_as_fast(const Comparison& one) {
  const auto& interval = one.assessment.ratio.within99;
  if (!one.compared() || !interval) return "-";
  return at_least_times(1 / interval->high) + " to " + at_most_times(1 / interval->low);
}

std::string percent_text(double fraction) {
  if (fraction > 0 && fraction < 0.01) return "<1 %";
  return fmt::format("{:.0f} %", 100 * fraction);
}

// --- Words

std::string shown(const std::string& text, std::size_t characters_max) {
  return shortened(text, characters_max);
}

std::string point_text(const Contest& contest) {
  std::vector<std::string> parts;
  for (const std::string& part : point_texts(contest.point)) parts.push_back(shown(part));
  return joined(parts, ", ");
}

std::string contest_text(const Contest& contest) {
  const std::string point = point_text(contest);
  return shown(contest.phase) + (point.empty() ? "" : ", " + point);
}

std::string bound_text(const Bound& bound, const Conditions& conditions) {
  const auto name = [&](Spender spender) {
    const bool device = spender == Spender::waiting && conditions.may_wait_for_device;
    return std::string(to_text(spender)) + (device ? ", perhaps for the device" : "");
  };
  if (bound.has_few_ticks && (bound.by == Spender::user || bound.by == Spender::kernel))
    return "CPU: too few ticks to tell user from kernel";
  if (bound.by) return name(*bound.by);
  std::vector<Spender> most;
  for (std::size_t i = 0; i < kSpenders; ++i) most.push_back(Spender(i));
  std::ranges::stable_sort(most, std::ranges::greater(),
                           [&](Spender one) { return bound.of(one).fraction; });
  return fmt::format("{} and {}", to_text(most[0]), name(most[1]));
}

std::string standing_text(const Contest& contest, const Contender& one) {
  if (one.standing == Standing::unranked) return {};
  if (contest.is_open() && one.standing == Standing::best) return "none is known to be faster";
  if (!contest.gain && one.standing == Standing::undecided)
    return "not told from " + shown(contest.the_best()->backend);
  return std::string(to_text(one.standing));
}

std::string throughput_text(const Contender& one) {
  if (!one.has_figures()) return "-";
  const auto bytes = one.figures.counters.find("bytes_per_second");
  return bytes != one.figures.counters.end()
             ? format_rate(bytes->second, "B/s")
             : format_rate(one.figures.requests_per_second.median, "/s");
}

std::string names_of(const std::vector<const Contender*>& contenders) {
  constexpr std::size_t kNamed = 20;
  std::vector<std::string> names;
  for (const Contender* one : contenders) names.push_back(shown(one->backend));
  if (names.size() > kNamed) {
    const std::size_t more = names.size() - kNamed;
    names.resize(kNamed);
    names.push_back(fmt::format("{} more", more));
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// --- Advice

std::vector<Item> advice_items(const OptimizationReport& report) {
  std::vector<Item> items;
  for (const Group& group : groups_of(report)) {
    const std::size_t points = points_of(report, group.phase);
    const std::string where =
        points == 1 ? "" : fmt::format(" at {} of {} points", group.contests.size(), points);
    const std::string backend = shown(group.backend), baseline = shown(report.baseline);
    Item item{
        group.advice == Advice::use
            ? fmt::format("{}: use {} instead of {}{}.", shown(group.phase), backend, baseline,
                          where)
            : fmt::format("{}: keep {}{}: nothing is faster.", shown(group.phase), backend, where),
        {}};
    for (const Contest* contest : group.contests)
      for (std::string& detail : details_of(*contest, report))
        item.details.push_back(std::move(detail));
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Item> overall_items(const OptimizationReport& report) {
  std::vector<Item> items;
  if (!report.advises) return items;
  for (const Overall& one : report.overall) {
    if (!one.is_advice()) continue;
    const std::string from = at_least_times(one.times_least),
                      to = at_least_times(one.times_least_most);
    std::string detail = fmt::format("faster in {} of {}, at least {} × as fast", one.faster,
                                     one.compared(), from == to ? from : from + " to " + to);
    if (one.same > 0)
      detail += fmt::format("; as fast in the other {}, within {:.3g} %", one.same,
                            100 * report.threshold);
    Item item{fmt::format("everything: {} alone can stand for {}.", shown(one.backend),
                          shown(report.baseline)),
              {detail + "."}};
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Item> no_advice_items(const OptimizationReport& report) {
  std::vector<Item> items;
  for (const Contest& contest : report.contests) {
    if (contest.advice != Advice::none || contest.doubts.empty()) continue;
    std::vector<std::string> reasons;
    for (const std::string& doubt : contest.doubts) reasons.push_back(shown(doubt, 400));
    items.push_back({contest_text(contest) + ": " + joined(reasons, "; ") + ".", {}});
  }
  return items;
}

}  // namespace iodyno::host
