#include "trial/machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace iodyno::host {
namespace {

/// The first line of /proc/stat. Guests are counted in `user` and `nice`; waiting for I/O is idle.
MachineTime from_stat() {
  std::ifstream file("/proc/stat");
  std::string name;
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                steal = 0;
  if (!(file >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal))
    return {};
  const auto tick_ns = 1'000'000'000 / std::uint64_t(sysconf(_SC_CLK_TCK));
  return {.busy_ns = (user + nice + system + irq + softirq) * tick_ns, .steal_ns = steal * tick_ns};
}

/// Where the control group that rations CPU time keeps its counts: of version 2 (one hierarchy,
/// Documentation/admin-guide/cgroup-v2.rst), or of version 1 (that of `cpu`).
std::string find_cpu_stat() {
  std::ifstream file("/proc/self/cgroup");
  std::string unified;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string number, controllers, path;
    std::getline(fields, number, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, path);
    if (controllers.empty()) unified = "/sys/fs/cgroup" + path + "/cpu.stat";
    if (("," + controllers + ",").find(",cpu,") != std::string::npos)
      return "/sys/fs/cgroup/" + controllers + path + "/cpu.stat";
  }
  return unified;
}

std::uint64_t throttled_ns() {
  static const std::string stat_file = find_cpu_stat();
  std::ifstream file(stat_file);
  std::uint64_t value = 0;
  for (std::string name; file >> name >> value;) {
    if (name == "throttled_usec") return value * 1000;
    if (name == "throttled_time") return value;
  }
  return 0;
}

}  // namespace

MachineTime machine_time() {
  auto time = from_stat();
  // Each CPU that is stopped counts by itself (kernel/sched/fair.c).
  time.throttled_ns = throttled_ns() / std::uint64_t(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  return time;
}

}  // namespace iodyno::host
