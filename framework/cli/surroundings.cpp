#include "cli/surroundings.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "report/gbench.hpp"

namespace iodyno::host {

Progress::Style progress_style(const Arguments& arguments) {
  if (arguments.quiet) return Progress::Style::quiet;
  return isatty(STDERR_FILENO) ? Progress::Style::terminal : Progress::Style::plain;
}

NullBackend find_null(const Catalog& catalog) {
  const auto file = catalog.find_backend("null");
  if (!file) return {{}, "not measured: no backend `null` is found"};
  try {
    auto description = describe_backend(*file);
    if (description.synthetic()) return {std::move(description), {}};
    return {{}, clean_text("not measured: the backend `null` does I/O: " + *file)};
  } catch (const std::runtime_error& e) {
    return {{}, clean_text("not measured: " + std::string(e.what()))};
  }
}

std::string host_overhead_warning(const std::map<std::string, std::string>& context) {
  const auto found = context.find("host_overhead");
  return found == context.end() ? "" : "what the host itself costs is " + found->second;
}

}  // namespace iodyno::host
