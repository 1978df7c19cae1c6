#pragma once
#include <functional>
#include <string>

namespace iodyno::host {

/// Which names of entries in a tree are those that the host or a backend gives.
using IsOurs = std::function<bool(const std::string& name)>;

/// What may be removed below an entry of a run's directory, or nothing where the entry itself is
/// not ours. Only names tell: all else of a file can be anybody's.
IsOurs ours_below(const std::string& entry);

}  // namespace iodyno::host
