#include "report/html.hpp"
#include "report/optimization_words.hpp"
#include "report/page_parts.hpp"

namespace iodyno::host {

std::string advice_html(const PageScenario& scenario) {
  const Comparisons& all = scenario.comparisons.front();
  const OptimizationReport report = optimization_of(*scenario.results, all.baseline, all.threshold);
  Document document = optimization_document(report, Detail::brief);
  // The chapter has the scenario's name already.
  if (!document.empty() && std::holds_alternative<Heading>(document.front()))
    document.erase(document.begin());
  return "<section class=\"advice\"><h3>What to use, and why</h3>\n<p class=\"muted\">Against " +
         html(all.baseline, 100) + ", whichever baseline is chosen above.</p>\n" +
         document_html(document, 3) + "</section>\n";
}

}  // namespace iodyno::host
