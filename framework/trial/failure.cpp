#include "trial/failure.hpp"

#include <cstring>
#include <system_error>

namespace iodyno::host {
namespace {

/// " (EIO)"; nothing for what has no name.
std::string name_of(int error) {
  const char* name = strerrorname_np(error);
  return name ? std::string(" (") + name + ")" : "";
}

}  // namespace

std::string errno_text(int error) {
  if (error < 0) return "the error " + std::to_string(error) + ", which is no errno value";
  return strerror(error) + name_of(error);
}

std::string failure_text(const std::exception& e) {
  const auto* of_system = dynamic_cast<const std::system_error*>(&e);
  return of_system ? e.what() + name_of(of_system->code().value()) : e.what();
}

}  // namespace iodyno::host
