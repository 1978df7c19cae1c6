#include "report/export.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "report/export_figures.hpp"
#include "report/find_results.hpp"

namespace iodyno::host {

std::span<const ExportFormat> export_formats() {
  static constexpr ExportFormat kFormats[] = {{"gbench", false, export_gbench},
                                              {"gbench-summary", false, export_gbench_summary},
                                              {"csv", true, export_csv},
                                              {"gha-custom", false, export_gha_custom},
                                              {"bmf", false, export_bmf},
                                              {"gobench", false, export_gobench},
                                              {"openmetrics", false, export_openmetrics}};
  return kFormats;
}

ExportedRuns read_runs(const std::vector<std::string>& paths) {
  ExportedRuns runs;
  std::set<std::string> seen;
  for (const std::string& path : paths)
    for (const std::string& file : find_results(path))
      if (seen.insert(file).second) runs.push_back({file, read_results(file, Keep::figures)});
  return runs;
}

std::string refuse_export(const ExportFormat& format, const ExportedRuns& runs) {
  if (format.tells_runs_apart) return {};
  std::map<std::string, const ExportedRun*> first;
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases) {
      const auto [found, is_new] = first.emplace(exported_name(one.name), &run);
      if (!is_new)
        return fmt::format(
            "{} and {} both have {}: {} has no place for several runs; name one of them, as "
            "results/{}/latest",
            found->second->file, run.file, shortened(found->first, 200), format.name,
            shortened(exported_name(one.scenario), 100));
    }
  return {};
}

std::vector<std::string> cases_without_figures(const ExportedRuns& runs) {
  std::vector<std::string> lines;
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases)
      if (!one.missing.empty())
        lines.push_back(shortened(exported_name(one.name), 200) + ": " +
                        shortened(one.missing, 200));
  return lines;
}

}  // namespace iodyno::host
