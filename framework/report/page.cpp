#include "report/page.hpp"

#include <fmt/format.h>

#include "report/html.hpp"
#include "report/page_parts.hpp"

// Where the assembler has put the file (page_frame.S).
extern "C" const char iodyno_page_frame[], iodyno_page_frame_end[];

namespace iodyno::host {
namespace {

// What the code fills.
constexpr const char* kControls = "<div class=\"controls needs-script\"></div>\n";
constexpr const char* kCharts =
    "<section class=\"needs-script\"><h3>Charts</h3>\n<div class=\"charts\"></div></section>\n";

std::string article(const PageScenario& scenario, std::size_t number) {
  return fmt::format("<article data-scenario=\"{0}\" aria-labelledby=\"scenario-{0}\">\n", number) +
         overview_html(scenario, number) + kControls + matrix_html(scenario) + kCharts +
         advice_html(scenario) + cases_html(scenario) + runs_html(scenario) + "</article>\n";
}

/// Links to the scenarios, where there are several.
std::string navigation(const std::vector<PageScenario>& scenarios) {
  std::string links;
  if (scenarios.size() < 2) return links;
  for (std::size_t i = 0; i < scenarios.size(); ++i)
    links += fmt::format("<a href=\"#scenario-{}\">{}</a>\n", i, html(scenarios[i].name, 60));
  return links;
}

std::string title(const std::vector<PageScenario>& scenarios) {
  if (scenarios.size() == 1) return html(scenarios.front().name, 100) + " – iodyno";
  return fmt::format("{} scenarios – iodyno", scenarios.size());
}

}  // namespace

std::string_view page_frame() {
  return {iodyno_page_frame, std::size_t(iodyno_page_frame_end - iodyno_page_frame)};
}

std::string page(std::string_view frame, const ExportedRuns& runs, const PageSettings& settings) {
  const std::vector<PageScenario> scenarios = page_scenarios(runs, settings);
  std::string content;
  for (std::size_t i = 0; i < scenarios.size(); ++i) content += article(scenarios[i], i);
  return filled(frame, {{"title", title(scenarios)},
                        {"navigation", navigation(scenarios)},
                        {"content", std::move(content)},
                        {"footer", "Written by " + html(settings.program) +
                                       ". This file loads nothing and sends nothing."},
                        {"data", page_data(scenarios, settings)}});
}

}  // namespace iodyno::host
