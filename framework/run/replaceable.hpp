#pragma once
#include <string>

namespace iodyno::host {

/// Why the results of a scenario can't be put where they belong, or what there they would replace
/// that no run has written; or nothing. Asked before anything is measured; makes nothing. `out`:
/// the directory of --out, or empty: `results` below the current one.
std::string refuse_output(const std::string& out, const std::string& scenario);

/// The same of the directory itself that the files are put into.
std::string refuse_to_replace_in(const std::string& directory);

}  // namespace iodyno::host
