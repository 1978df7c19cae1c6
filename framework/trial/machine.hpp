#pragma once
#include <algorithm>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace iodyno::host {

/// What the whole machine has done since it was booted (/proc/stat of proc(5)), in steps of a tick,
/// mostly 10 ms; and how long quotas kept this process's control group from running.
struct MachineTime {
  std::uint64_t busy_ns = 0;       ///< of all CPUs: processes, the kernel's own threads, interrupts
  std::uint64_t steal_ns = 0;      ///< of all CPUs: the hypervisor ran somebody else
  std::uint64_t throttled_ns = 0;  ///< of all CPUs: those that were stopped, each by itself

  /// Since an earlier reading. No such count need grow: one that has shrunk (emulated files in a
  /// container, a machine that has moved) has not grown.
  MachineTime since(const MachineTime& before) const {
    const auto grown = [](std::uint64_t now, std::uint64_t then) {
      return now > then ? now - then : 0;
    };
    return {grown(busy_ns, before.busy_ns), grown(steal_ns, before.steal_ns),
            grown(throttled_ns, before.throttled_ns)};
  }
  /// Of a time that has gone by, so long. Only a CPU that has something to run is stopped, and how
  /// many had is not told: they are taken for one, as one thread that is kept is kept that long.
  std::uint64_t throttled_within(std::uint64_t elapsed_ns) const {
    return std::min(throttled_ns, elapsed_ns);
  }
  /// Of the time that the machine had work to do, the part in which it was not let.
  double steal_share() const {
    const auto wanted = busy_ns + steal_ns;
    return wanted == 0 ? 0 : double(steal_ns) / double(wanted);
  }
};

/// What can't be found out is 0.
MachineTime machine_time();

/// Where the control groups that ration a process's CPU time keep their counts: its own and all
/// above it, as it is kept by the quota of each. `groups`: as in /proc/self/cgroup; `mounts`: where
/// the hierarchies are, as in /sys/fs/cgroup.
std::vector<std::string> cpu_stat_files(std::istream& groups, const std::string& mounts);

/// Who is stopped by one quota does not use up another, so their times are added: of their sum,
/// unlike of the largest, the growth is known.
std::uint64_t throttled_ns(const std::vector<std::string>& cpu_stat_files);

}  // namespace iodyno::host
