#pragma once
#include <cstdint>

#include "scenario/files.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// What `consume: checksum` must come to when a phase has read all that it should: computed from
/// the rule of content.hpp, not from the files.
std::uint64_t expected_checksum(const Phase&, const Files&, const Content&, std::uint64_t seed);

}  // namespace iodyno::host
