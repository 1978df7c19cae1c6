#include "cli/surroundings.hpp"

#include <unistd.h>

namespace iodyno::host {

Progress::Style progress_style(const Arguments& arguments) {
  if (arguments.quiet) return Progress::Style::quiet;
  return isatty(STDERR_FILENO) ? Progress::Style::terminal : Progress::Style::plain;
}

std::optional<BackendDescription> find_null(const Catalog& catalog) {
  const auto file = catalog.find_backend("null");
  if (!file) return {};
  try {
    auto description = describe_backend(*file);
    if (description.synthetic()) return description;
  } catch (const std::runtime_error&) {
    // Then the results say that it was not measured.
  }
  return {};
}

}  // namespace iodyno::host
