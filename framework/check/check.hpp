#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "check/finding.hpp"
#include "scenario/backend_description.hpp"

namespace iodyno::host::conformance {

struct CheckSettings {
  std::string filter;  ///< a regular expression; empty: all
  std::uint64_t seed = 0;
  std::uint64_t limit_ns = 30'000'000'000;  ///< of each check
  int directory = -1;                       ///< where to work; below it all is ours
  int memory_directory = -1;                ///< the same on a file system in memory; -1: none
};

/// The names of the checks of a plugin, in order.
std::vector<std::string> check_names(const BackendDescription&, const std::string& filter);

/// Holds a plugin to the contract of backend.h, each check in a process of its own. `tell` gets
/// each finding as it comes. Throws Interrupted.
std::vector<Finding> run_checks(const BackendDescription&, const CheckSettings&,
                                const std::function<void(const Finding&)>& tell);

}  // namespace iodyno::host::conformance
