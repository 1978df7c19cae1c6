#pragma once
#include <exception>
#include <iodyno/config.hpp>
#include <string>
#include <system_error>

namespace iodyno::host {

/// "Input/output error (EIO)".
std::string errno_text(int error);

/// What an exception says, with the name of its errno value where it has one: "write f0:
/// Input/output error (EIO)".
std::string failure_text(const std::exception&);

/// Calls. A failure of the system is thrown as one of `doing` this to a path: "read", "f0".
auto on_path(const char* doing, const std::string& path, auto call) try {
  return call();
} catch (const std::system_error& e) {
  fail(e.code().value(), doing + (' ' + path));
}

}  // namespace iodyno::host
