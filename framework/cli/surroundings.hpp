#pragma once
#include <map>
#include <optional>
#include <string>

#include "cli/arguments.hpp"
#include "run/progress.hpp"

namespace iodyno::host {

/// What commands that measure find around them.

/// On a terminal a line that is written over.
Progress::Style progress_style(const Arguments&);
/// The backend that shows what the host itself costs, where one is found that does no I/O; or why
/// there is none.
struct NullBackend {
  std::optional<BackendDescription> description;
  std::string missing;
};
NullBackend find_null(const Catalog&);

/// Where the context of a run says that this was not measured, a warning; empty otherwise.
std::string host_overhead_warning(const std::map<std::string, std::string>& context);

}  // namespace iodyno::host
