#include "cli/outcome.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "cli/scaffold.hpp"
#include "cli/terminal.hpp"
#include "report/compare.hpp"
#include "report/page.hpp"
#include "report/table.hpp"

namespace iodyno::host {
namespace {

/// Whom compare.py can compare the baseline with, by their figures; nobody: empty.
std::string first_rival(const ReadResults& results, const std::string& baseline) {
  std::string rival;
  bool has_baseline = false;
  for (const ReadCase& one : results.cases) {
    if (!one.missing.empty() || one.synthetic()) continue;
    if (one.backend == baseline)
      has_baseline = true;
    else if (rival.empty())
      rival = one.backend;
  }
  return has_baseline ? rival : "";
}

/// Ready-made commands to go on with.
void print_next_steps(const ReadResults& results, const std::string& directory) {
  const std::string baseline = stated_baseline(results);
  if (baseline.empty()) return;
  const std::string where = shell_word(directory);
  fmt::print("\niodyno compare {}\n", where);
  if (!page_frame().empty()) fmt::print("iodyno report --html report.html {}\n", where);
  const std::string rival = first_rival(results, baseline);
  if (rival.empty()) return;
  // compare.py takes the row of a failed case for 0 ns.
  const bool has_gaps = std::ranges::any_of(results.cases, [](const ReadCase& one) {
    return !one.missing.empty() && !one.missing.starts_with("skipped");
  });
  if (has_gaps) fmt::print("iodyno export --format gbench --out good.json {}\n", where);
  fmt::print("compare.py filters {} backend:{}/ backend:{}/\n",
             has_gaps ? "good.json" : shell_word(directory + "/results.json"), baseline, rival);
}

}  // namespace

void print_outcome(const std::string& directory) {
  const auto results = read_results(directory, Keep::figures);
  fmt::print("{}\n", results_table(results, color()));
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl"})
    fmt::print("{}\n", (std::filesystem::path(directory) / name).string());
  print_next_steps(results, directory);
  std::fflush(stdout);
}

}  // namespace iodyno::host
