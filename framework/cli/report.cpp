#include <fmt/core.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/replace_file.hpp"
#include "cli/terminal.hpp"
#include "report/compare.hpp"
#include "report/document.hpp"
#include "report/export.hpp"
#include "report/optimization_words.hpp"
#include "report/page.hpp"

namespace iodyno::host {
namespace {

bool has_backend(const ReadResults& results, const std::string& label) {
  return std::ranges::find(results.cases, label, &ReadCase::backend) != results.cases.end();
}

/// The label of the baseline, or what is wrong with the one that was asked for.
int find_baseline(const ExportedRun& run, const std::string& asked, std::string& label) {
  label = asked.empty() ? default_baseline(run.results) : asked;
  if (asked.empty() || has_backend(run.results, asked)) return kDone;
  std::vector<std::string_view> backends;
  for (const ReadCase& one : run.results.cases) backends.push_back(one.backend);
  return mistake(run.file + " has no backend " + quote(asked) + suggestion(asked, backends));
}

bool has_figures(const ExportedRun& run) {
  return std::ranges::any_of(run.results.cases,
                             [](const ReadCase& one) { return one.missing.empty(); });
}

int write_page(const ExportedRuns& runs, const Arguments& arguments) {
  for (const ExportedRun& run : runs) {
    std::string ignored;
    if (const int status = find_baseline(run, arguments.baseline, ignored)) return status;
  }
  if (const int status = refuse_to_replace(arguments.html, runs)) return status;
  const std::string text = page(page_frame(), runs,
                                {.baseline = arguments.baseline,
                                 .threshold = arguments.threshold,
                                 .program = "iodyno " IODYNO_VERSION});
  if (arguments.html == "-")
    fmt::print("{}", text);
  else
    replace_file(arguments.html, text);
  return std::ranges::any_of(runs, has_figures) ? kDone : kFailed;
}

int report_runs(const Arguments& arguments) {
  if (!arguments.html.empty() && page_frame().empty()) {
    fmt::print(
        stderr,
        "iodyno: error: this iodyno was built without the page, which npm could not fetch then: "
        "install nodejs and npm, then configure and build it again, with a network\n");
    return kEnvironment;
  }
  const ExportedRuns runs = read_runs(arguments.paths);
  if (!arguments.html.empty())
    if (const int status = write_page(runs, arguments); status != kDone || !arguments.markdown)
      return status;
  std::string text;
  for (const ExportedRun& run : runs) {
    std::string baseline;
    if (const int status = find_baseline(run, arguments.baseline, baseline)) return status;
    const auto report = optimization_of(run.results, baseline, arguments.threshold);
    if (!text.empty()) text += "\n";
    text += arguments.markdown
                ? document_markdown(optimization_document(report, Detail::full))
                : document_text(optimization_document(report, Detail::brief), color());
  }
  fmt::print("{}", text);
  return std::ranges::any_of(runs, has_figures) ? kDone : kFailed;
}

}  // namespace

int report_command(const Arguments& arguments) {
  try {
    return report_runs(arguments);
  } catch (const UnreadableResults& unreadable) {
    return mistake(unreadable.what());
  }
}

}  // namespace iodyno::host
