#pragma once
#include <string>

namespace iodyno::host {

/// The reference of the scenario language in Markdown, from the key table and the table of
/// operations. docs/writing-a-scenario.md contains it.
std::string scenario_reference();

}  // namespace iodyno::host
