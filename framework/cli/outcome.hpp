#pragma once
#include <string>

namespace iodyno::host {

/// What the end of a scenario says on stdout: the table, the files, the next commands. It is made
/// of what was written into the directory, so the files say the same later. Throws
/// UnreadableResults.
void print_outcome(const std::string& directory);

}  // namespace iodyno::host
