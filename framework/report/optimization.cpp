#include "report/optimization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.hpp"

namespace iodyno::host {
namespace {

// --- Contenders

/// How many of all requests a counter counts.
double fraction_of(const ReadCase& one, const std::string& counter) {
  double some = 0, all = 0;
  for (const Repetition& trial : one.repetitions) {
    const auto found = trial.counters.find(counter);
    if (found == trial.counters.end() || !std::isfinite(trial.iterations)) return 0;
    some += found->second;
    all += trial.iterations;
  }
  return all > 0 ? some / all : 0;
}

std::vector<Mechanism> mechanisms_of(const ReadCase& one) {
  std::vector<Mechanism> found;
  // Each iteration of a lifecycle is all of its requests.
  if (one.phase == "lifecycle") return found;
  for (const char* name : {"shared", "cached", "punted", "fallback"})
    if (const double fraction = fraction_of(one, name); fraction > 0)
      found.push_back({name, std::min(fraction, 1.0)});
  return found;
}

/// What the context has of its backend, for all of its cases or for this one.
std::map<std::string, std::string> notes_of(const ReadResults& results, const ReadCase& one) {
  const std::string prefix = "iodyno.note." + one.backend + ".";
  const std::string end = "." + one.name;
  std::map<std::string, std::string> notes;
  for (auto at = results.context.lower_bound(prefix);
       at != results.context.end() && at->first.starts_with(prefix); ++at) {
    std::string key = at->first.substr(prefix.size());
    if (key.ends_with(end)) key.resize(key.size() - end.size());
    const bool of_another_case = key.find('/') != std::string::npos;
    if (!of_another_case && !key.starts_with("host.")) notes[key] = at->second;
  }
  return notes;
}

Contender contender_of(const ReadResults& results, const ReadCase& one) {
  Contender contender;
  contender.backend = one.backend;
  contender.name = one.name;
  contender.label = one.label;
  contender.state = state_of(one);
  contender.missing = one.missing;
  if (!one.missing.empty()) return contender;
  contender.figures = figures_of(one);
  contender.bound = bound_of(one);
  contender.mechanisms = mechanisms_of(one);
  contender.notes = notes_of(results, one);
  return contender;
}

// --- Who is best

/// A rate sets its time.
bool is_open_loop(const std::string& label) { return label.find("open loop") != std::string::npos; }

std::string why_unranked(const Contest& contest, const std::string& baseline) {
  const Contender* const base = contest.the_baseline();
  if (!base) return fmt::format("{} was not measured there", baseline);
  if (!base->has_figures()) return fmt::format("{} {}", baseline, base->missing);
  if (base->label.starts_with("synthetic")) return baseline + " is synthetic: it does no I/O";
  if (is_open_loop(base->label)) return "a rate sets its time: its latencies are what to look at";
  return {};
}

bool is_faster(const Contender& one) {
  return one.against_baseline && one.against_baseline->compared() &&
         one.against_baseline->assessment.relation == Relation::faster;
}

double ratio_of(const Contender& one) { return one.against_baseline->assessment.ratio.value; }

/// The fastest of those that are faster than the baseline; the baseline where none is.
std::size_t best_of(const Contest& contest) {
  std::size_t best = *contest.baseline;
  for (std::size_t i = 0; i < contest.contenders.size(); ++i)
    if (is_faster(contest.contenders[i]) &&
        (best == *contest.baseline ||
         ratio_of(contest.contenders[i]) < ratio_of(contest.contenders[best])))
      best = i;
  return best;
}

Standing standing_of(const Comparison& one) {
  if (!one.compared()) return Standing::unranked;
  switch (one.assessment.relation) {
    case Relation::same: return Standing::as_fast;
    case Relation::slower: return Standing::behind;
    case Relation::faster:  // both stand against one that a third was told from
    case Relation::inconclusive: return Standing::undecided;
  }
  return Standing::unranked;
}

/// How all others stand to the best: as against a baseline, in the same blocks.
void rank(Contest& contest, const ReadResults& alone, double threshold) {
  contest.best = best_of(contest);
  const std::string best = contest.the_best()->backend;
  const Comparisons against_best = compare_backends(alone, best, threshold);
  for (const Comparison& one : against_best.cases)
    for (Contender& contender : contest.contenders)
      if (contender.name == one.name) contender.standing = standing_of(one);
  contest.contenders[*contest.best].standing = Standing::best;
}

// --- What it gains

std::optional<double> counter_of(const Contender& one, const std::string& counter) {
  const auto found = one.figures.counters.find(counter);
  return found == one.figures.counters.end() ? std::nullopt : std::optional(found->second);
}

/// What it takes more to begin.
void add_setup(Gain& gain, const Contender& best, const Contender& baseline) {
  const auto setup = counter_of(best, "setup_ns"), before = counter_of(baseline, "setup_ns");
  if (!setup || !before || *setup <= *before) return;
  gain.setup_more_ns = *setup - *before;
  if (gain.saved_least_ns > 0)
    gain.earned_back_after = std::ceil(*gain.setup_more_ns / gain.saved_least_ns);
}

/// A case whose times have the drain in them.
ReadCase with_drain(ReadCase one) {
  for (Repetition& trial : one.repetitions)
    if (const auto found = trial.counters.find("drain_ns"); found != trial.counters.end()) {
      const double time_ns = trial.real_time_ns + found->second / trial.iterations;
      if (std::isfinite(time_ns) && time_ns > 0) trial.real_time_ns = time_ns;
    }
  return one;
}

/// What both left for after the clock, and whether the one is faster with that, too.
void add_drain(Gain& gain, const Contender& best, const Contender& baseline,
               const ReadResults& alone, double threshold) {
  const auto drain = counter_of(best, "drain_ns"), other = counter_of(baseline, "drain_ns");
  if (!drain || !other || *drain + *other <= 0) return;
  gain.drain_ns = drain;
  gain.baseline_drain_ns = other;
  ReadResults both{alone.context, {}};
  for (const ReadCase& one : alone.cases)
    if (one.name == best.name || one.name == baseline.name) both.cases.push_back(with_drain(one));
  for (Comparison& one : compare_backends(both, baseline.backend, threshold).cases)
    gain.with_drain = std::move(one);
}

/// Requests of a trial: of the first, as all do the same work.
double requests_of(const ReadResults& alone, const std::string& name) {
  for (const ReadCase& one : alone.cases)
    if (one.name == name && !one.repetitions.empty()) return one.repetitions.front().iterations;
  return NAN;
}

Gain gain_of(const Contest& contest, const ReadResults& alone, double threshold) {
  const Contender &best = *contest.the_best(), &baseline = *contest.the_baseline();
  const Comparison& one = *best.against_baseline;
  const Assessment& it = one.assessment;
  Gain gain;
  gain.times = 1 / it.ratio.value;
  gain.times_least = 1 / it.ratio.within99->high;
  gain.p_adjusted = it.p_adjusted;
  gain.blocks = it.blocks;
  gain.rivals = contest.rivals();
  gain.baseline_ns = one.baseline_ns;
  gain.saved_ns = one.baseline_ns * (1 - it.ratio.value);
  gain.saved_least_ns = one.baseline_ns * (1 - it.ratio.within99->high);
  gain.requests = requests_of(alone, best.name);
  gain.work_saved_least_ns = gain.saved_least_ns * gain.requests;
  if (best.figures.cpu_time_ns && baseline.figures.cpu_time_ns && *baseline.figures.cpu_time_ns > 0)
    gain.cpu_times = *best.figures.cpu_time_ns / *baseline.figures.cpu_time_ns;
  add_setup(gain, best, baseline);
  add_drain(gain, best, baseline, alone, threshold);
  return gain;
}

// --- Works

/// "not told from posix: uring (12 more blocks), mmap (too noisy: …)".
std::string undecided_text(const Contest& contest) {
  std::vector<std::string> parts;
  for (const Contender* one : contest.standing(Standing::undecided)) {
    const Assessment& it = one->against_baseline->assessment;
    const std::string why = it.more_blocks ? counted(*it.more_blocks, "more block") : it.reason;
    parts.push_back(one->backend + (why.empty() ? "" : " (" + why + ")"));
  }
  return fmt::format("not told from {}: {}", contest.the_baseline()->backend,
                     fmt::join(parts, ", "));
}

/// Why a finding of this phase and point is not good enough for advice.
std::vector<std::string> doubts_of(const Contest& contest, double threshold) {
  if (!contest.unranked.empty()) return {contest.unranked};
  if (contest.rivals() == 0)
    return {"nothing was compared with " + contest.the_baseline()->backend};
  std::vector<std::string> doubts;
  std::vector<const Contender*> decisive{contest.the_best()};
  if (contest.gain) decisive.push_back(contest.the_baseline());
  for (const Contender* one : decisive)
    if (one->state != "ok") doubts.push_back(one->backend + " is " + one->label);
  if (contest.gain && contest.gain->times_least < 1 + threshold)
    doubts.push_back(fmt::format("{} is faster, but perhaps by less than {:.3g} %",
                                 contest.the_best()->backend, 100 * threshold));
  if (contest.gain && contest.gain->with_drain && contest.gain->with_drain->compared() &&
      contest.gain->with_drain->assessment.relation == Relation::slower)
    doubts.push_back(contest.the_best()->backend + " takes longer than " +
                     contest.the_baseline()->backend +
                     " with the writes that it leaves for after the clock");
  if (contest.is_open()) doubts.push_back(undecided_text(contest));
  return doubts;
}

/// What all phases and points are made from.
struct Source {
  const ReadResults& results;
  const std::string& baseline;
  double threshold;
  std::map<std::string, const Comparison*> comparisons;  ///< with the baseline, by name
  std::map<std::string, std::string> overheads;  ///< of the context, what a comparison needs
  bool advises;                                  ///< it is a run for figures
};

/// A phase and point: its cases, with what each was in the comparison with the baseline.
Contest contest_of(const Source& source, const std::vector<const ReadCase*>& cases) {
  Contest contest;
  contest.phase = cases.front()->phase;
  contest.point = cases.front()->point;
  contest.conditions = conditions_of(source.results, *cases.front());
  ReadResults alone{source.overheads, {}};
  for (const ReadCase* one : cases) {
    alone.cases.push_back(*one);
    Contender& contender = contest.contenders.emplace_back(contender_of(source.results, *one));
    if (one->backend == source.baseline) contest.baseline = contest.contenders.size() - 1;
    if (const auto found = source.comparisons.find(one->name); found != source.comparisons.end())
      contender.against_baseline = *found->second;
  }
  contest.unranked = why_unranked(contest, source.baseline);
  if (contest.unranked.empty()) {
    rank(contest, alone, source.threshold);
    if (contest.best != contest.baseline) contest.gain = gain_of(contest, alone, source.threshold);
  }
  contest.doubts = doubts_of(contest, source.threshold);
  if (contest.doubts.empty() && source.advises)
    contest.advice = contest.gain ? Advice::use : Advice::keep;
  return contest;
}

// --- One for all

/// `drained`: the same with the writes left for after the clock.
void add_to(Overall& overall, const Comparison& one, const Comparison& drained, double threshold) {
  if (!one.compared() || is_open_loop(one.label)) {
    ++overall.not_compared;
    return;
  }
  const Assessment& it = one.assessment;
  const bool is_faster = it.relation == Relation::faster;
  const double least = it.ratio.within99 ? 1 / it.ratio.within99->high : 0;
  if (!one.label.starts_with("ok") || !one.baseline_label.starts_with("ok") ||
      (is_faster && least < 1 + threshold) || drained.assessment.relation == Relation::slower)
    ++overall.doubtful;
  if (is_faster) {
    overall.times_least = overall.faster == 0 ? least : std::min(overall.times_least, least);
    overall.times_least_most = std::max(overall.times_least_most, least);
    ++overall.faster;
    return;
  }
  ++(it.relation == Relation::same     ? overall.same
     : it.relation == Relation::slower ? overall.slower
                                       : overall.undecided);
}

/// A run that was cut short has fewer blocks, and what they decide stands. These have other
/// figures.
bool is_for_figures(const ReadResults& results) {
  const auto build = results.context.find("library_build_type");
  return results.stated("quick") != "true" && results.stated("warning.in_process").empty() &&
         (build == results.context.end() || build->second != "debug");
}

/// `works`: so many phases and points are there.
std::vector<Overall> overall_of(const ReadResults& results, const Comparisons& all,
                                std::size_t works) {
  ReadResults later{results.context, {}};
  for (const ReadCase& one : results.cases) later.cases.push_back(with_drain(one));
  const Comparisons drained = compare_backends(later, all.baseline, all.threshold);
  std::vector<Overall> found;
  for (std::size_t i = 0; i < all.cases.size(); ++i) {
    const Comparison& one = all.cases[i];
    auto its = std::ranges::find(found, one.backend, &Overall::backend);
    if (its == found.end()) {
      found.emplace_back().backend = one.backend;
      its = found.end() - 1;
    }
    add_to(*its, one, drained.cases[i], all.threshold);
  }
  for (Overall& one : found) one.not_compared = works - one.compared();
  std::erase_if(found, [](const Overall& one) { return one.compared() == 0; });
  return found;
}

}  // namespace

std::string_view to_text(Standing standing) {
  switch (standing) {
    case Standing::best: return "best";
    case Standing::as_fast: return "as fast";
    case Standing::undecided: return "not told from the best";
    case Standing::behind: return "slower than the best";
    case Standing::unranked: return "not ranked";
  }
  return "unknown";
}

std::vector<const Contender*> Contest::standing(Standing asked) const {
  std::vector<const Contender*> found;
  for (const Contender& one : contenders)
    if (one.standing == asked) found.push_back(&one);
  return found;
}

std::size_t Contest::rivals() const {
  return std::size_t(std::ranges::count_if(contenders, [](const Contender& one) {
    return one.against_baseline && one.against_baseline->compared();
  }));
}

bool Overall::is_advice() const {
  return faster > 0 && faster + same == compared() && not_compared == 0 && doubtful == 0 &&
         compared() > 1;
}

OptimizationReport optimization_of(const ReadResults& results, const std::string& baseline,
                                   double threshold) {
  const Comparisons comparisons = compare_backends(results, baseline, threshold);
  Source source{results, baseline, threshold, {}, {}, is_for_figures(results)};
  for (const Comparison& one : comparisons.cases) source.comparisons[one.name] = &one;
  OptimizationReport report;
  for (const auto& [key, value] : results.context) {
    if (key.starts_with("iodyno.host_overhead_ns.")) source.overheads.emplace(key, value);
    if (key.starts_with("iodyno.warning.")) report.warnings.push_back(value);
    if (key == "date") report.date = value;
  }
  if (!results.cases.empty()) report.scenario = results.cases.front().scenario;
  report.about = results.stated("about");
  report.baseline = baseline;
  report.surroundings = surroundings_text(results);
  report.threshold = threshold;
  report.cpus = stated_number(results, "cpus");
  report.doubts = comparisons.doubts;
  report.advises = source.advises;
  for (const auto& cases : works_of(results)) report.contests.push_back(contest_of(source, cases));
  report.overall = overall_of(results, comparisons, report.contests.size());
  report.not_measured = not_measured(results);
  return report;
}

}  // namespace iodyno::host
