#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace iodyno::host {

/// The result files that a path stands for, sorted: a file itself; of a directory its
/// `results.json`, or where it has none those of all directories below it. Links are not followed,
/// so that `latest` is not counted twice, and what was interrupted or is going on is left out.
/// Throws UnreadableResults where there is none.
std::vector<std::string> find_results(const std::string& path);

/// A run that was interrupted and lies beside the set that it did not replace: `interrupted`, or
/// `interrupted-2` and so on. A scenario may have that name, too, and is then beside nothing.
bool is_interrupted_beside(const std::filesystem::path& directory);

}  // namespace iodyno::host
