#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "report/agreement.hpp"
#include "report/compare_words.hpp"
#include "report/html.hpp"
#include "report/page_parts.hpp"
#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string value_of(const ReadResults& results, const std::string& key) {
  const auto found = results.context.find(key);
  return found == results.context.end() ? std::string() : found->second;
}

/// The parts that are there, with commas between.
std::string joined(std::vector<std::string> parts, const char* between = ", ") {
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, between));
}

std::string with(const std::string& before, const std::string& text,
                 const std::string& after = "") {
  return text.empty() ? "" : before + text + after;
}

std::string unless(const std::string& nothing, const std::string& text) {
  return text == nothing ? "" : text;
}

/// A number in text as people read it; what is no number stays what it is.
template <class Format>
std::string formatted(const std::string& text, Format format) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0)) return text;
  return format(value);
}

std::string bytes_text(double bytes) { return format_rate(bytes, "B"); }
std::string percent_text(double fraction) { return fmt::format("{:.0f} %", 100 * fraction); }

// --- What it was

std::string when(const PageScenario& scenario) {
  const auto time_s = scenario.history.runs.back().time_s;
  return time_s == 0 ? "" : utc_text(time_s) + " UTC";
}

std::string count_text(const PageScenario& scenario) {
  std::map<std::string, std::size_t> counts;
  for (const PageCase& one : scenario.cases) ++counts[one.state];
  std::vector<std::string> parts;
  for (const char* state :
       {"ok", "degraded", "invalid", "failed", "skipped", "synthetic", "unknown"})
    if (counts.contains(state)) parts.push_back(fmt::format("{} {}", counts[state], state));
  return fmt::format("{}: {}.", counted(scenario.cases.size(), "case"), joined(parts));
}

std::vector<std::string> notes_of(const PageScenario& scenario) {
  std::vector<std::string> notes = doubts_about(*scenario.results);
  constexpr std::string_view kWarning = "iodyno.warning.";
  for (const auto& [key, value] : scenario.results->context)
    if (key.starts_with(kWarning) && key != "iodyno.warning.in_process") notes.push_back(value);
  if (scenario.cases_left_out != 0)
    notes.push_back(
        fmt::format("{} further cases are not on this page: `iodyno export --format "
                    "csv` has all of them",
                    scenario.cases_left_out));
  if (!scenario.baselines_left_out.empty())
    notes.push_back(
        fmt::format("no comparison with {} is on this page: `iodyno compare --baseline "
                    "NAME` makes one",
                    joined(scenario.baselines_left_out)));
  return notes;
}

std::string list(const char* classes, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string text = fmt::format("<ul class=\"{}\">\n", classes);
  for (const std::string& item : items) text += "<li>" + html(item) + "</li>\n";
  return text + "</ul>\n";
}

// --- What it says

std::string verdict_html(const PageScenario& scenario) {
  const Comparisons& all = scenario.comparisons.front();
  std::string text = "<section><h3>Verdict</h3>\n";
  if (all.cases.empty())
    return text + "<p>One backend alone: there is nothing to compare it with.</p>\n<p>" +
           count_text(scenario) + "</p></section>\n";
  text += "<p class=\"muted\">Each backend against <span data-baseline>" + html(all.baseline, 100) +
          "</span>, paired by block.</p>\n";
  std::vector<std::string> sentences;
  for (const PhaseComparisons& phase : by_phase(all))
    sentences.push_back(phase_sentence(all, phase.phase));
  text += list("verdicts", sentences);
  return text + "<p>" + count_text(scenario) + "</p>\n" +
         fmt::format(
             "<p class=\"muted\">A difference counts from {:.3g} % on, and where the 99 % interval "
             "leaves out 1 and p, for all of a phase and point at once, is at most 0.05. Shown are "
             "95 % intervals: one that leaves out 1 decides nothing by itself.</p></section>\n",
             100 * all.threshold);
}

// --- Where it ran

Facts environment(const ReadResults& results) {
  const auto stated = [&](const char* key) { return results.stated(key); };
  const std::string guest = stated("virtualization");
  const std::string rotational = stated("device_rotational");
  std::string backends;
  for (const auto& [key, value] : results.context) {
    constexpr std::string_view kBegin = "iodyno.backend.", kEnd = ".version";
    if (key.starts_with(kBegin) && key.ends_with(kEnd) && key.size() > kBegin.size() + kEnd.size())
      backends += (backends.empty() ? "" : ", ") +
                  key.substr(kBegin.size(), key.size() - kBegin.size() - kEnd.size()) + " " + value;
  }
  return {{"Machine", joined({value_of(results, "host_name"),
                              unless("no", guest == "yes" ? "virtual machine" : guest),
                              with("in ", unless("none seen", stated("container")))})},
          {"Processor", joined({stated("cpu_model"), with("", stated("cpus"), " CPUs"),
                                with("governor ", stated("cpu_governor"))})},
          {"Memory", formatted(stated("memory_bytes"), bytes_text)},
          {"Kernel", stated("kernel")},
          {"Target", joined({stated("target"), stated("file_system"), stated("mount_options")})},
          {"Device",
           joined({stated("device"), stated("device_model"), rotational == "1" ? "rotational" : "",
                   with("scheduler ", stated("device_scheduler"))})},
          {"O_DIRECT", stated("o_direct")},
          {"io_uring", stated("io_uring")},
          {"Reflink", stated("reflink")},
          {"iodyno", joined({stated("version"), value_of(results, "library_build_type")})},
          {"Backends", backends},
          {"Inside the clock", formatted(stated("clock_share"), percent_text)}};
}

std::string environment_html(const PageScenario& scenario) {
  std::string text = "<section><h3>Environment</h3>\n<dl>\n";
  for (const auto& [name, value] : environment(*scenario.results))
    if (!value.empty())
      text += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html(name), html(value, 500));
  return text +
         "</dl>\n<details class=\"context needs-script\"><summary>All that the result file states"
         "</summary></details></section>\n";
}

}  // namespace

std::string overview_html(const PageScenario& scenario, std::size_t number) {
  const ReadResults& results = *scenario.results;
  std::string text =
      fmt::format("<h2 id=\"scenario-{}\">{}</h2>\n", number, html(scenario.name, 200));
  if (const auto about = results.stated("about"); !about.empty())
    text += "<p>" + html(about) + "</p>\n";
  const std::string facts = joined({scenario.comparisons.front().target, when(scenario),
                                    with("", results.stated("repetitions"), " repetitions"),
                                    with("seed ", results.stated("seed"))},
                                   " · ");
  text += "<p class=\"facts\">" + html(facts) + "</p>\n" + list("notes", notes_of(scenario));
  return text + "<div class=\"overview\">\n" + verdict_html(scenario) + environment_html(scenario) +
         "</div>\n";
}

}  // namespace iodyno::host
