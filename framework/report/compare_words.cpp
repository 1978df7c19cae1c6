#include "report/compare_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "report/text.hpp"

namespace iodyno::host {
namespace {

std::string other_side(const Comparisons& all) {
  return all.baseline.empty() ? "the baseline" : all.baseline;
}

/// "as posix", "as in the baseline".
std::string as_other(const Comparisons& all) {
  return all.baseline.empty() ? "as in the baseline" : "as " + all.baseline;
}

std::string percent(double fraction) { return fmt::format("{:.3g} %", 100 * fraction); }

/// How many times one is the other: "1.80", "12.3", "350", "0.012".
std::string times_text(double times) {
  if (!(times < 9999.5)) return ">9999";
  const int decimals = times >= 99.95 ? 0 : times >= 9.995 ? 1 : times >= 0.0995 ? 2 : 3;
  return fmt::format("{:.{}f}", times, decimals);
}

std::string range_text(const Interval& interval) {
  return fmt::format("{} to {}", times_text(interval.low), times_text(interval.high));
}

/// A backend's comparisons of a phase, in words that follow its name.
struct Clause {
  std::vector<const Comparison*> of(Relation relation) const {
    std::vector<const Comparison*> found;
    for (const Comparison* one : compared)
      if (one->assessment.relation == relation) found.push_back(one);
    return found;
  }
  std::vector<const Comparison*> compared;
};

/// How many times as fast, or as long: whichever is 1 or more.
Ratio above_one(const Comparison& one) {
  const Ratio& ratio = one.assessment.ratio;
  return ratio.value < 1 ? inverse(ratio) : ratio;
}

std::string more_blocks_text(const Assessment& assessment, Pairing pairing) {
  if (!assessment.more_blocks) return {};
  const bool paired = pairing == Pairing::by_block;
  return counted(*assessment.more_blocks, paired ? "more block" : "more repetition");
}

/// Whether all points of the phase have this verdict.
bool is_all(const Clause& clause, Relation relation) {
  return !clause.compared.empty() && clause.of(relation).size() == clause.compared.size();
}

/// "against posix: faster at 3 of 4 points (1.20 to 1.80 × as fast), undecided at depth 32".
std::string several_verdicts(const Comparisons& all, const Clause& clause) {
  static constexpr std::tuple<Relation, std::string_view, std::string_view> kWords[] = {
      {Relation::faster, "faster", "as fast"},
      {Relation::slower, "slower", "as long"},
      {Relation::same, "the same", ""},
      {Relation::inconclusive, "undecided", ""}};
  std::vector<std::string> parts;
  for (const auto& [relation, word, times] : kWords) {
    const auto cases = clause.of(relation);
    if (cases.empty()) continue;
    std::vector<SweptPoint> points;
    for (const Comparison* one : cases) points.push_back(one->point);
    std::string& part =
        parts.emplace_back(fmt::format("{} {}", word, where_text(points, clause.compared.size())));
    if (times.empty()) continue;
    const auto interval = interval_of(cases);
    part +=
        fmt::format(" ({}{}{})", times_of(cases, times), interval.empty() ? "" : ", ", interval);
  }
  return fmt::format("against {}: {}", other_side(all), fmt::join(parts, ", "));
}

/// What can be said of one backend alone; nothing where it is one of many that are not told apart.
std::string clause_text(const Comparisons& all, const std::string& backend, const Clause& clause) {
  const auto& cases = clause.compared;
  const auto interval = interval_of(cases);
  const auto doubt = interval.empty() ? "" : fmt::format(" ({})", interval);
  if (is_all(clause, Relation::faster))
    return fmt::format("{} is {} {}{}", backend, times_of(cases, "as fast"), as_other(all), doubt);
  if (is_all(clause, Relation::slower))
    return fmt::format("{} takes {} {}{}", backend, times_of(cases, "as long"), as_other(all),
                       doubt);
  if (cases.empty() || is_all(clause, Relation::same) || is_all(clause, Relation::inconclusive))
    return {};
  return backend + " " + several_verdicts(all, clause);
}

/// What can be said of several backends at once: those that are the same, undecided, not compared.
std::vector<std::string> group_texts(const Comparisons& all, const std::vector<std::string>& names,
                                     const std::map<std::string, Clause>& clauses) {
  std::vector<std::string> same, open, none, texts;
  for (const std::string& name : names) {
    const Clause& clause = clauses.at(name);
    if (clause.compared.empty()) none.push_back(name);
    if (is_all(clause, Relation::same)) same.push_back(name);
    if (is_all(clause, Relation::inconclusive)) open.push_back(name);
  }
  if (!same.empty())
    texts.push_back(fmt::format("{} {} as long {}", names_text(same),
                                same.size() == 1 ? "takes" : "take", as_other(all)));
  if (!open.empty())
    texts.push_back(fmt::format("{} can't be told from {} yet", names_text(open), other_side(all)));
  if (!none.empty())
    texts.push_back(
        fmt::format("{} {} not compared", names_text(none), none.size() == 1 ? "is" : "are"));
  return texts;
}

/// "4 faster, 1 inconclusive, 2 not compared".
std::string counts_text(const Comparisons& all) {
  std::map<Relation, std::size_t> counts;
  std::size_t left_out = 0;
  for (const Comparison& one : all.cases)
    ++(one.compared() ? counts[one.assessment.relation] : left_out);
  std::vector<std::string> parts;
  for (const auto& [relation, count] : counts)
    parts.push_back(fmt::format("{} {}", count, to_text(relation)));
  if (left_out != 0) parts.push_back(fmt::format("{} not compared", left_out));
  return fmt::format("{}: {}", counted(all.cases.size(), "case"), fmt::join(parts, ", "));
}

}  // namespace

std::string names_text(const std::vector<std::string>& names) {
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i)
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::string where_text(const std::vector<SweptPoint>& some, std::size_t points) {
  if (some.size() > 1 || some.front().size() > 2)
    return fmt::format("at {} of {} points", some.size(), points);
  return fmt::format("at {}", fmt::join(point_texts(some.front()), ", "));
}

std::string times_of(const std::vector<const Comparison*>& cases, std::string_view what) {
  double low = INFINITY, high = 0;
  for (const Comparison* one : cases) {
    const double times = above_one(*one).value;
    low = std::min(low, times);
    high = std::max(high, times);
  }
  const auto from = times_text(low), to = times_text(high);
  return fmt::format("{} × {}", from == to ? from : from + " to " + to, what);
}

std::string interval_of(const std::vector<const Comparison*>& cases) {
  if (cases.size() != 1) return {};
  const auto within = above_one(*cases.front()).within95;
  return within ? range_text(*within) : "";
}

std::vector<PhaseComparisons> by_phase(const Comparisons& all) {
  std::vector<PhaseComparisons> phases;
  for (const Comparison& one : all.cases) {
    if (phases.empty() || phases.back().phase != one.phase) phases.push_back({one.phase, {}});
    phases.back().cases.push_back(&one);
  }
  return phases;
}

std::string as_fast_text(const Assessment& assessment) {
  const Ratio ratio = inverse(assessment.ratio);
  return fmt::format("{} × ({})", times_text(ratio.value),
                     ratio.within95 ? range_text(*ratio.within95) : "1 block");
}

std::string ratio_text(double ratio) {
  if (!(ratio < 9999.5)) return ">9999";
  const int decimals = ratio >= 99.95 ? 0 : ratio >= 9.9995 ? 1 : 3;
  return fmt::format("{:.{}f}", ratio, decimals);
}

std::string interval_text(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return ratio_text(interval->low) + " to " + ratio_text(interval->high);
}

std::string p_text(double p) { return p < 0.0005 ? "<0.001" : fmt::format("{:.3f}", p); }

std::string remark_text(const Comparison& one, const Comparisons& all) {
  std::vector<std::string> parts;
  if (!one.compared()) {
    parts.push_back(one.not_compared);
  } else {
    if (auto more = more_blocks_text(one.assessment, all.pairing); !more.empty())
      parts.push_back(more);
    if (!one.assessment.reason.empty()) parts.push_back(one.assessment.reason);
    if (one.unpaired != 0) parts.push_back(counted(one.unpaired, "trial") + " without a partner");
    const bool two_runs = all.baseline.empty();
    if (one.label != "ok") parts.push_back((two_runs ? "now " : "") + one.label);
    if (one.baseline_label != "ok")
      parts.push_back((two_runs ? "before " : all.baseline + " ") + one.baseline_label);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string title_line(const Comparisons& all) {
  std::string text = all.baseline.empty()
                         ? "results against the baseline, case by case"
                         : "backends against " + all.baseline + ", paired by block";
  if (!all.target.empty()) text += "; " + all.target;
  return text;
}

std::vector<std::string> warning_lines(const Comparisons& all) {
  std::vector<std::string> lines;
  if (all.forced()) lines.push_back("FORCED: these runs are not comparable, for they differ in");
  for (const Difference& one : all.differences)
    lines.push_back((one.refused ? "  " : "differs: ") + to_text(one));
  for (const std::string& doubt : all.doubts) lines.push_back("note: " + doubt);
  return lines;
}

std::vector<std::string> closing_lines(const Comparisons& all) {
  const bool paired = all.pairing == Pairing::by_block;
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("How many times as fast {}: 2 is half the time per request, 0.5 twice the time.",
                  paired ? "as " + all.baseline : "as in the baseline"));
  lines.push_back(
      fmt::format("A difference counts from {} on, and where the 99 % interval leaves "
                  "out 1 and p, for all of a phase and point at once, is at most 0.05.",
                  percent(all.threshold)));
  if (!paired)
    lines.push_back(
        "Drift is not controlled: these are two runs, and what else changed between them is in "
        "these ratios.");
  for (const GeometricMean& mean : all.means)
    lines.push_back(fmt::format("{}: {} × as fast {}, geometric mean over {} of {} cases",
                                mean.backend, ratio_text(1 / mean.ratio), as_other(all),
                                mean.compared, mean.cases));
  lines.push_back(counts_text(all));
  return lines;
}

std::string phase_sentence(const Comparisons& all, const std::string& phase) {
  std::vector<std::string> backends;
  std::map<std::string, Clause> clauses;
  for (const Comparison& one : all.cases) {
    if (one.phase != phase) continue;
    const auto [clause, is_new] = clauses.try_emplace(one.backend);
    if (is_new) backends.push_back(one.backend);
    if (one.compared()) clause->second.compared.push_back(&one);
  }
  std::vector<std::string> texts;
  for (const std::string& backend : backends)
    if (auto text = clause_text(all, backend, clauses[backend]); !text.empty())
      texts.push_back(std::move(text));
  for (std::string& text : group_texts(all, backends, clauses)) texts.push_back(std::move(text));
  return fmt::format("{}: {}.", phase, fmt::join(texts, "; "));
}

}  // namespace iodyno::host
