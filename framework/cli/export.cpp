#include "report/export.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/replace_file.hpp"
#include "cli/terminal.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kToldCases = 10;

void tell_what_is_left_out(const ExportedRuns& runs) {
  const auto lines = cases_without_figures(runs);
  for (std::size_t i = 0; i < std::min(lines.size(), kToldCases); ++i)
    fmt::print(stderr, "iodyno: no figures of {}\n", lines[i]);
  if (lines.size() > kToldCases)
    fmt::print(stderr, "iodyno: and none of {} others\n", lines.size() - kToldCases);
}

bool has_figures(const ExportedRuns& runs) {
  return std::ranges::any_of(runs, [](const ExportedRun& run) {
    return std::ranges::any_of(run.results.cases,
                               [](const ReadCase& one) { return one.missing.empty(); });
  });
}

int export_runs(const Arguments& arguments) {
  const auto formats = export_formats();
  const auto& format = *std::ranges::find(formats, arguments.format, &ExportFormat::name);
  const ExportedRuns runs = read_runs(arguments.paths);
  if (const auto why = refuse_export(format, runs); !why.empty()) return mistake(why);
  if (const int status = refuse_to_replace(arguments.out, runs)) return status;
  const std::string text = format.write(runs);
  if (arguments.out.empty())
    fmt::print("{}", text);
  else
    replace_file(arguments.out, text);
  tell_what_is_left_out(runs);
  return has_figures(runs) ? kDone : kFailed;
}

}  // namespace

int export_command(const Arguments& arguments) {
  try {
    return export_runs(arguments);
  } catch (const UnreadableResults& unreadable) {
    return mistake(unreadable.what());
  }
}

}  // namespace iodyno::host
