#include "report/compare.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/surroundings.hpp"
#include "cli/terminal.hpp"
#include "report/compare_text.hpp"

namespace iodyno::host {
namespace {

/// Prints what came out, and says how the command ends.
int conclude(const Comparisons& all, const Arguments& arguments) {
  const auto text = arguments.json       ? comparison_json(all)
                    : arguments.markdown ? comparison_markdown(all)
                                         : comparison_text(all, color());
  fmt::print("{}", text);
  const bool slower = std::ranges::any_of(all.cases, [](const Comparison& one) {
    return one.compared() && one.assessment.relation == Relation::slower;
  });
  const bool two_runs = all.pairing == Pairing::none;
  if (slower && (two_runs || arguments.fail_on_slower)) return kSlower;
  return two_runs && std::ranges::any_of(all.cases, &Comparison::lost) ? kFailed : kDone;
}

/// The label of the baseline, or what is wrong with what was asked for.
int find_baseline(const ReadResults& results, const std::string& asked, std::string& label) {
  std::vector<std::string_view> backends, ranked;
  for (const ReadCase& one : results.cases) {
    if (std::ranges::find(backends, one.backend) != backends.end()) continue;
    backends.push_back(one.backend);
    if (!one.synthetic()) ranked.push_back(one.backend);
  }
  label = asked.empty() ? default_baseline(results) : asked;
  if (std::ranges::find(backends, label) == backends.end())
    return mistake("the results have no backend " + quote(label) + suggestion(label, backends));
  if (std::ranges::find(ranked, label) == ranked.end())
    return mistake(label + " is synthetic, it does no I/O; choose another with --baseline");
  if (backends.size() < 2)
    return mistake("the results have no other backend than " + label + " to compare it with");
  return kDone;
}

int compare_one(const Arguments& arguments) {
  const auto results = read_results(arguments.results);
  std::string baseline;
  if (const int status = find_baseline(results, arguments.baseline, baseline)) return status;
  return conclude(compare_backends(results, baseline, arguments.threshold), arguments);
}

/// Of different scenarios nearly everything else is different, too.
int refuse(const ReadResults& baseline, const ReadResults& results, const Comparisons& all) {
  const auto& before = baseline.cases.front().scenario;
  const auto& after = results.cases.front().scenario;
  if (before != after) {
    mistake("the baseline is of " + quote(before) + ", the results are of " + quote(after));
  } else {
    for (const Difference& one : all.differences)
      if (one.refused) mistake(to_text(one));
  }
  return mistake("so these runs can't be compared; with --force they are nevertheless");
}

int compare_two(const Arguments& arguments) {
  if (arguments.by_backend || !arguments.baseline.empty())
    return mistake("--by and --baseline are for the backends of one file; two were given");
  const auto baseline = read_results(arguments.results);
  const auto results = read_results(arguments.later_results);
  const auto all = compare_runs(baseline, results, arguments.threshold);
  if (all.forced() && !arguments.force) return refuse(baseline, results, all);
  return conclude(all, arguments);
}

}  // namespace

int compare_command(const Arguments& arguments) {
  try {
    return arguments.later_results.empty() ? compare_one(arguments) : compare_two(arguments);
  } catch (const UnreadableResults& unreadable) {
    return mistake(unreadable.what());
  }
}

}  // namespace iodyno::host
