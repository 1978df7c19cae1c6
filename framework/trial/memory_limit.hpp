#pragma once
#include <cstdint>
#include <vector>

#include "scenario/phase.hpp"

namespace iodyno::host {

/// How much memory of its own a worker may have on a machine with so much: three quarters of it,
/// and the stacks of as many threads as requests are in flight, of which little is touched.
std::uint64_t memory_limit(std::uint64_t machine_bytes, const std::vector<Phase>& steps);

/// Holds this process to it (RLIMIT_DATA: private memory that can be written; maps of files,
/// however large, don't count), and has it chosen first where the kernel runs out of memory
/// nevertheless. Not under a sanitizer, whose shadow is larger than any machine.
void limit_memory(const std::vector<Phase>& steps);

}  // namespace iodyno::host
