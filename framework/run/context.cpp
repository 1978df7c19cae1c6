#include "run/context.hpp"

#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

using Facts = std::map<std::string, std::string>;

std::string operations_of(const Phase& phase) {
  std::string text;
  for (const auto& [op, weight] : phase.ops)
    text += (text.empty() ? "" : ", ") + std::string(operation(op).name) +
            (phase.ops.size() > 1 ? ": " + std::to_string(weight) : "");
  return text;
}

/// What a latency of the phase is counted from: a sweep may have changed its rate.
std::string latency_of(const Plan& plan, const Phase& phase) {
  bool open = phase.rate.has_value();
  for (const auto& c : plan.cases)
    if (c.phase == phase.name) open = c.steps[0].rate.has_value();
  if (!phase.timed) return "none: requests are not timed";
  if (open) return "open loop: from when a request was due; service_* from when it began";
  return "closed loop: from when a request began; what a stall keeps from beginning is not seen as "
         "late";
}

void add_phase(const Plan& plan, const Phase& phase, Facts& facts) {
  static constexpr const char* kStates[] = {"as_is", "warm", "cold"};
  static constexpr const char* kDurability[] = {"none", "each", "end"};
  const auto prefix = "phase." + phase.name + ".";
  facts[prefix + "op"] = operations_of(phase);
  facts[prefix + "depth"] = std::to_string(phase.depth);
  facts[prefix + "cache"] = kStates[int(phase.cache)];
  facts[prefix + "metadata"] = kStates[int(phase.metadata)];
  facts[prefix + "direct"] = phase.direct ? "true" : "false";
  facts[prefix + "durability"] = kDurability[int(phase.durability)];
  facts[prefix + "latency"] = latency_of(plan, phase);
  if (phase.block != 0) facts[prefix + "block"] = std::to_string(phase.block);
}

void add_backend(const PlannedBackend& backend, Facts& facts) {
  const auto& d = backend.description;
  const auto prefix = "backend." + backend.choice.label + ".";
  facts[prefix + "name"] = d.name;
  if (!d.left_out.empty()) return;
  facts[prefix + "version"] = d.version;
  facts[prefix + "abi"] = std::to_string(d.abi_major) + "." + std::to_string(d.abi_minor);
  facts[prefix + "hash"] = d.hash;
  for (std::size_t i = 0; i < d.options.size(); ++i)
    facts[prefix + "option." + d.options[i].name] = format_option(d.options[i], backend.options[i]);
}

}  // namespace

std::map<std::string, std::string> plan_facts(const Plan& plan) {
  const Files files(plan.scenario.dataset, plan.tree);
  Facts facts{{"seed", std::to_string(plan.seed)},
              {"baseline", plan.scenario.baseline},
              {"repetitions", std::to_string(plan.scenario.repetitions)},
              {"quick", plan.quick ? "true" : "false"},
              {"dataset.files", std::to_string(files.count())},
              {"dataset.bytes", std::to_string(files.total_bytes())},
              {"dataset.directories", std::to_string(files.directory_count())}};
  if (plan.scenario.precision) facts["precision"] = std::to_string(*plan.scenario.precision);
  for (const auto& phase : plan.scenario.phases) add_phase(plan, phase, facts);
  for (const auto& backend : plan.backends) add_backend(backend, facts);
  return facts;
}

std::map<std::string, std::string> resumption_facts(const std::vector<Resumption>& resumptions) {
  Facts facts;
  if (!resumptions.empty()) facts["resumed"] = std::to_string(resumptions.size());
  for (std::size_t i = 0; i < resumptions.size(); ++i) {
    const auto& one = resumptions[i];
    const auto prefix = "resumed." + std::to_string(i + 1) + ".";
    facts[prefix + "pause_s"] = std::to_string(one.pause_s);
    facts[prefix + "kept_trials"] = std::to_string(one.kept);
    facts[prefix + "dropped_trials"] = std::to_string(one.dropped);
    if (one.kept == 0) continue;
    facts[prefix + "in"] = one.group;
    facts[prefix + "blocks"] = std::to_string(one.blocks);
  }
  return facts;
}

}  // namespace iodyno::host
