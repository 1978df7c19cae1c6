#pragma once
#include <vector>

namespace iodyno::host {

/// Lets the calling thread, and those that it starts, run on these CPUs alone. Returns those of
/// them that can't be had: offline, not there, or outside of the process's cpuset, of which
/// sched_setaffinity(2) says nothing while there is one that can.
std::vector<int> pin(const std::vector<int>& cpus);

}  // namespace iodyno::host
