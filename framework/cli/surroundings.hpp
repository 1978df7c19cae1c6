#pragma once
#include <optional>

#include "cli/arguments.hpp"
#include "run/progress.hpp"

namespace iodyno::host {

/// What commands that measure find around them.

/// On a terminal a line that is written over.
Progress::Style progress_style(const Arguments&);
/// The backend that shows what the host itself costs, where one is found that does no I/O.
std::optional<BackendDescription> find_null(const Catalog&);

}  // namespace iodyno::host
