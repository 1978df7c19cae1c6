#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "report/compare_words.hpp"
#include "report/html.hpp"
#include "report/page_parts.hpp"
#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kMatrixCells = 20'000;
constexpr std::size_t kNameShown = 100, kReasonShown = 500;
constexpr const char* kNone = "–";

/// "64 KiB": how a value of the sweep is read.
std::string value_text(const std::pair<std::string, std::string>& key_value) {
  const std::string text = point_texts({key_value}).front();
  return text.substr(std::min(key_value.first.size() + 1, text.size()));
}

/// The value of a key where the point has it.
const std::pair<std::string, std::string>* at_key(const ReadCase& one, const std::string& key) {
  const auto found = std::ranges::find(one.point, key, [](const auto& pair) { return pair.first; });
  return found == one.point.end() ? nullptr : &*found;
}

// --- Cells

/// A figure, with the number that it is sorted by.
std::string figure(std::optional<double> value, const std::string& text, const char* more = "") {
  if (!value || !std::isfinite(*value))
    return fmt::format("<td class=\"figure\" data-value=\"\"{}>{}</td>", more, kNone);
  return fmt::format("<td class=\"figure\" data-value=\"{:.6g}\"{}>{}</td>", *value, more,
                     html(text));
}

std::string duration_cell(std::optional<double> ns) {
  return figure(ns, ns ? format_duration(*ns) : "");
}

std::optional<double> counter(const PageCase& one, const std::string& name) {
  const auto found = one.figures.counters.find(name);
  if (found == one.figures.counters.end()) return std::nullopt;
  return found->second;
}

std::string throughput_cell(const PageCase& one) {
  if (const auto bytes = counter(one, "bytes_per_second"))
    return figure(bytes, format_rate(*bytes, "B/s"));
  const double requests = one.figures.requests_per_second.median;
  return figure(requests, format_rate(requests, "/s"));
}

/// How a case stands to the baseline.
struct Relative {
  std::string relation = "none", word = "not compared";
  std::optional<double> ratio;
  std::optional<Interval> interval;
};

Relative relative(const ReadCase& one, const std::string& baseline, const Comparison* comparison) {
  if (one.backend == baseline) return {"baseline", "baseline", {}, {}};
  if (comparison == nullptr || !comparison->compared()) return {};
  const Assessment& it = comparison->assessment;
  const std::string word(to_text(it.relation));
  return {word, word, it.ratio.value, it.ratio.within95};
}

std::string relation_span(const Relative& to, const std::string& before = {}) {
  return fmt::format("<span data-relation=\"{}\">{}{}</span>", to.relation, before, to.word);
}

std::string table_begin(const char* name, const std::string& caption, const std::string& classes) {
  return fmt::format(
      "<div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
      "class=\"sortable{}\">\n<caption>{}</caption>\n",
      classes.empty() ? " tall" : "", name, classes, caption);
}
constexpr const char* kTableEnd = "</tbody></table></div></section>\n";

std::string head(const std::string& name, bool is_figure = false) {
  return fmt::format("<th scope=\"col\"{}>{}</th>", is_figure ? " class=\"figure\"" : "",
                     html(name, kNameShown));
}

// --- The matrix

using Standings = std::map<std::string, const Comparison*>;

const Comparison* find(const Standings& standings, const std::string& name) {
  const auto found = standings.find(name);
  return found == standings.end() ? nullptr : found->second;
}

std::string matrix_cell(const PageCase& one, std::size_t number, const std::string& baseline,
                        const Standings& standings) {
  if (!one.has_figures())
    return fmt::format("<td class=\"missing\" data-state=\"{}\" data-value=\"\">{}</td>", one.state,
                       html(one.read->missing, 80));
  const Relative to = relative(*one.read, baseline, find(standings, one.read->name));
  const double ns = one.figures.real_time_ns.median;
  const std::string doubt =
      one.state == "ok" ? "" : fmt::format("<span data-state=\"{0}\">{0}</span>", one.state);
  return fmt::format("<td data-case=\"{}\" data-value=\"{:.6g}\"><span>{}</span>{}{}</td>", number,
                     ns, format_duration(ns),
                     relation_span(to, to.ratio ? ratio_text(*to.ratio) + " " : ""), doubt);
}

/// The cases of one phase and point are neighbours: [begin, end) of them.
std::string matrix_row(const PageScenario& scenario, std::size_t begin, std::size_t end,
                       const std::string& baseline, const Standings& standings) {
  const ReadCase& first = *scenario.cases[begin].read;
  std::string row = fmt::format("<tr><th scope=\"row\">{}</th>", html(first.phase, kNameShown));
  for (const std::string& key : scenario.swept) {
    const auto* value = at_key(first, key);
    row += fmt::format("<td data-value=\"{}\">{}</td>", value ? html(value->second, 40) : "",
                       value ? html(value_text(*value), 40) : kNone);
  }
  for (const std::string& backend : scenario.backends) {
    std::string cell = fmt::format("<td data-value=\"\">{}</td>", kNone);
    for (std::size_t i = begin; i < end; ++i)
      if (scenario.cases[i].read->backend == backend)
        cell = matrix_cell(scenario.cases[i], i, baseline, standings);
    row += cell;
  }
  return row + "</tr>\n";
}

// --- The cases

std::string case_row(const PageScenario& scenario, std::size_t number, const std::string& baseline,
                     const Standings& standings) {
  const PageCase& one = scenario.cases[number];
  std::string row = fmt::format("<tr data-case=\"{}\"><td class=\"name\">{}</td>", number,
                                html(one.read->phase, kNameShown));
  for (const std::string& key : scenario.swept) {
    const auto* value = at_key(*one.read, key);
    row += fmt::format("<td data-value=\"{}\">{}</td>", value ? html(value->second, 40) : "",
                       value ? html(value_text(*value), 40) : kNone);
  }
  row += fmt::format("<th scope=\"row\">{}</th>", html(one.read->backend, kNameShown));
  if (one.has_figures()) {
    row += duration_cell(one.figures.real_time_ns.median);
    row += figure(one.figures.trials > 1 ? std::optional(one.spread) : std::nullopt,
                  fmt::format("± {:.1f} %", 100 * one.spread));
    row += throughput_cell(one) + duration_cell(one.figures.cpu_time_ns) +
           duration_cell(counter(one, "p99_ns"));
  } else {
    for (int column = 0; column < 5; ++column) row += figure({}, {});
  }
  const Relative to = relative(*one.read, baseline, find(standings, one.read->name));
  row += figure(to.ratio, to.ratio ? ratio_text(*to.ratio) : "", " data-column=\"ratio\"");
  row += figure(to.interval ? std::optional(to.interval->low) : std::nullopt,
                to.interval ? interval_text(to.interval) : "", " data-column=\"interval\"");
  const std::string& label = one.has_figures() ? one.read->label : one.read->missing;
  return row + fmt::format(
                   "<td data-column=\"relation\">{}</td><td class=\"reason\" "
                   "data-state=\"{}\">{}</td></tr>\n",
                   relation_span(to), one.state, html(label, kReasonShown));
}

}  // namespace

std::string matrix_html(const PageScenario& scenario) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < scenario.cases.size(); ++i)
    if (i == 0 || scenario.cases[i].read->work() != scenario.cases[i - 1].read->work())
      begins.push_back(i);
  if (begins.size() * scenario.backends.size() > kMatrixCells) return {};
  const std::string& baseline = scenario.comparisons.front().baseline;
  const Standings standings = scenario.by_name(0);
  std::string text =
      "<section><h3>Time by work and backend</h3>\n" +
      table_begin("Time by work and backend",
                  "Median time per request; below it the ratio to <span data-baseline>" +
                      html(baseline, kNameShown) + "</span>: 0.5 is half the time.",
                  " matrix") +
      "<thead><tr>" + head("phase");
  for (const std::string& key : scenario.swept) text += head(key);
  for (const std::string& backend : scenario.backends) text += head(backend);
  text += "</tr></thead>\n<tbody>";
  begins.push_back(scenario.cases.size());
  for (std::size_t i = 0; i + 1 < begins.size(); ++i)
    text += matrix_row(scenario, begins[i], begins[i + 1], baseline, standings);
  return text + kTableEnd;
}

std::string cases_html(const PageScenario& scenario) {
  const std::string& baseline = scenario.comparisons.front().baseline;
  const Standings standings = scenario.by_name(0);
  std::string text =
      "<section><h3>All cases</h3>\n" +
      table_begin("All cases",
                  "Times are per request, medians over the trials; ± is half of the range of the "
                  "middle half of them. The ratio is to <span data-baseline>" +
                      html(baseline, kNameShown) + "</span>, with its 95 % interval.",
                  "") +
      "<thead><tr>" + head("phase");
  for (const std::string& key : scenario.swept) text += head(key);
  text += head("backend");
  for (const char* name : {"time", "spread", "throughput", "CPU", "p99", "ratio", "95 % interval"})
    text += head(name, true);
  text += head("verdict") + head("validity") + "</tr></thead>\n<tbody>";
  for (std::size_t i = 0; i < scenario.cases.size(); ++i)
    text += case_row(scenario, i, baseline, standings);
  return text + kTableEnd;
}

std::string runs_html(const PageScenario& scenario) {
  if (scenario.history.runs.size() < 2) return {};
  std::string text =
      "<section><h3>Runs</h3>\n" +
      table_begin("Runs", "The newest is the one above; the others are its history.", " ") +
      "<thead><tr>";
  for (const char* name : {"time (UTC)", "host", "version", "comparable", "remarks", "file"})
    text += head(name);
  text += "</tr></thead>\n<tbody>";
  for (const HistoryRun& run : scenario.history.runs) {
    const std::string apart = fmt::format("{}", fmt::join(run.apart, "; "));
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{} {}</td><td>{}</td><td "
        "class=\"reason\">{}</td><td class=\"reason\">{}</td></tr>\n",
        utc_text(run.time_s), html(run.host, kNameShown), html(run.version, kNameShown),
        html(run.commit, 12), apart.empty() ? "yes" : "no: " + html(apart, kReasonShown),
        html(fmt::format("{}", fmt::join(run.doubts, "; ")), kReasonShown),
        html(run.file, kReasonShown));
  }
  return text + kTableEnd;
}

}  // namespace iodyno::host
