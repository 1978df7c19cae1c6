#include <fmt/format.h>

#include <algorithm>

#include "report/history.hpp"
#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between = "; ") {
  return fmt::format("{}", fmt::join(parts, between));
}

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string lines;
  for (const std::string& line : wrap(text, kWidth - indent, kWidth - indent))
    lines += std::string(indent, ' ') + line + "\n";
  return lines;
}

std::string number_text(std::size_t run, std::size_t runs) {
  return right(std::to_string(run + 1), std::to_string(runs).size());
}

std::string versions_text(const HistoryRun& run) {
  std::vector<std::string> parts;
  for (const auto& [label, version] : run.backends)
    parts.push_back(version.empty() ? label : label + " " + version);
  return joined(parts, ", ");
}

/// When, where and with what, and below it what keeps it apart.
std::string run_text(const HistoryRun& run, std::size_t number, std::size_t runs,
                     const Painter& paint) {
  std::vector<std::string> parts = {utc_text(run.time_s)};
  if (!run.host.empty()) parts.push_back(run.host);
  if (!run.version.empty()) parts.push_back("iodyno " + run.version);
  if (!run.commit.empty()) parts.push_back("commit " + run.commit);
  const std::string head = std::string(kGap) + number_text(number, runs) + std::string(kGap);
  std::string text = head + joined(parts, kGap) + "\n";
  const auto indent = head.size();
  text += wrapped(versions_text(run), indent);
  if (!run.apart.empty())
    text += paint(kYellow, wrapped("not comparable with the newest: " + joined(run.apart), indent));
  if (!run.doubts.empty()) text += paint(kYellow, wrapped(joined(run.doubts), indent));
  return text;
}

/// "+2.0 %", from the run before that is comparable, too.
std::string change_text(const HistoryPoint& point, const HistoryPoint* before) {
  return before ? fmt::format("{:+.1f} %", (point.time_ns / before->time_ns - 1) * 100) : "";
}

std::string case_text(const HistoryCase& one, const History& history, const Painter& paint) {
  std::string text = fmt::format("\n{}", one.phase) + std::string(kGap) +
                     aligned_names({{one.backend, one.point}}).front() + "\n";
  const HistoryPoint* before = nullptr;
  for (const HistoryPoint& point : one.runs) {
    const bool apart = !history.runs[point.run].apart.empty();
    std::string line = std::string(kGap) + number_text(point.run, history.runs.size());
    if (!point.missing.empty()) {
      text += line + "\n" + wrapped(point.missing, line.size() + kGap.size());
      continue;
    }
    line += fmt::format("  {}  {}  {}  ", right(format_duration(point.time_ns), 8),
                        right(fmt::format("± {:.1f} %", point.spread * 100), 9),
                        right(apart ? "" : change_text(point, before), 9));
    line += apart ? "not comparable" : point.label == "ok" ? "" : point.label;
    while (line.ends_with(' ')) line.pop_back();
    text += paint(apart ? kDim : "", line) + "\n";
    if (!apart) before = &point;
  }
  return text;
}

}  // namespace

std::string history_text(const History& history, bool color) {
  const Painter paint(color);
  const std::size_t count = history.runs.size();
  std::string text = paint(kBold, history.scenario) +
                     fmt::format("  {}, oldest first, in UTC\n\n", counted(count, "run"));
  for (std::size_t i = 0; i < count; ++i) text += run_text(history.runs[i], i, count, paint);
  for (const HistoryCase& one : history.cases) text += case_text(one, history, paint);
  return text +
         "\nMedians per request, their spread, and the change from the comparable run before.\n"
         "Drift between runs is not controlled: `iodyno compare OLD NEW` says how sure a\n"
         "change is.\n";
}

}  // namespace iodyno::host
