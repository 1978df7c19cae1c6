#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iodyno/posix.hpp>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "report/gbench.hpp"
#include "report/text.hpp"
#include "run/process.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

using json = nlohmann::ordered_json;
constexpr std::uint64_t kProbeLimitNs = 30'000'000'000;

/// What of a backend works in the target, with its options at their defaults.
Outcome probe(const BackendDescription& backend, const std::string& target, bool direct = false) {
  Job job{.kind = Job::Kind::probe, .spec = {.plugin_file = backend.file}};
  for (const auto& option : backend.options) job.spec.options.push_back(option.fallback);
  if (direct) job.spec.steps.push_back({.direct = true});
  const Fd directory = open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY);
  if (access(target.c_str(), W_OK | X_OK) != 0)
    return {.failure = target + ": not writable: " + strerror(errno)};
  return run_job(job, directory, kProbeLimitNs);
}

json options_to_json(const BackendDescription& backend) {
  json options = json::array();
  for (const auto& option : backend.options)
    options.push_back({{"name", option.name},
                       {"doc", option.doc},
                       {"default", format_option(option, option.fallback)},
                       {"values", describe_range(option)}});
  return options;
}

json operations_to_json(const BackendDescription& backend, const Outcome& outcome) {
  json all = json::array();
  for (const auto& row : operations()) {
    json one = {{"name", std::string(row.name)}, {"doc", std::string(row.doc)}};
    std::string why;
    if (!(backend.ops & IODYNO_BIT(row.op)))
      why = "this backend does not have it";
    else if (!outcome.reply)
      why = outcome.failure;
    else if (!outcome.reply->probe)
      why = outcome.reply->error;
    else if (!(outcome.reply->probe->ops & IODYNO_BIT(row.op))) {
      const auto& reasons = outcome.reply->probe->unsupported;
      why = reasons.contains(row.op) ? reasons.at(row.op) : "it does not work here";
    }
    one["works"] = why.empty();
    if (!why.empty()) one["why_not"] = why;
    all.push_back(std::move(one));
  }
  return all;
}

/// Whether O_DIRECT works there: a backend may have it, and the file system not.
json direct_to_json(const BackendDescription& backend, const std::string& target) {
  if (!(backend.flags & IODYNO_DIRECT))
    return {{"works", false}, {"why_not", "this backend does not have it"}};
  const auto outcome = probe(backend, target, true);
  if (outcome.reply && outcome.reply->probe) return {{"works", true}};
  return {{"works", false}, {"why_not", outcome.reply ? outcome.reply->error : outcome.failure}};
}

json describe(const BackendDescription& backend, const std::string& target) {
  const auto outcome = probe(backend, target);
  json flags = json::array();
  if (backend.flags & IODYNO_DIRECT) flags.push_back("direct");
  if (backend.flags & IODYNO_PACED) flags.push_back("paced");
  if (backend.flags & IODYNO_SYNTHETIC) flags.push_back("synthetic");
  if (backend.calibrates()) flags.push_back("calibrates");
  json notes = json::object();
  if (outcome.reply && outcome.reply->probe)
    for (const auto& [key, value] : outcome.reply->probe->notes) notes[key] = value;
  return {{"name", backend.name},
          {"version", backend.version},
          {"summary", backend.summary},
          {"file", backend.file},
          {"abi", fmt::format("{}.{}", backend.abi_major, backend.abi_minor)},
          {"flags", flags},
          {"options", options_to_json(backend)},
          {"target", std::filesystem::absolute(target).lexically_normal().string()},
          {"operations", operations_to_json(backend, outcome)},
          {"direct", direct_to_json(backend, target)},
          {"notes", notes}};
}

/// Of a plugin's texts, or a scenario's: those of anybody.
std::string text(const json& value) { return clean_text(value.get<std::string>()); }

void print(const json& b) {
  fmt::print("{} {}: {}\n  {}\n", text(b["name"]), text(b["version"]), text(b["summary"]),
             text(b["file"]));
  fmt::print("\noptions{}\n", b["options"].empty() ? ": none" : "");
  for (const auto& o : b["options"])
    fmt::print("  {}  {}\n      {}; default {}\n", text(o["name"]), text(o["doc"]),
               text(o["values"]), text(o["default"]));
  fmt::print("\noperations in {}\n", text(b["target"]));
  for (const auto& o : b["operations"])
    fmt::print("  {:12} {}\n", text(o["name"]),
               o["works"] ? text(o["doc"]) : "no: " + text(o["why_not"]));
  const auto has = [&](const char* flag) {
    return std::ranges::find(b["flags"], flag) != b["flags"].end();
  };
  fmt::print("\n  O_DIRECT: {}\n  open loop (rate): {}\n{}",
             b["direct"]["works"] ? "yes" : "no: " + text(b["direct"]["why_not"]),
             has("paced") ? "yes" : "no", has("synthetic") ? "  synthetic: does no I/O\n" : "");
  for (const auto& [key, value] : b["notes"].items())
    fmt::print("  {}: {}\n", clean_text(key), text(value));
}

int describe_scenario(const std::string& file, bool as_json) {
  Diagnostics mistakes;
  const auto scenario = load_scenario(file, mistakes);
  if (!scenario) return report_mistakes(mistakes);
  json phases = json::array();
  for (const auto& phase : scenario->phases) {
    std::string ops;
    for (const auto& share : phase.ops)
      ops += (ops.empty() ? "" : ", ") + std::string(operation(share.op).name);
    phases.push_back({{"name", phase.name}, {"operations", ops}});
  }
  json backends = json::array();
  for (const auto& backend : scenario->backends) backends.push_back(backend.label);
  if (as_json) {
    const json all = {{"name", scenario->name}, {"about", scenario->about},
                      {"file", file},           {"files", scenario->dataset.files},
                      {"phases", phases},       {"points", scenario->points.size()},
                      {"backends", backends},   {"repetitions", scenario->repetitions}};
    fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
    return kDone;
  }
  fmt::print("{}  {}\n\nphases\n", wrapped(scenario->name + ": " + clean_text(scenario->about)),
             clean_text(file));
  for (const auto& phase : phases)
    fmt::print("  {:16} {}\n", text(phase["name"]), text(phase["operations"]));
  fmt::print("\nbackends\n");
  for (const auto& backend : backends) fmt::print("  {}\n", text(backend));
  fmt::print("\n{}, {}\n", counted(scenario->points.size(), "point"),
             counted(scenario->repetitions, "repetition"));
  return kDone;
}

}  // namespace

int describe_command(const Arguments& arguments) {
  const Catalog catalog(arguments.backend_path);
  const auto& name = arguments.name;
  const bool yaml = name.ends_with(".yaml");
  const auto file = yaml ? std::nullopt : catalog.find_backend(name);
  if (!file) {
    if (const auto scenario = catalog.find_scenario(name))
      return describe_scenario(*scenario, arguments.json);
    if (const auto why = catalog.why_left_out(name))
      return report_mistakes({{{}, "", name + " is not in this build: " + *why}});
    std::vector<std::string> owned;
    for (const auto& found : catalog.backends()) owned.push_back(found.name);
    for (const auto& found : catalog.scenarios()) owned.push_back(found.name);
    return report_mistakes({{{},
                             "",
                             "no backend and no scenario is called \"" + name + "\"" +
                                 suggestion(name, {owned.begin(), owned.end()})}});
  }
  BackendDescription backend;
  try {
    backend = describe_backend(*file);
  } catch (const std::runtime_error& e) {
    return report_mistakes({{{}, "", e.what()}});
  }
  const auto description = describe(backend, arguments.target);
  if (arguments.json)
    fmt::print("{}\n", description.dump(2, ' ', false, json::error_handler_t::replace));
  else
    print(description);
  return kDone;
}

}  // namespace iodyno::host
