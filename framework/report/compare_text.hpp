#pragma once
#include <string>

#include "report/compare.hpp"

namespace iodyno::host {

/// For people on a terminal: for each phase a plain sentence and a table of its comparisons, then
/// what the figures mean. Fits 80 columns where the names allow.
std::string comparison_text(const Comparisons&, bool color);
/// The same as Markdown.
std::string comparison_markdown(const Comparisons&);
/// The same as JSON, with every number: docs/comparing.md says what its keys mean.
std::string comparison_json(const Comparisons&);

}  // namespace iodyno::host
