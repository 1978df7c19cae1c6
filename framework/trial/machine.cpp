#include "trial/machine.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>

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

std::uint64_t throttled_ns(const std::string& cpu_stat_file) {
  std::ifstream file(cpu_stat_file);
  std::uint64_t value = 0;
  for (std::string name; file >> name >> value;) {
    if (name == "throttled_usec") return value * 1000;
    if (name == "throttled_time") return value;
  }
  return 0;
}

std::vector<std::string> own_cpu_stat_files() {
  std::ifstream groups("/proc/self/cgroup");
  return cpu_stat_files(groups, "/sys/fs/cgroup");
}

}  // namespace

MachineTime machine_time() {
  static const auto stat_files = own_cpu_stat_files();
  auto time = from_stat();
  time.throttled_ns = throttled_ns(stat_files);
  return time;
}

/// Of version 2 (one hierarchy, Documentation/admin-guide/cgroup-v2.rst), or of version 1 (that of
/// `cpu`).
std::vector<std::string> cpu_stat_files(std::istream& groups, const std::string& mounts) {
  std::string hierarchy, group;
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string number, controllers, path;
    std::getline(fields, number, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, path);
    const bool rations = ("," + controllers + ",").find(",cpu,") != std::string::npos;
    if (rations || controllers.empty()) hierarchy = mounts + "/" + controllers, group = path;
    if (rations) break;
  }
  std::vector<std::string> files;
  while (group.size() > 1 && group.starts_with('/')) {
    files.push_back(hierarchy + group + "/cpu.stat");
    group.resize(group.rfind('/'));
  }
  if (!hierarchy.empty()) files.push_back(hierarchy + "/cpu.stat");
  return files;
}

std::uint64_t throttled_ns(const std::vector<std::string>& cpu_stat_files) {
  std::uint64_t sum_ns = 0;
  for (const auto& file : cpu_stat_files) sum_ns += throttled_ns(file);
  return sum_ns;
}

}  // namespace iodyno::host
