#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/export.hpp"
#include "report/export_figures.hpp"
#include "report/history.hpp"
#include "report/page.hpp"

namespace iodyno::host {

/// A case on the page. Its number is its place in the list.
struct PageCase {
  const ReadCase* read = nullptr;
  std::string state;    ///< state_of
  CaseFigures figures;  ///< empty where it is `missing`
  double spread = 0;    ///< relative_spread of its times

  bool has_figures() const { return read->missing.empty(); }
};

/// A scenario on the page: its newest run whole, and all its runs as history.
struct PageScenario {
  std::string name;
  std::string file;  ///< of the newest run
  const ReadResults* results = nullptr;
  std::vector<PageCase> cases;        ///< phases together, and the backends of a point
  std::size_t cases_left_out = 0;     ///< beyond what a page can show
  std::vector<std::string> backends;  ///< in the order in which they come
  std::vector<std::string> swept;     ///< keys
  /// One for each backend that others can be compared with; the first is the one asked for.
  std::vector<Comparisons> comparisons;
  std::vector<std::string> baselines_left_out;  ///< to compare with these, too, would take too long
  History history;

  /// The comparisons with the baseline by the rival's name.
  std::map<std::string, const Comparison*> by_name(std::size_t baseline) const;
};

/// The runs by scenario, in the order in which these first come.
std::vector<PageScenario> page_scenarios(const ExportedRuns&, const PageSettings&);

}  // namespace iodyno::host
