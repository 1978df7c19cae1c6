#pragma once
#include <cstdint>

namespace iodyno::host {

/// What the whole machine has done since it was booted (/proc/stat of proc(5)), in steps of a tick,
/// mostly 10 ms; and how long this process's control group was kept from running by its quota.
struct MachineTime {
  std::uint64_t busy_ns = 0;       ///< of all CPUs: processes, the kernel's own threads, interrupts
  std::uint64_t steal_ns = 0;      ///< of all CPUs: the hypervisor ran somebody else
  std::uint64_t throttled_ns = 0;  ///< the mean of its CPUs

  /// Since an earlier reading. No such count need grow: one that has shrunk (emulated files in a
  /// container, a machine that has moved) has not grown.
  MachineTime since(const MachineTime& before) const {
    const auto grown = [](std::uint64_t now, std::uint64_t then) {
      return now > then ? now - then : 0;
    };
    return {grown(busy_ns, before.busy_ns), grown(steal_ns, before.steal_ns),
            grown(throttled_ns, before.throttled_ns)};
  }
  /// Of the time that the machine had work to do, the part in which it was not let.
  double steal_share() const {
    const auto wanted = busy_ns + steal_ns;
    return wanted == 0 ? 0 : double(steal_ns) / double(wanted);
  }
};

/// What can't be found out is 0.
MachineTime machine_time();

}  // namespace iodyno::host
