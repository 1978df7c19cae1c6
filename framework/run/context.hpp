#pragma once
#include <map>
#include <string>

#include "scenario/plan.hpp"

namespace iodyno::host {

/// What a plan measures and how, as facts for the results: the phases and the dataset as written,
/// before a sweep, and every backend with its effective options. Keys without a prefix.
std::map<std::string, std::string> plan_facts(const Plan&);

}  // namespace iodyno::host
