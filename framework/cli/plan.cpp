#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "report/format.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

using json = nlohmann::ordered_json;

json to_json(const Prepared& prepared) {
  const auto& plan = prepared.plan;
  const auto cost = cost_of(plan);
  json cases = json::array();
  for (const auto& c : plan.cases) {
    json one = {
        {"name", c.name}, {"backend", plan.backends[c.backend].choice.label}, {"phase", c.phase}};
    if (!c.skipped.empty()) one["skipped"] = c.skipped;
    cases.push_back(std::move(one));
  }
  return {{"scenario", plan.scenario.name},
          {"seed", plan.seed},
          {"repetitions", plan.scenario.repetitions},
          {"trials", cost.trials},
          {"requests", cost.requests},
          {"files_made", cost.files_made},
          {"bytes_written", cost.bytes_written},
          {"peak_bytes", cost.peak_bytes},
          {"peak_inodes", cost.peak_inodes},
          {"worker_memory_bytes", cost.worker_memory_bytes},
          {"estimate_ns", cost.estimate_ns},
          {"cases", std::move(cases)}};
}

void print(const Prepared& prepared, const std::optional<std::uint64_t>& limit) {
  const auto& plan = prepared.plan;
  const auto cost = cost_of(plan);
  fmt::print("{}\n", plan.scenario.name);
  for (const auto& c : plan.cases)
    fmt::print("  {}{}\n", c.name, c.skipped.empty() ? "" : "  (skipped: " + c.skipped + ")");
  fmt::print("  {}: {}, {} each\n", counted(cost.trials, "trial"), counted(plan.runnable(), "case"),
             counted(plan.scenario.repetitions, "repetition"));
  fmt::print("  {}; {} made and {} written in all\n", counted(cost.requests, "request"),
             counted(cost.files_made, "file"), format_rough_bytes(cost.bytes_written));
  fmt::print("  at one time on the target: {}, {}\n", format_rough_bytes(cost.peak_bytes),
             counted(cost.peak_inodes, "inode"));
  fmt::print("  memory of a worker: about {}{}\n",
             format_rough_bytes(cost.worker_memory_bytes + kWorkerItselfBytes),
             limit ? ", of " + format_size(*limit) + " that it may have" : "");
  fmt::print("  about {} (a guess from typical figures)\n",
             format_duration(double(cost.estimate_ns)));
}

}  // namespace

int plan_command(const Arguments& arguments) {
  Diagnostics mistakes;
  const auto prepared = prepare(Catalog(arguments.backend_path), arguments.prepare, mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  if (!arguments.json) {
    for (const auto& one : prepared) print(one, arguments.prepare.memory_limit_bytes);
    return kDone;
  }
  json all = json::array();
  for (const auto& one : prepared) all.push_back(to_json(one));
  fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
  return kDone;
}

}  // namespace iodyno::host
