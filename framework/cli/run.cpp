#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iodyno/posix.hpp>
#include <set>

#include "cli/commands.hpp"
#include "report/table.hpp"
#include "run/preflight.hpp"
#include "run/probes.hpp"
#include "run/progress.hpp"
#include "run/runner.hpp"
#include "run/signals.hpp"

namespace iodyno::host {
namespace {

Progress::Style progress_style(const Arguments& arguments) {
  if (arguments.quiet) return Progress::Style::quiet;
  return isatty(STDERR_FILENO) ? Progress::Style::terminal : Progress::Style::plain;
}

bool color() {
  const char* none = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(none && *none);
}

/// What there is to tell before anything is made. Returns a refusal, or nothing.
std::string announce(const std::vector<Prepared>& prepared, const Arguments& arguments,
                     const FileSystem& fs, Progress& progress) {
  progress.say(fmt::format("target: {} on {} ({}), {:.1f} GiB free", arguments.target, fs.type,
                           fs.source, double(fs.free_bytes) / (1 << 30)));
  for (const auto& warning : warnings_about(arguments.target, fs))
    progress.warn("warning: " + warning);
  for (const auto& [plan, hash] : prepared) {
    const auto cost = cost_of(plan);
    if (auto refusal = refuse_plan(cost, fs); !refusal.empty())
      return plan.scenario.name + ": " + refusal;
    progress.say(fmt::format("{}: {} trials of {} cases, about {}; seed {}", plan.scenario.name,
                             cost.trials, plan.runnable(),
                             format_duration(double(cost.estimate_ns)), plan.seed));
    if (plan.scenario.precision)
      progress.warn("warning: " + plan.scenario.name +
                    ": this version does not stop by `precision`; it runs " +
                    std::to_string(plan.scenario.repetitions) + " blocks");
  }
  return {};
}

/// What the end of a scenario says on stdout: the table, the files, the next command.
void print_results(const Results& results, const std::string& directory) {
  fmt::print("{}\n", results_table(results, color()));
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl"})
    fmt::print("{}\n", (std::filesystem::path(directory) / name).string());
  for (const auto& c : results.cases)
    if (c.backend != results.baseline) {
      fmt::print("compare.py filters {}/results.json backend:{}/ backend:{}/\n", directory,
                 results.baseline, c.backend);
      break;
    }
  std::fflush(stdout);
}

int exit_status(const std::vector<Results>& all) {
  bool ran = false, failed = false;
  for (const auto& results : all)
    for (const auto& c : results.cases) {
      const auto verdict = judge(c).verdict;
      ran |= verdict != Verdict::skipped;
      failed |= verdict == Verdict::failed || verdict == Verdict::invalid;
    }
  return failed ? kFailed : ran ? kDone : kEnvironment;
}

/// With --out each scenario has one directory: a second of the same name would replace its results.
void check_names(const std::vector<Prepared>& prepared, Diagnostics& out) {
  std::set<std::string> seen;
  for (const auto& [plan, hash] : prepared)
    if (!seen.insert(plan.scenario.name).second)
      out.push_back({{}, "", "--out: two scenarios are called " + quote(plan.scenario.name)});
}

class Run {
 public:
  Run(const Arguments& arguments, Progress& progress) : arguments_(arguments), progress_(progress) {
    if (arguments.time_limit_ns) deadline_ns_ = now() + *arguments.time_limit_ns;
  }

  int all(std::vector<Prepared> prepared, const FileSystem& fs) {
    RunDirectory directory(arguments_.target);
    std::vector<Results> done;
    bool interrupted = false;
    try {
      for (std::size_t i = 0; i < prepared.size() && !interrupted; ++i)
        interrupted = one(std::move(prepared[i]), prepared.size() - i, directory, fs, done);
    } catch (...) {
      clean_up(directory);
      throw;
    }
    clean_up(directory);
    interrupted |= caught_signal() != 0;
    if (interrupted) {
      progress_.warn("interrupted: what was measured is kept above, the results say so");
      return kSignal + caught_signal();
    }
    const int status = exit_status(done);
    if (status == kEnvironment) progress_.warn("nothing could run: the table says why");
    return status;
  }

 private:
  /// Returns true when a signal came.
  bool one(Prepared prepared, std::size_t left, RunDirectory& directory, const FileSystem& fs,
           std::vector<Results>& done) {
    RunSettings settings{.in_process = arguments_.in_process,
                         .keep = arguments_.keep,
                         .deadline_ns = deadline(prepared.plan, left)};
    settings.context = system_facts(arguments_.target, fs);
    settings.context.merge(probe_facts(directory.fd(), fs));
    settings.context["version"] = IODYNO_VERSION;
    settings.context["scenario_hash"] = prepared.text_hash;
    if (!prepared.plan.scenario.about.empty())
      settings.context["about"] = prepared.plan.scenario.about;
    std::string set;
    for (const auto& one : arguments_.prepare.overrides.set) set += (set.empty() ? "" : "; ") + one;
    if (!set.empty()) settings.context["set"] = set;
    if (!arguments_.prepare.filter.empty()) settings.context["filter"] = arguments_.prepare.filter;
    const auto warnings = warnings_about(arguments_.target, fs);
    for (std::size_t i = 0; i < warnings.size(); ++i)
      settings.context["warning." + std::to_string(i + 1)] = warnings[i];
    if (arguments_.in_process)
      settings.context["warning.in_process"] =
          "trials ran in one process: these figures are for debugging";
    Output output(arguments_.out, prepared.plan.scenario.name);
    auto result = run_plan(std::move(prepared.plan), directory, fs, output, progress_, settings);
    progress_.clear();
    print_results(result.results, output.finish(result.results, result.interrupted));
    done.push_back(std::move(result.results));
    return result.interrupted;
  }

  /// The nearer of the scenario's own limit and its share of what --time-limit leaves.
  std::uint64_t deadline(const Plan& plan, std::size_t left) const {
    const auto time = now();
    auto nearest = UINT64_MAX;
    if (plan.scenario.time_limit_ns) nearest = time + *plan.scenario.time_limit_ns;
    if (deadline_ns_ != 0)
      nearest = std::min(nearest, time + (std::max(deadline_ns_, time) - time) / left);
    return nearest == UINT64_MAX ? 0 : nearest;
  }

  void clean_up(RunDirectory& directory) {
    if (arguments_.keep) {
      progress_.warn("kept: " + directory.path());
      return;
    }
    directory.remove([&](std::uint64_t removed) {
      progress_.now("removing " + directory.path() + " " + std::to_string(removed), 0, 0);
    });
    progress_.clear();
  }

  const Arguments& arguments_;
  Progress& progress_;
  std::uint64_t deadline_ns_ = 0;
};

}  // namespace

int run_command(const Arguments& arguments) {
  Diagnostics mistakes;
  auto prepared = prepare(Catalog(arguments.backend_path), arguments.prepare, mistakes);
  if (!arguments.out.empty()) check_names(prepared, mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  const auto refuse = [](const std::string& reason) {
    std::fprintf(stderr, "iodyno: error: %s\n", reason.c_str());
    return int(kEnvironment);
  };
  if (const auto refusal = refuse_target(arguments.target); !refusal.empty())
    return refuse(refusal);
  Progress progress(progress_style(arguments));
  const auto fs = look_at_file_system(arguments.target);
  if (const auto refusal = announce(prepared, arguments, fs, progress); !refusal.empty())
    return refuse(refusal);
  return Run(arguments, progress).all(std::move(prepared), fs);
}

}  // namespace iodyno::host
