#pragma once
#include <cstdint>
#include <functional>

#include "check/finding.hpp"

namespace iodyno::host::conformance {

/// Makes a check in a process of its own, so that a plugin can crash, hang, or end the process, and
/// is caught printing. `body` throws Ended. Throws Interrupted.
Finding isolate(const std::string& check, const std::function<void()>& body,
                std::uint64_t limit_ns);

/// Says, in that process, which function of the plugin is about to be called, by a literal: where a
/// crash happened. Empty: none.
void enter(const char* function);

}  // namespace iodyno::host::conformance
