// What else goes on on this machine, and how fast its CPUs may go.
#include <cstdio>

#include "report/steal.hpp"
#include "run/doctor_areas.hpp"

namespace iodyno::host {
namespace {

using State = Ability::State;

constexpr double kOthersMax = 0.3;     // CPUs
constexpr double kStealMax = 0.02;     // of the time that was wanted
constexpr double kPressureMax = 10.0;  // per cent of the last 10 s

std::string tenths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

Ability governor(const Facts& facts) {
  const auto found = facts.find("cpu_governor");
  if (found == facts.end())
    return {"CPU governor", State::ok, "none that can be seen, as in virtual machines", ""};
  Ability ability{"CPU governor", State::ok, found->second, ""};
  if (found->second != "performance") {
    ability.state = State::warning;
    ability.remedy =
        "The CPUs' speed follows the load: `cpupower frequency-set -g performance` as root.";
  }
  return ability;
}

Ability others(double cpus) {
  Ability ability{"other work", State::ok, "uses " + tenths(cpus) + " CPUs now", ""};
  if (cpus > kOthersMax) {
    ability.state = State::warning;
    ability.remedy = "Stop it, or expect wide intervals.";
  }
  return ability;
}

Ability steal(const MachineTime& spent) {
  Ability ability{"steal", State::ok, tenths(100 * spent.steal_share()) + " % of the CPU time", ""};
  if (steal_exceeds(kStealMax, double(spent.steal_ns), double(spent.busy_ns))) {
    ability.state = State::warning;
    ability.remedy =
        "The hypervisor gives it to others: measure where the CPUs are yours, or with more "
        "repetitions.";
  }
  return ability;
}

Ability pressure(const std::map<std::string, double>& percent) {
  Ability ability{"pressure", State::ok, "", ""};
  for (const auto& [resource, value] : percent) {
    ability.found += (ability.found.empty() ? "" : ", ") + resource + " " + tenths(value) + " %";
    if (value > kPressureMax) ability.state = State::warning;
  }
  if (ability.state == State::warning)
    ability.remedy = "Tasks wait for these already, without a run: see what else goes on here.";
  return ability;
}

}  // namespace

Abilities judge_load(const Facts& facts, const MachineState& before, const MachineState& after) {
  Abilities all = {governor(facts), others(others_cpus(before, after)),
                   steal(after.time.since(before.time))};
  if (after.pressure_percent.empty())
    all.push_back({"pressure", State::missing, "this kernel doesn't tell",
                   "Boot with `psi=1` to see what tasks wait for; figures don't need it."});
  else
    all.push_back(pressure(after.pressure_percent));
  return all;
}

}  // namespace iodyno::host
