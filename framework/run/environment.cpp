#include "run/environment.hpp"

#include <sys/resource.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iodyno/config.hpp>

#include "report/format.hpp"
#include "report/steal.hpp"
#include "trial/settle.hpp"

namespace iodyno::host {
namespace {

using Facts = std::map<std::string, std::string>;

/// "12.3", which is enough.
std::string tenths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::uint64_t cpu_ns_of(int who) {
  rusage usage;
  getrusage(__rusage_who(who), &usage);
  const auto ns = [](const timeval& t) {
    return std::uint64_t(t.tv_sec) * 1'000'000'000 + std::uint64_t(t.tv_usec) * 1000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

/// "some avg10=1.23 avg60=… avg300=… total=…"
std::map<std::string, double> pressures() {
  std::map<std::string, double> found;
  for (const char* resource : {"cpu", "io", "memory"}) {
    std::ifstream file(std::string("/proc/pressure/") + resource);
    std::string some, average;
    if (file >> some >> average && average.starts_with("avg10="))
      found[resource] = std::strtod(average.c_str() + 6, nullptr);
  }
  return found;
}

double load_average() {
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  return load;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : double(part) / double(whole);
}

double throttled_share(const MachineState& before, const MachineState& after) {
  const auto elapsed_ns = after.when_ns - before.when_ns;
  return share(after.time.since(before.time).throttled_within(elapsed_ns), elapsed_ns);
}

}  // namespace

MachineState look_at_machine(const std::string& directory) {
  struct statfs fs {};
  const bool known = statfs(directory.c_str(), &fs) == 0;
  return {.when_ns = now(),
          .time = machine_time(),
          .own_cpu_ns = cpu_ns_of(RUSAGE_SELF) + cpu_ns_of(RUSAGE_CHILDREN),
          .load = load_average(),
          .pressure_percent = pressures(),
          .memory_available_bytes = memory_available_bytes(),
          .unwritten_bytes = system_unwritten_bytes(),
          .free_bytes = known ? std::uint64_t(fs.f_bavail) * std::uint64_t(fs.f_frsize) : 0};
}

Facts state_facts(const std::string& moment, const MachineState& state) {
  Facts facts;
  const auto prefix = moment + ".";
  facts[prefix + "load"] = tenths(state.load);
  for (const auto& [resource, percent] : state.pressure_percent)
    facts[prefix + "pressure_" + resource + "_percent"] = tenths(percent);
  facts[prefix + "memory_available_bytes"] = std::to_string(state.memory_available_bytes);
  facts[prefix + "unwritten_bytes"] = std::to_string(state.unwritten_bytes);
  facts[prefix + "free_bytes"] = std::to_string(state.free_bytes);
  return facts;
}

Facts change_facts(const MachineState& before, const MachineState& after) {
  const auto spent = after.time.since(before.time);
  return {{"steal_percent", tenths(100 * spent.steal_share())},
          {"throttled_percent", tenths(100 * throttled_share(before, after))}};
}

double others_cpus(const MachineState& before, const MachineState& after) {
  constexpr std::uint64_t kEnoughNs = 50'000'000;  // a tick of each CPU is too coarse for less
  const auto elapsed_ns = after.when_ns - before.when_ns;
  const auto all_ns = after.time.since(before.time).busy_ns;
  const auto own_ns = std::min(after.own_cpu_ns - before.own_cpu_ns, all_ns);
  return elapsed_ns < kEnoughNs ? 0 : share(all_ns - own_ns, elapsed_ns);
}

std::vector<std::string> warnings_before(const Circumstances& c) {
  constexpr double kOthers = 0.3, kFull = 0.9;
  std::vector<std::string> warnings;
  if (c.debug_build)
    warnings.push_back(
        "this iodyno was built for debugging: build it with CMAKE_BUILD_TYPE=Release");
  if (c.sanitized)
    warnings.push_back(
        "a sanitizer is loaded: these figures are its own, and workers have no limit of memory");
  if (c.others_cpus > kOthers)
    warnings.push_back("other work uses " + tenths(c.others_cpus) +
                       " CPUs now: stop it, or expect wide intervals");
  if (!c.governor.empty() && c.governor != "performance")
    warnings.push_back(
        "the CPUs' governor is `" + c.governor +
        "`, so their speed follows the load: `cpupower frequency-set -g performance`");
  if (!c.in_memory && c.dataset_bytes > c.memory_available_bytes / 2)
    warnings.push_back("the dataset has " + format_rough_bytes(c.dataset_bytes) +
                       " and the memory available " + format_rough_bytes(c.memory_available_bytes) +
                       ": what is to be warm may not stay in memory; make it smaller");
  const auto used = 1 - share(c.free_bytes, c.total_bytes);
  if (c.total_bytes != 0 && used > kFull)
    warnings.push_back("the file system is " + std::to_string(int(100 * used)) +
                       " % full: what is new lies in pieces, and costs more; make room");
  return warnings;
}

std::vector<std::string> warnings_after(const MachineState& before, const MachineState& after) {
  constexpr double kSteal = 0.02, kThrottled = 0.01;
  std::vector<std::string> warnings;
  const auto spent = after.time.since(before.time);
  if (steal_exceeds(kSteal, double(spent.steal_ns), double(spent.busy_ns)))
    warnings.push_back("the hypervisor gave " + tenths(100 * spent.steal_share()) +
                       " % of the CPU time to others: run where the CPUs are yours, or with more "
                       "repetitions");
  const auto throttled = throttled_share(before, after);
  if (throttled > kThrottled)
    warnings.push_back("a CPU quota kept this control group from running for " +
                       tenths(100 * throttled) + " % of the time: raise it (cpu.max)");
  return warnings;
}

}  // namespace iodyno::host
