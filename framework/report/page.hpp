#pragma once
#include <string>
#include <string_view>

#include "report/export.hpp"

namespace iodyno::host {

struct PageSettings {
  std::string baseline;  ///< a backend's label; empty for that of each run
  double threshold = 0.03;
  std::string program;  ///< "iodyno 0.1.0"
};

/// The page of these runs, of one scenario or of several: one HTML file that loads nothing. A
/// scenario's newest run is shown whole, all of them as its history. `frame` is page_frame(), or
/// another with its slots. docs/report.md says what is on it.
std::string page(std::string_view frame, const ExportedRuns&, const PageSettings&);

/// Markup, styles and code, made from page/ when this was built; empty where npm was missing then.
std::string_view page_frame();

}  // namespace iodyno::host
