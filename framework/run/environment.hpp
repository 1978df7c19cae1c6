#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "run/system.hpp"
#include "trial/machine.hpp"

namespace iodyno::host {

/// What of the machine changes while a run goes on: at one moment.
struct MachineState {
  std::uint64_t when_ns = 0;  ///< CLOCK_MONOTONIC
  MachineTime time;
  std::uint64_t own_cpu_ns = 0;  ///< of this process and of its children that have ended
  double load = 0;               ///< of a minute, as in /proc/loadavg
  /// The share of the last 10 s in which some task waited for it, in per cent (PSI,
  /// Documentation/accounting/psi.rst), by resource: cpu, io, memory.
  std::map<std::string, double> pressure_percent;
  std::uint64_t memory_available_bytes = 0, unwritten_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< of the target's file system
};

MachineState look_at_machine(const std::string& directory);

/// As facts for the results: `<moment>.load`, `<moment>.pressure_cpu_percent` and so on.
std::map<std::string, std::string> state_facts(const std::string& moment, const MachineState&);

/// What happened between two states: shares of the time.
std::map<std::string, std::string> change_facts(const MachineState& before,
                                                const MachineState& after);

/// What should be different before a run for its figures to be worth more, and how: in sentences.
struct Circumstances {
  std::string governor;  ///< of CPU 0; empty where it can't be read
  bool debug_build = false;
  bool sanitized = false;  ///< this program, or a runtime that is preloaded for a plugin
  double others_cpus = 0;  ///< that others use now
  std::uint64_t dataset_bytes = 0, memory_available_bytes = 0;
  std::uint64_t free_bytes = 0, total_bytes = 0;  ///< of the target's file system
  bool in_memory = false;                         ///< the target
};
std::vector<std::string> warnings_before(const Circumstances&);

/// What a run suffered from: in sentences that say what to do.
std::vector<std::string> warnings_after(const MachineState& before, const MachineState& after);

/// The CPUs that others have used since an earlier state; 0 when it is not long enough ago.
double others_cpus(const MachineState& before, const MachineState& after);

}  // namespace iodyno::host
