#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/reader.hpp"

namespace iodyno::host {

/// A run that is put into another format.
struct ExportedRun {
  std::string file;  ///< that it was read from
  ReadResults results;
};
using ExportedRuns = std::vector<ExportedRun>;

/// A format for others to read. All take every case once, but those that `tell_runs_apart`.
struct ExportFormat {
  std::string_view name;
  bool tells_runs_apart;
  std::string (*write)(const ExportedRuns&);
};
std::span<const ExportFormat> export_formats();

/// Reads result files and those in directories (find_results). Throws UnreadableResults.
ExportedRuns read_runs(const std::vector<std::string>& paths);

/// Why these runs can't be in one file of the format: two have a case of one name, of which readers
/// would take the first or the last. Empty where they can.
std::string refuse_export(const ExportFormat&, const ExportedRuns&);

/// "NAME: failed: EIO" for each case that no format but `csv` has anything of, for people.
std::vector<std::string> cases_without_figures(const ExportedRuns&);

// The formats, a function each. Failed, invalid and skipped cases are never a figure; only `csv`
// has a row for them. docs/dashboards.md says who reads them.

/// Google Benchmark's: `results.json` without the rows of failed cases.
std::string export_gbench(const ExportedRuns&);
/// The same with one row a case, the medians: `results.summary.json`.
std::string export_gbench_summary(const ExportedRuns&);
/// RFC 4180, a row a case with its medians.
std::string export_csv(const ExportedRuns&);
/// `customSmallerIsBetter` of github-action-benchmark.
std::string export_gha_custom(const ExportedRuns&);
/// Bencher Metric Format.
std::string export_bmf(const ExportedRuns&);
/// Go's benchmark text, a line a trial, for benchstat.
std::string export_gobench(const ExportedRuns&);
/// OpenMetrics 1.0 text, which Prometheus's text parser reads too.
std::string export_openmetrics(const ExportedRuns&);

}  // namespace iodyno::host
