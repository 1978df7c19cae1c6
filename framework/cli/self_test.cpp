#include "report/self_test.hpp"

#include <fmt/core.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/surroundings.hpp"
#include "report/precision.hpp"
#include "run/environment.hpp"
#include "run/preflight.hpp"
#include "run/progress.hpp"
#include "run/runner.hpp"
#include "run/signals.hpp"

namespace iodyno::host {
namespace {

/// Smaller than in `compare`: the smallest slowdown that is planted should be called one.
constexpr double kThreshold = 0.01;
constexpr int kBlocks = 20, kQuickBlocks = 10;
/// For a device that takes its time to become idle: then there are fewer blocks.
constexpr int kSeconds = 75, kQuickSeconds = 40;

const std::string kBaseline = "same";
const std::map<std::string, int> kPercents = {
    {"same-2", 0}, {"same-3", 0}, {"slower-2", 2}, {"slower-5", 5}, {"slower-10", 10}};

/// A few milliseconds a trial, so that there are many of them.
std::string scenario_text(bool quick) {
  std::string text = R"(
scenario: self-test
about: The same backend under several labels, and known slowdowns of it.
dataset: {files: 2000, size: 16 KiB}
phases:
  - {name: read, op: read}
  - {name: blocks, op: read_block, block: 4 KiB, count: 40000}
  - {name: create, op: create}
)";
  text += fmt::format("repetitions: {}\ntime_limit: {} s\nbackends:\n",
                      quick ? kQuickBlocks : kBlocks, quick ? kQuickSeconds : kSeconds);
  text += fmt::format("  - {{handicap: {{percent: 0}}, as: {}}}\n", kBaseline);
  for (const auto& [label, percent] : kPercents)
    text += fmt::format("  - {{handicap: {{percent: {}}}, as: {}}}\n", percent, label);
  return text;
}

/// A directory for the results where nobody asks for them, gone at the end.
class Scratch {
 public:
  /// Not `iodyno-…`: a run whose target is the same directory would take it for one of ours without
  /// its mark, and refuse to begin.
  Scratch() : path_((std::filesystem::temp_directory_path() / "self-test-of-iodyno.").string()) {
    path_ += std::string(6, 'X');  // for mkdtemp(3) to fill in
    if (!mkdtemp(path_.data()))
      throw std::system_error(errno, std::generic_category(), "making " + path_);
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs the plan as any other one is run. Returns the directory of the results, or nothing after a
/// signal.
std::optional<std::string> measure(Prepared prepared, const Arguments& arguments,
                                   const FileSystem& fs, const std::string& out,
                                   const Catalog& catalog, Progress& progress) {
  const auto null = find_null(catalog);
  RunSettings settings{.deadline_ns = now() + *prepared.plan.scenario.time_limit_ns,
                       .null = null.description,
                       .context = system_facts(arguments.target, fs)};
  if (!null.description) settings.context["host_overhead"] = null.missing;
  settings.context["version"] = IODYNO_VERSION;
  settings.context["scenario_hash"] = prepared.text_hash;
  RunDirectory directory(arguments.target);
  const auto clean_up = [&] {
    directory.remove([&](std::uint64_t, std::uint64_t) { progress.now("removing files"); });
    progress.clear();
  };
  try {
    Output output(out, prepared.plan.scenario.name);
    const auto done = run_plan(std::move(prepared.plan), directory, fs, output, progress, settings);
    const auto where = output.finish(done.results, done.interrupted);
    clean_up();
    if (const auto lacks = host_overhead_warning(done.results.context); !lacks.empty())
      progress.warn("warning: " + lacks);
    if (done.interrupted || caught_signal() != 0) return {};
    return where;
  } catch (...) {
    clean_up();
    throw;
  }
}

std::string to_json(const SelfTest& test) {
  using json = nlohmann::ordered_json;
  json planted = json::array(), within = json::object();
  for (const auto& one : test.planted)
    planted.push_back({{"percent", one.percent}, {"found", one.found}, {"missed", one.missed}});
  for (const auto& [phase, part] : test.known_within) within[phase] = part;
  json smallest;
  if (const auto found = test.smallest_found()) smallest = *found;
  const json all = {{"passed", test.passed()},
                    {"blocks", test.blocks},
                    {"phases", test.phases},
                    {"threshold", kThreshold},
                    {"equals", test.equals},
                    {"called_different", test.called_different},
                    {"alarmed_phases", test.alarmed},
                    {"planted", planted},
                    {"smallest_found_percent", smallest},
                    {"known_within", within},
                    {"degraded", test.doubted},
                    {"not_compared", test.not_compared},
                    {"false_alarm", test.false_alarm()}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

int self_test_command(const Arguments& arguments) {
  const Catalog catalog(arguments.backend_path);
  Diagnostics mistakes;
  auto prepared = prepare_text(catalog, scenario_text(arguments.prepare.quick), "self-test",
                               {.seed = arguments.prepare.seed}, mistakes);
  if (!prepared) return report_mistakes(mistakes);
  const auto refuse = [](const std::string& reason) {
    fmt::print(stderr, "iodyno: error: {}\n", reason);
    return int(kEnvironment);
  };
  if (auto refusal = refuse_target(arguments.target); !refusal.empty()) return refuse(refusal);
  const auto fs = look_at_file_system(arguments.target);
  if (auto refusal = refuse_plan(cost_of(prepared->plan), fs); !refusal.empty())
    return refuse(refusal);
  Progress progress(progress_style(arguments));
  progress.say(fmt::format("self-test: {} trials on {} in {}, a minute or less; seed {}",
                           cost_of(prepared->plan).trials, fs.type, arguments.target,
                           prepared->plan.seed));
  std::optional<Scratch> scratch;
  if (arguments.out.empty()) scratch.emplace();
  const auto where = measure(std::move(*prepared), arguments, fs,
                             scratch ? scratch->path() : arguments.out, catalog, progress);
  if (!where) return kSignal + caught_signal();
  const auto test =
      judge_self_test(compare_backends(read_results(*where), kBaseline, kThreshold), kPercents);
  fmt::print("{}", arguments.json ? to_json(test) : to_text(test));
  return test.passed() ? kDone : kFailed;
}

}  // namespace iodyno::host
