#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

// --- Cases

/// Two cases that belong together; one of them may be missing.
struct Pair {
  const ReadCase* rival = nullptr;
  const ReadCase* baseline = nullptr;
};

Comparison described(const Pair& pair) {
  const ReadCase& known = pair.rival ? *pair.rival : *pair.baseline;
  Comparison comparison;
  comparison.phase = known.phase;
  comparison.backend = known.backend;
  comparison.point = known.point;
  if (pair.rival) {
    comparison.name = pair.rival->name;
    comparison.label = pair.rival->label;
  }
  if (pair.baseline) {
    comparison.baseline_name = pair.baseline->name;
    comparison.baseline_label = pair.baseline->label;
  }
  const bool had_figures = pair.baseline && pair.baseline->missing.empty();
  comparison.lost = had_figures && pair.rival && !pair.rival->missing.empty();
  return comparison;
}

/// The times of the blocks that both have.
Match paired(const Pair& pair) {
  Match match;
  auto one = pair.rival->repetitions.begin();
  const auto end = pair.rival->repetitions.end();
  for (const Repetition& other : pair.baseline->repetitions) {
    while (one != end && one->block < other.block) ++one;
    if (one == end) break;
    if (one->block != other.block) continue;
    match.rival_ns.push_back(one->real_time_ns);
    match.baseline_ns.push_back(other.real_time_ns);
  }
  return match;
}

Match unpaired(const Pair& pair) {
  Match match;
  for (const Repetition& one : pair.rival->repetitions) match.rival_ns.push_back(one.real_time_ns);
  for (const Repetition& one : pair.baseline->repetitions)
    match.baseline_ns.push_back(one.real_time_ns);
  return match;
}

/// What the host itself costs per request there, as the run has measured it; 0 where it has not.
double host_overhead_ns(const ReadResults& results, const ReadCase& at) {
  for (const std::string& work : {at.work(), at.phase}) {
    const std::string text = results.stated("host_overhead_ns." + work);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value))
      return std::max(value, 0.0);
  }
  return 0;
}

// --- Families

/// The comparisons of a phase and point, some of which can be judged.
class Family {
 public:
  Family(Pairing pairing, Rule rule) : pairing_(pairing), rule_(rule) {}

  void add(const Pair& pair, std::string not_compared) {
    Comparison& comparison = cases_.emplace_back(described(pair));
    comparison.not_compared = std::move(not_compared);
    if (!comparison.compared()) return;
    const Match match = pairing_ == Pairing::by_block ? paired(pair) : unpaired(pair);
    if (match.rival_ns.empty() || match.baseline_ns.empty()) {
      comparison.not_compared = "no block has a trial of both";
      return;
    }
    comparison.time_ns = median(match.rival_ns);
    comparison.baseline_ns = median(match.baseline_ns);
    if (pairing_ == Pairing::by_block)
      comparison.unpaired = pair.rival->repetitions.size() + pair.baseline->repetitions.size() -
                            2 * match.rival_ns.size();
    judged_.push_back(cases_.size() - 1);
    matches_.push_back(match);
  }

  std::vector<Comparison> judged() && {
    std::vector<Assessment> assessments = assess(matches_, pairing_, rule_);
    for (std::size_t i = 0; i < judged_.size(); ++i)
      cases_[judged_[i]].assessment = std::move(assessments[i]);
    return std::move(cases_);
  }

 private:
  Pairing pairing_;
  Rule rule_;
  std::vector<Comparison> cases_;
  std::vector<std::size_t> judged_;
  std::vector<Match> matches_;
};

/// Puts together what has the same work to do, in the order in which that comes first, phases
/// together. `known` gives the case that says what it is.
template <typename One>
std::vector<std::vector<One>> by_work(const std::vector<One>& all, auto known) {
  std::vector<std::string> phases;
  std::map<std::string, std::vector<std::string>> works;
  std::map<std::string, std::vector<One>> found;
  for (const One& one : all) {
    const ReadCase& at = known(one);
    if (works[at.phase].empty()) phases.push_back(at.phase);
    auto& family = found[at.work()];
    if (family.empty()) works[at.phase].push_back(at.work());
    family.push_back(one);
  }
  std::vector<std::vector<One>> families;
  for (const std::string& phase : phases)
    for (const std::string& work : works[phase]) families.push_back(std::move(found[work]));
  return families;
}

std::vector<std::vector<Pair>> families_of(const std::vector<Pair>& pairs) {
  return by_work(pairs, [](const Pair& pair) -> const ReadCase& {
    return pair.rival ? *pair.rival : *pair.baseline;
  });
}

/// A geometric mean is only of what has figures on both sides: otherwise it would be of what the
/// one side could not do.
std::vector<GeometricMean> means_of(const std::vector<Comparison>& cases) {
  std::vector<GeometricMean> means;
  std::map<std::string, double> sums;
  for (const Comparison& comparison : cases) {
    const auto is_its = [&](const auto& mean) { return mean.backend == comparison.backend; };
    auto found = std::find_if(means.begin(), means.end(), is_its);
    if (found == means.end())
      found = means.insert(means.end(), GeometricMean{comparison.backend, 1, 0, 0});
    ++found->cases;
    if (!comparison.compared()) continue;
    ++found->compared;
    sums[comparison.backend] += std::log(comparison.assessment.ratio.value);
  }
  std::erase_if(means, [](const GeometricMean& mean) { return mean.compared == 0; });
  for (GeometricMean& mean : means)
    mean.ratio = std::exp(sums[mean.backend] / double(mean.compared));
  return means;
}

Comparisons outcome_of(Pairing pairing, const ReadResults& results, double threshold) {
  Comparisons outcome;
  outcome.pairing = pairing;
  outcome.threshold = threshold;
  if (!results.cases.empty()) outcome.scenario = results.cases.front().scenario;
  outcome.target = results.stated("file_system");
  if (const std::string target = results.stated("target"); !target.empty())
    outcome.target += (outcome.target.empty() ? "in " : " in ") + target;
  return outcome;
}

constexpr const char* kOpenLoop = "a rate sets its time: its latencies are what to look at";

/// Why a backend and the baseline of the same run can't be compared, or nothing.
std::string why_not(const Pair& pair, const std::string& baseline) {
  if (!pair.baseline) return fmt::format("{} has no such case", baseline);
  if (!pair.rival->missing.empty()) return pair.rival->missing;
  if (!pair.baseline->missing.empty())
    return fmt::format("{} {}", baseline, pair.baseline->missing);
  if (pair.rival->synthetic()) return "synthetic: does no I/O";
  if (pair.rival->open_loop()) return kOpenLoop;
  if (pair.baseline->synthetic()) return fmt::format("{} is synthetic: does no I/O", baseline);
  return {};
}

/// The same for two runs.
std::string why_not(const Pair& pair) {
  if (!pair.baseline) return "only in the results";
  if (!pair.rival) return "only in the baseline";
  if (!pair.rival->missing.empty()) return pair.rival->missing;
  if (!pair.baseline->missing.empty()) return "in the baseline " + pair.baseline->missing;
  if (pair.rival->synthetic() || pair.baseline->synthetic()) return "synthetic: does no I/O";
  if (pair.rival->open_loop() || pair.baseline->open_loop()) return kOpenLoop;
  return {};
}

}  // namespace

std::string default_baseline(const ReadResults& results) {
  if (auto stated = results.stated("baseline"); !stated.empty()) return stated;
  if (results.cases.empty()) return {};
  const auto real = std::ranges::find(results.cases, false, &ReadCase::synthetic);
  return (real == results.cases.end() ? results.cases.front() : *real).backend;
}

std::vector<std::vector<const ReadCase*>> works_of(const ReadResults& results) {
  std::vector<const ReadCase*> cases;
  for (const ReadCase& one : results.cases) cases.push_back(&one);
  return by_work(cases, [](const ReadCase* one) -> const ReadCase& { return *one; });
}

std::vector<Comparison> compare_work(const ReadResults& results,
                                     std::span<const ReadCase* const> cases,
                                     const std::string& baseline, double threshold) {
  const auto found = std::ranges::find(cases, baseline, &ReadCase::backend);
  const ReadCase* const other = found == cases.end() ? nullptr : *found;
  Family family(Pairing::by_block, {threshold, host_overhead_ns(results, *cases.front())});
  for (const ReadCase* one : cases) {
    const Pair pair{one, other};
    if (one != other) family.add(pair, why_not(pair, baseline));
  }
  return std::move(family).judged();
}

Comparisons compare_backends(const ReadResults& results, const std::string& baseline,
                             double threshold) {
  Comparisons outcome = outcome_of(Pairing::by_block, results, threshold);
  outcome.baseline = baseline;
  outcome.doubts = doubts_about(results);
  for (const std::vector<const ReadCase*>& cases : works_of(results))
    for (Comparison& comparison : compare_work(results, cases, baseline, threshold))
      outcome.cases.push_back(std::move(comparison));
  outcome.means = means_of(outcome.cases);
  return outcome;
}

std::string stated_baseline(const ReadResults& results) {
  const std::string label = results.stated("baseline");
  bool known = false, has_rival = false;
  for (const ReadCase& one : results.cases)
    if (!one.synthetic()) (one.backend == label ? known : has_rival) = true;
  return known && has_rival ? label : "";
}

Comparisons compare_runs(const ReadResults& baseline, const ReadResults& results,
                         double threshold) {
  Comparisons outcome = outcome_of(Pairing::none, results, threshold);
  outcome.differences = differences(baseline, results);
  for (const auto& doubt : doubts_about(baseline)) outcome.doubts.push_back("baseline: " + doubt);
  for (const auto& doubt : doubts_about(results)) outcome.doubts.push_back("results: " + doubt);
  std::map<std::string, const ReadCase*> before, after;
  for (const ReadCase& one : baseline.cases) before[one.name] = &one;
  for (const ReadCase& one : results.cases) after[one.name] = &one;
  std::vector<Pair> pairs;
  for (const ReadCase& one : results.cases)
    pairs.push_back({&one, before.contains(one.name) ? before[one.name] : nullptr});
  for (const ReadCase& one : baseline.cases)
    if (!after.contains(one.name)) pairs.push_back({nullptr, &one});
  for (const std::vector<Pair>& same_work : families_of(pairs)) {
    const ReadCase& at =
        same_work.front().rival ? *same_work.front().rival : *same_work.front().baseline;
    Family family(Pairing::none, {threshold, std::max(host_overhead_ns(baseline, at),
                                                      host_overhead_ns(results, at))});
    for (const Pair& pair : same_work) family.add(pair, why_not(pair));
    for (Comparison& comparison : std::move(family).judged())
      outcome.cases.push_back(std::move(comparison));
  }
  outcome.means = means_of(outcome.cases);
  return outcome;
}

}  // namespace iodyno::host
