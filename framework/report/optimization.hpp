#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/bound.hpp"
#include "report/compare.hpp"
#include "report/conditions.hpp"
#include "report/export_figures.hpp"
#include "report/reader.hpp"
#include "report/text.hpp"

namespace iodyno::host {

/// What a run says to do, as a value: docs/optimization.md has the definitions. All statistics are
/// those of compare.hpp.

/// How many of a case's requests came about in a way that is not the plain one.
struct Mechanism {
  std::string name;     ///< "shared", "cached", "punted", "fallback"
  double fraction = 0;  ///< of the requests of all trials, above 0
};

/// How a backend stands at a phase and point.
enum class Standing {
  best,       ///< the fastest, or the baseline where nothing is faster
  as_fast,    ///< the same as the best, within the threshold
  undecided,  ///< not told from the best
  behind,     ///< slower than the best
  unranked    ///< has no figures, does no I/O, or there is no best
};
std::string_view to_text(Standing);

/// A backend at a phase and point: a case.
struct Contender {
  std::string backend, name;
  std::string label;    ///< how far it can be trusted
  std::string state;    ///< its first word: "ok", "degraded", "failed", … (export_figures.hpp)
  std::string missing;  ///< why it has no figures; the rest is empty then
  Standing standing = Standing::unranked;
  CaseFigures figures;                         ///< medians
  std::optional<Comparison> against_baseline;  ///< none of the baseline itself
  std::optional<Bound> bound;
  std::vector<Mechanism> mechanisms;
  std::map<std::string, std::string> notes;  ///< what it stated of itself there

  bool has_figures() const { return missing.empty(); }
};

/// What the best saves against the baseline. Each `least` comes from the end of the 99 % interval
/// that is nearer to no gain.
struct Gain {
  double times = 1, times_least = 1;  ///< so many times as fast
  double p_adjusted = 1;
  std::size_t blocks = 0;
  std::size_t rivals = 0;  ///< from so many it was chosen, on the same data
  double baseline_ns = 0, saved_ns = 0, saved_least_ns = 0;  ///< per request, of the median
  double requests = 0;                                       ///< of a trial: the phase's work
  double work_saved_least_ns = 0;                            ///< of all of these
  std::optional<double> cpu_times;      ///< its CPU time per request over the baseline's, medians
  std::optional<double> setup_more_ns;  ///< by which its set-up takes longer; above 0
  std::optional<double> earned_back_after;  ///< requests, at the least that is saved of each
  std::optional<double> drain_ns, baseline_drain_ns;  ///< of a trial, where either put writes off
  std::optional<Comparison> with_drain;  ///< the same comparison of the times with these, then
};

/// What to do at a phase and point.
enum class Advice {
  use,   ///< the best: it is sure to be faster, and by the threshold at least
  keep,  ///< the baseline: all others are as fast or slower
  none,  ///< `doubts` says why
};

/// A phase and point, where backends did the same work.
struct Contest {
  std::string phase;
  SweptPoint point;
  Conditions conditions;
  std::vector<Contender> contenders;  ///< in the order of the run
  std::optional<std::size_t> baseline, best;
  std::optional<Gain> gain;  ///< where the best is another than the baseline
  std::string unranked;      ///< why there is no best; empty where there is one
  Advice advice = Advice::none;
  std::vector<std::string> doubts;  ///< why there is no advice

  const Contender* the_best() const { return best ? &contenders[*best] : nullptr; }
  const Contender* the_baseline() const { return baseline ? &contenders[*baseline] : nullptr; }
  std::vector<const Contender*> standing(Standing) const;
  std::size_t rivals() const;  ///< that were compared with the baseline
  /// The baseline is the best only as far as is known: some rival is not told from it.
  bool is_open() const { return !gain && !standing(Standing::undecided).empty(); }
};

/// What a backend would be as the only one, for all that was measured.
struct Overall {
  std::string backend;
  std::size_t faster = 0, same = 0, undecided = 0, slower = 0;
  std::size_t not_compared = 0;  ///< phases and points where it has no figures, or a rate
  std::size_t doubtful = 0;      ///< of those compared: there would be no advice to use it there
  double times_least = 1, times_least_most = 1;  ///< where it is faster: the least gains, from, to

  std::size_t compared() const { return faster + same + undecided + slower; }
  /// It can stand for the baseline: faster somewhere, and the same, within the threshold, at all
  /// other phases and points.
  bool is_advice() const;
};

struct OptimizationReport {
  std::string scenario, about, date, baseline;
  std::string surroundings;  ///< "ext4 on vda; Linux 6.18; …"
  double threshold = 0;
  std::optional<double> cpus;
  std::vector<std::string> doubts;  ///< of the run as a whole
  bool advises = true;  ///< false of a run that is not for figures: quick, in one process, debug
  std::vector<Contest> contests;          ///< in the order of the run
  std::vector<Overall> overall;           ///< of each rival that was compared somewhere
  std::vector<std::string> warnings;      ///< that the run gave
  std::vector<std::string> not_measured;  ///< a sentence each
};

/// `results` with Keep::figures.
OptimizationReport optimization_of(const ReadResults& results, const std::string& baseline,
                                   double threshold);

/// Sentences of what was not measured, from what the result says and from what it lacks.
std::vector<std::string> not_measured(const ReadResults&);

}  // namespace iodyno::host
