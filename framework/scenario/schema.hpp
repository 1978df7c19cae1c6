#pragma once
#include <string>

namespace iodyno::host {

/// The JSON Schema (draft-07, which editors understand) of the scenario language, from the key
/// table.
std::string scenario_schema();

}  // namespace iodyno::host
