#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/export.hpp"
#include "report/export_figures.hpp"

namespace iodyno::host {
namespace {

using Cells = std::map<std::string, std::string>;  // by column

constexpr std::size_t kTextCharacters = 1000;

/// Of these columns every file has all, in this order; those of the sweeps and the counters follow.
const std::vector<std::string> kFirst = {"date",
                                         "file",
                                         "host",
                                         "version",
                                         "scenario",
                                         "phase",
                                         "backend",
                                         "name",
                                         "state",
                                         "remark",
                                         "trials",
                                         "real_time_ns",
                                         "real_time_low_ns",
                                         "real_time_high_ns",
                                         "cpu_time_ns"};

/// A text as RFC 4180 has it. A spreadsheet would take a text that begins like a formula for one.
std::string cell(const std::string& value) {
  std::string text = shortened(value, kTextCharacters);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string::npos)
    text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '"');
  return '"' + text + '"';
}

constexpr std::string_view kSwept = "sweep.";

/// Sweep keys and counters may have the name of another column.
std::string swept_column(const std::string& key) {
  return std::string(kSwept) + exported_name(key);
}
std::string counter_column(const std::string& name) {
  const bool is_taken = std::ranges::find(kFirst, name) != kFirst.end() || name.starts_with(kSwept);
  return (is_taken ? "counter." : "") + exported_name(name);
}

Cells figures_to_cells(const ReadCase& one) {
  const CaseFigures figures = figures_of(one);
  Cells cells = {{"trials", fmt::to_string(figures.trials)},
                 {"real_time_ns", fmt::to_string(figures.real_time_ns.median)},
                 {"real_time_low_ns", fmt::to_string(figures.real_time_ns.low)},
                 {"real_time_high_ns", fmt::to_string(figures.real_time_ns.high)}};
  if (figures.cpu_time_ns) cells["cpu_time_ns"] = fmt::to_string(*figures.cpu_time_ns);
  for (const auto& [name, value] : figures.counters)
    cells[counter_column(name)] = fmt::to_string(value);
  return cells;
}

std::string stated(const ReadResults& results, const std::string& key) {
  const auto found = results.context.find(key);
  return found == results.context.end() ? std::string() : found->second;
}

Cells cells_of(const ExportedRun& run, const ReadCase& one) {
  Cells cells;
  if (one.missing.empty()) cells = figures_to_cells(one);
  const auto text = [&](const std::string& column, const std::string& value) {
    cells[column] = cell(value);
  };
  text("date", stated(run.results, "date"));
  text("file", run.file);
  text("host", stated(run.results, "host_name"));
  text("version", run.results.stated("version"));
  text("scenario", one.scenario);
  text("phase", one.phase);
  text("backend", one.backend);
  text("name", exported_name(one.name));
  text("state", state_of(one));
  text("remark", one.missing.empty() ? one.label : one.missing);
  for (const auto& [key, value] : one.point) text(swept_column(key), value);
  return cells;
}

/// All columns in use: the first, the sweeps', the counters'.
std::vector<std::string> columns_of(const std::vector<Cells>& rows) {
  std::set<std::string> swept, counters;
  for (const Cells& row : rows)
    for (const auto& [column, value] : row)
      if (std::ranges::find(kFirst, column) == kFirst.end())
        (column.starts_with(kSwept) ? swept : counters).insert(column);
  std::vector<std::string> columns = kFirst;
  columns.insert(columns.end(), swept.begin(), swept.end());
  columns.insert(columns.end(), counters.begin(), counters.end());
  return columns;
}

}  // namespace

std::string export_csv(const ExportedRuns& runs) {
  std::vector<Cells> rows;
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases) rows.push_back(cells_of(run, one));
  const auto columns = columns_of(rows);
  std::string text = fmt::format("{}\r\n", fmt::join(columns, ","));
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto found = row.find(columns[i]);
      if (found != row.end()) text += found->second;
      text += i + 1 < columns.size() ? "," : "\r\n";
    }
  return text;
}

}  // namespace iodyno::host
