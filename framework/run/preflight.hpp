#pragma once
#include <string>
#include <vector>

#include "run/system.hpp"
#include "scenario/plan.hpp"

namespace iodyno::host {

/// Why a target can't be used at all, or nothing: it is looked at, not touched.
std::string refuse_target(const std::string& target);

/// Why a plan does not fit its target; nothing where it does. A reserve of 5 % of the file system
/// is left alone.
std::string refuse_plan(const Cost&, const FileSystem&);

/// Why a worker's memory limit is too small for a plan; nothing where it is not.
std::string refuse_memory_limit(const Cost&, std::uint64_t limit_bytes);

/// What a user should know of the target before a long run.
std::vector<std::string> warnings_about(const std::string& target, const FileSystem&);

/// Why a case can't be had on this file system by this user, or nothing. `files`: of its dataset.
std::string skip_reason(const Case&, std::uint64_t files, const FileSystem&, bool root);

}  // namespace iodyno::host
