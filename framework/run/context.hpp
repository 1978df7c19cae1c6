#pragma once
#include <map>
#include <string>
#include <vector>

#include "run/begun.hpp"
#include "scenario/plan.hpp"

namespace iodyno::host {

/// What a plan measures and how, as facts for the results: the phases and the dataset as written,
/// before a sweep, and every backend with its effective options. Keys without a prefix.
std::map<std::string, std::string> plan_facts(const Plan&);

/// How often a run was gone on with, and each time from where.
std::map<std::string, std::string> resumption_facts(const std::vector<Resumption>&);

}  // namespace iodyno::host
