#pragma once
#include <cstdint>
#include <string>

#include "trial/trial.hpp"

namespace iodyno::host {

/// How much memory of its own a worker may have on a machine with so much: what was asked for, else
/// three quarters of it, and beside that the stacks of as many threads as requests are in flight,
/// of which little is touched.
std::uint64_t memory_limit(std::uint64_t machine_bytes, const TrialSpec&);

/// The same in words, without the stacks.
std::string memory_limit_text(const TrialSpec&);

/// Holds this process to it (RLIMIT_DATA: private memory that can be written; maps of files,
/// however large, don't count), and has it chosen first where the kernel runs out of memory
/// nevertheless. Not under a sanitizer, whose shadow is larger than any machine.
void limit_memory(const TrialSpec&);

}  // namespace iodyno::host
