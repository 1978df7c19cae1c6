#include "report/page_scenario.hpp"

#include <algorithm>

#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kCasesShown = 5000;
constexpr std::size_t kComparisonsMade = 10'000;

template <class Value>
void add_new(std::vector<Value>& list, const Value& value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

/// A run without what only the newest one is asked for.
NamedResults times_of(const ExportedRun& run) {
  NamedResults named{run.file, {run.results.context, {}}};
  for (const ReadCase& one : run.results.cases) {
    ReadCase copy{one.name,  one.scenario, one.phase,   one.backend,
                  one.point, one.label,    one.missing, {}};
    for (const Repetition& trial : one.repetitions)
      copy.repetitions.push_back({trial.block, trial.real_time_ns, 0, 0, {}});
    named.results.cases.push_back(std::move(copy));
  }
  return named;
}

PageCase page_case(const ReadCase& read) {
  PageCase one{&read, state_of(read), {}, 0};
  if (!one.has_figures()) return one;
  one.figures = figures_of(read);
  std::vector<double> times_ns;
  for (const Repetition& trial : read.repetitions) times_ns.push_back(trial.real_time_ns);
  one.spread = relative_spread(times_ns);
  return one;
}

/// Phases in the order in which they first come, in each its points, in each its backends.
std::vector<const ReadCase*> ordered(const ReadResults& results) {
  std::map<std::string, std::size_t> phases, works;
  std::vector<std::pair<std::pair<std::size_t, std::size_t>, const ReadCase*>> keyed;
  for (const ReadCase& one : results.cases) {
    const auto phase = phases.emplace(one.phase, phases.size()).first->second;
    const auto work = works.emplace(one.work(), works.size()).first->second;
    keyed.push_back({{phase, work}, &one});
  }
  std::ranges::stable_sort(keyed, {}, [](const auto& pair) { return pair.first; });
  std::vector<const ReadCase*> cases;
  for (const auto& [key, one] : keyed) cases.push_back(one);
  return cases;
}

void add_cases(PageScenario& scenario) {
  for (const ReadCase* one : ordered(*scenario.results)) {
    if (scenario.cases.size() == kCasesShown) {
      ++scenario.cases_left_out;
      continue;
    }
    scenario.cases.push_back(page_case(*one));
    add_new(scenario.backends, one->backend);
    for (const auto& [key, value] : one->point) add_new(scenario.swept, key);
  }
}

/// The baseline that was asked for, or the run's own, or the first backend: the first that is
/// there.
std::string first_baseline(const PageScenario& scenario, const std::string& asked) {
  for (const std::string& label : {asked, default_baseline(*scenario.results)})
    if (std::ranges::find(scenario.backends, label) != scenario.backends.end()) return label;
  return scenario.backends.front();
}

/// Every backend with figures can be the baseline; what takes too long to compare is left out.
void add_comparisons(PageScenario& scenario, const PageSettings& settings) {
  std::vector<std::string> baselines = {first_baseline(scenario, settings.baseline)};
  for (const PageCase& one : scenario.cases)
    if (one.has_figures() && !one.read->synthetic()) add_new(baselines, one.read->backend);
  std::size_t made = 0;
  for (const std::string& baseline : baselines) {
    made += scenario.results->cases.size();
    if (made > kComparisonsMade && !scenario.comparisons.empty())
      scenario.baselines_left_out.push_back(baseline);
    else
      scenario.comparisons.push_back(
          compare_backends(*scenario.results, baseline, settings.threshold));
  }
}

}  // namespace

std::map<std::string, const Comparison*> PageScenario::by_name(std::size_t baseline) const {
  std::map<std::string, const Comparison*> found;
  for (const Comparison& one : comparisons[baseline].cases) found[one.name] = &one;
  return found;
}

std::vector<PageScenario> page_scenarios(const ExportedRuns& runs, const PageSettings& settings) {
  std::vector<std::string> names;
  for (const ExportedRun& run : runs) add_new(names, run.results.cases.front().scenario);
  std::vector<PageScenario> scenarios;
  for (const std::string& name : names) {
    std::vector<NamedResults> own;
    for (const ExportedRun& run : runs)
      if (run.results.cases.front().scenario == name) own.push_back(times_of(run));
    PageScenario& scenario = scenarios.emplace_back();
    scenario.name = name;
    scenario.history = history_of(std::move(own), [](const std::string&) { return true; });
    scenario.file = scenario.history.runs.back().file;
    scenario.results = &std::ranges::find(runs, scenario.file, &ExportedRun::file)->results;
    add_cases(scenario);
    add_comparisons(scenario, settings);
  }
  return scenarios;
}

}  // namespace iodyno::host
