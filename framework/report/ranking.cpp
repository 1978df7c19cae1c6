#include "report/ranking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/compare_words.hpp"

namespace iodyno::host {
namespace {

/// All others beside the one that none of them has a ratio below 1 to, if there is one. By the
/// ratios themselves: of plain means of times, one trial that was held up would decide.
std::vector<Comparison> against_fastest(const ReadResults& results,
                                        std::span<const ReadCase* const> ranked, double threshold) {
  const auto ratio = [](const Comparison& one) {
    return one.compared() ? one.assessment.ratio.value : INFINITY;
  };
  std::string fastest = ranked.front()->backend;
  for (std::size_t i = 0;; ++i) {
    std::vector<Comparison> others = compare_work(results, ranked, fastest, threshold);
    const auto next = std::ranges::min_element(others, {}, ratio);
    if (ratio(*next) >= 1 || i == ranked.size()) return others;
    fastest = next->backend;
  }
}

/// The same winners at some points of a phase.
struct Win {
  std::vector<std::string> backends;  // none: nobody is told from anybody
  std::vector<SweptPoint> points;
  /// Of a lone winner to the baseline, or of all others to it where it is the baseline.
  std::vector<const Comparison*> ratios;
};

std::vector<std::string> winners_of(const Race& race) {
  std::vector<std::string> backends;
  for (std::size_t i = 0; i < race.cases.size(); ++i)
    if (race.standings[i] == Place::fastest || race.standings[i] == Place::tied)
      backends.push_back(race.cases[i]->backend);
  return backends;
}

void add_ratios(Win& win, const Race& race, const Comparisons& all) {
  const std::string& winner = win.backends.front();
  for (const ReadCase* one : race.cases) {
    const auto found = std::ranges::find(all.cases, one->name, &Comparison::name);
    if (found == all.cases.end() || !found->compared()) continue;
    if (winner == all.baseline || winner == one->backend) win.ratios.push_back(&*found);
  }
}

std::vector<Win> wins_of(std::span<const Race> phase, const Comparisons& all) {
  std::vector<Win> wins;
  for (const Race& race : phase) {
    if (std::ranges::all_of(race.standings, [](Place it) { return it == Place::out; })) continue;
    const auto backends = winners_of(race);
    auto win = std::ranges::find(wins, backends, &Win::backends);
    if (win == wins.end()) win = wins.insert(wins.end(), Win{backends, {}, {}});
    win->points.push_back(race.cases.front()->point);
    if (backends.size() == 1) add_ratios(*win, race, all);
  }
  return wins;
}

/// "1.26 × as fast as posix, 1.20 to 1.33"; of the baseline itself "uring takes 1.33 × as
/// long, 1.26 to 1.41". Empty where there is no ratio.
std::string ratios_text(const Win& win, const std::string& baseline) {
  if (win.ratios.empty()) return {};
  const bool is_baseline = win.backends.front() == baseline;
  const auto expected = is_baseline ? Relation::slower : Relation::faster;
  if (!std::ranges::all_of(
          win.ratios, [&](const Comparison* one) { return one->assessment.relation == expected; }))
    return {};
  std::string text = is_baseline ? times_of(win.ratios, "as long")
                                 : times_of(win.ratios, "as fast") + " as " + baseline;
  if (is_baseline)
    text =
        (win.ratios.size() == 1 ? win.ratios.front()->backend + " takes " : "others take ") + text;
  const std::string interval = interval_of(win.ratios);
  return interval.empty() ? text : text + ", " + interval;
}

/// `points`: so many has the phase.
std::string win_text(const Win& win, std::size_t points, const std::string& baseline) {
  const bool everywhere = win.points.size() == points;
  const std::string where = everywhere ? "" : " " + where_text(win.points, points);
  if (win.backends.empty()) return "nobody is told from anybody" + where;
  if (win.backends.size() > 1)
    return fmt::format("{} are fastest{}, not told apart", names_text(win.backends), where);
  const std::string text = win.backends.front() + " is fastest" + where;
  const std::string ratios = ratios_text(win, baseline);
  return ratios.empty() ? text : fmt::format("{} ({})", text, ratios);
}

}  // namespace

std::vector<Place> standings(const ReadResults& results, std::span<const ReadCase* const> cases,
                             double threshold) {
  const auto is_ranked = [](const ReadCase* one) {
    return !one->synthetic() && one->missing.empty() && !one->repetitions.empty();
  };
  std::vector<const ReadCase*> ranked;
  std::ranges::copy_if(cases, std::back_inserter(ranked), is_ranked);
  std::vector<Place> all(cases.size(), Place::out);
  if (ranked.size() < 2) return all;
  std::set<std::string> slower;
  for (const Comparison& one : against_fastest(results, ranked, threshold))
    if (one.compared() && one.assessment.relation == Relation::slower) slower.insert(one.backend);
  const Place best = slower.empty()                      ? Place::open
                     : slower.size() + 1 < ranked.size() ? Place::tied
                                                         : Place::fastest;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (is_ranked(cases[i])) all[i] = slower.contains(cases[i]->backend) ? Place::slower : best;
  return all;
}

std::string ranking_sentence(std::span<const Race> phase, const Comparisons& all) {
  std::vector<std::string> texts;
  for (const Win& win : wins_of(phase, all))
    texts.push_back(win_text(win, phase.size(), all.baseline));
  if (texts.empty()) return {};
  return fmt::format("{}: {}.", phase.front().cases.front()->phase, fmt::join(texts, "; "));
}

}  // namespace iodyno::host
