#pragma once
#include <cstddef>
#include <string>

#include "report/page_scenario.hpp"

namespace iodyno::host {

/// The parts of a page, as HTML that is complete without any code.

/// What the run was, what it says, what to keep in mind, and where it ran.
std::string overview_html(const PageScenario&, std::size_t number);
/// What to use, and why: the optimization report against the first baseline.
std::string advice_html(const PageScenario&);
/// A row for each phase and point, a column for each backend: time, and ratio to the baseline.
std::string matrix_html(const PageScenario&);
/// A row a case, with all that is known of it.
std::string cases_html(const PageScenario&);
/// The runs of the history, where there are several.
std::string runs_html(const PageScenario&);

/// All that the charts are drawn from, as JSON in which no markup can be.
std::string page_data(const std::vector<PageScenario>&, const PageSettings&);

}  // namespace iodyno::host
