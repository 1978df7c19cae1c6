#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iodyno/posix.hpp>
#include <set>
#include <thread>
#include <utility>

#include "cli/against.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "cli/resume.hpp"
#include "cli/scaffold.hpp"
#include "cli/surroundings.hpp"
#include "cli/terminal.hpp"
#include "report/format.hpp"
#include "report/gbench.hpp"
#include "report/reader.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "run/environment.hpp"
#include "run/preflight.hpp"
#include "run/probes.hpp"
#include "run/progress.hpp"
#include "run/replaceable.hpp"
#include "run/runner.hpp"
#include "run/signals.hpp"
#include "scenario/units.hpp"
#include "trial/failure.hpp"
#include "trial/sanitizer.hpp"

namespace iodyno::host {
namespace {

/// The machine as a run finds it, before it has made anything.
struct Found {
  FileSystem fs;
  MachineState state;
  double others_cpus = 0;
  std::vector<std::string> warnings;  ///< about the target
};

/// `since`: of some time ago, so that what others do shows.
Found look_around(const std::string& target, const MachineState& since) {
  constexpr std::uint64_t kLookNs = 100'000'000;
  const auto waited = now() - since.when_ns;
  if (waited < kLookNs) std::this_thread::sleep_for(std::chrono::nanoseconds(kLookNs - waited));
  Found found{look_at_file_system(target), look_at_machine(target), 0, {}};
  found.others_cpus = others_cpus(since, found.state);
  found.warnings = warnings_about(target, found.fs);
  return found;
}

/// What a user should know before the figures of a plan are measured.
std::vector<std::string> warnings_of(const Plan& plan, const Found& found) {
#ifdef NDEBUG
  constexpr bool kDebug = false;
#else
  constexpr bool kDebug = true;
#endif
  auto warnings = found.warnings;
  const auto more =
      warnings_before({.governor = cpu_governor(),
                       .debug_build = kDebug,
                       .sanitized = is_sanitized(),
                       .others_cpus = found.others_cpus,
                       .dataset_bytes = Files(plan.scenario.dataset, plan.tree).total_bytes(),
                       .memory_available_bytes = found.state.memory_available_bytes,
                       .free_bytes = found.fs.free_bytes,
                       .total_bytes = found.fs.total_bytes,
                       .in_memory = found.fs.in_memory});
  warnings.insert(warnings.end(), more.begin(), more.end());
  return warnings;
}

/// Some file systems give the room of deleted files back only when they are synced (btrfs).
FileSystem look_when_synced(const std::string& target) {
  check(syncfs(open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY)), target.c_str());
  return look_at_file_system(target);
}

/// What there is to tell before anything is made. Returns a refusal, or nothing.
std::string announce(const std::vector<Prepared>& prepared, const Arguments& arguments,
                     const Found& found, Progress& progress) {
  progress.say(fmt::format("target: {} on {} ({}), {} free", arguments.target, found.fs.type,
                           found.fs.source, format_rough_bytes(found.fs.free_bytes)));
  std::set<std::string> said;
  for (const auto& one : prepared) {
    const auto& plan = one.plan;
    for (const auto& warning : warnings_of(plan, found))
      if (said.insert(warning).second) progress.warn("warning: " + warning);
    const auto cost = cost_of(plan);
    auto refusal = refuse_plan(cost, found.fs);
    if (!refusal.empty()) refusal = refuse_plan(cost, look_when_synced(arguments.target));
    if (!refusal.empty()) return plan.scenario.name + ": " + refusal;
    progress.say(fmt::format("{}: {} of {}, about {}; seed {}", plan.scenario.name,
                             counted(cost.trials, "trial"), counted(plan.runnable(), "case"),
                             format_duration(double(cost.estimate_ns)), plan.seed));
    if (plan.scenario.precision)
      progress.say(fmt::format(
          "{}: goes on until each ratio to {} is known to {:.3g} %, for 10 × as long at most",
          plan.scenario.name, plan.scenario.baseline, *plan.scenario.precision * 100));
  }
  return {};
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
  for (const auto& one : prepared)
    if (const auto& name = one.plan.scenario.name; !seen.insert(name).second)
      out.push_back({{}, "", "--out: two scenarios are called " + quote(name)});
}

/// Of all scenarios before the first: the last one's results are not to fail after a night.
std::string refuse_outputs(const std::vector<Prepared>& prepared, const std::string& out,
                           const std::optional<Earlier>& earlier) {
  if (earlier) return refuse_to_replace_in(earlier->place);
  for (const auto& one : prepared)
    if (const auto why = refuse_output(out, one.plan.scenario.name); !why.empty()) return why;
  return {};
}

/// With --out a scenario has one place, and its results of another time are in it.
void tell_what_will_be_replaced(const std::vector<Prepared>& prepared, const std::string& out,
                                Progress& progress) {
  for (const auto& one : prepared) {
    const auto place = std::filesystem::path(out) / one.plan.scenario.name;
    std::error_code ignored;
    if (std::filesystem::exists(place / "results.json", ignored))
      progress.say(one.plan.scenario.name + ": once all is measured it replaces the results in " +
                   clean_text(place.string()));
  }
}

class Run {
 public:
  Run(const Arguments& arguments, Progress& progress, Found found, NullBackend null,
      const std::optional<Earlier>& earlier)
      : arguments_(arguments),
        progress_(progress),
        found_(std::move(found)),
        null_(std::move(null)),
        earlier_(earlier) {
    if (arguments.time_limit_ns) deadline_ns_ = now() + *arguments.time_limit_ns;
  }

  int all(std::vector<Prepared> prepared) {
    RunDirectory directory(arguments_.target);
    std::vector<Results> done;
    bool interrupted = false;
    try {
      for (std::size_t i = 0; i < prepared.size() && !interrupted; ++i)
        interrupted = one(std::move(prepared[i]), prepared.size() - i, directory, done);
    } catch (...) {
      clean_up(directory);
      throw;
    }
    clean_up(directory);
    if (interrupted)
      progress_.warn("interrupted: what was measured is kept above, the results say so");
    else if (caught_signal() != 0)
      progress_.warn("interrupted: all had been measured");
    if (caught_signal() != 0) return kSignal + caught_signal();
    const int status = exit_status(done);
    if (status == kEnvironment) progress_.warn("nothing could run: the table says why");
    if (status == kDone && left_behind_) return kEnvironment;
    if (status == kDone && lost_) return kFailed;
    return status == kDone && slower_ ? kSlower : status;
  }

 private:
  /// Returns true when a signal came.
  bool one(Prepared prepared, std::size_t left, RunDirectory& directory,
           std::vector<Results>& done) {
    auto output =
        earlier_ ? Output(*earlier_) : Output(arguments_.out, prepared.plan.scenario.name);
    try {
      return measure(std::move(prepared), left, directory, output, done);
    } catch (...) {
      tell_what_is_kept(output);
      throw;
    }
  }

  void tell_what_is_kept(const Output& output) {
    const auto kept = output.kept();
    if (kept.empty()) return;
    progress_.warn("finished trials are kept in " + kept);
    if (output.is_remembered())
      progress_.warn("go on with: iodyno run --resume " + shell_word(kept));
  }

  bool measure(Prepared prepared, std::size_t left, RunDirectory& directory, Output& output,
               std::vector<Results>& done) {
    const auto before = look_at_machine(arguments_.target);
    auto warnings = warnings_of(prepared.plan, found_);
    RunSettings settings{
        .in_process = arguments_.in_process,
        .keep = arguments_.keep,
        .memory_limit_bytes = arguments_.prepare.memory_limit_bytes,
        .deadline_ns = deadline(prepared.plan, left),
        .null = null_.description,
        .context = context_of(prepared, directory),
        .begun = begun_of(prepared),
        .known_within = [baseline = prepared.plan.scenario.baseline,
                         pairs = prepared.against](const std::vector<const CaseResult*>& cases) {
          return known_within(cases, baseline, pairs);
        }};
    if (!null_.description) settings.context["host_overhead"] = null_.missing;
    if (earlier_) settings.earlier = earlier_->samples;
    const auto against = prepared.against;
    auto result =
        run_plan(std::move(prepared.plan), directory, found_.fs, output, progress_, settings);
    progress_.clear();
    const auto after = look_at_machine(arguments_.target);
    auto& context = result.results.context;
    auto suffered = warnings_after(before, after);
    if (const auto lacks = host_overhead_warning(context); !lacks.empty())
      suffered.push_back(lacks);
    for (const auto& warning : suffered) {
      progress_.warn("warning: " + warning);
      warnings.push_back(warning);
    }
    context.merge(state_facts("before", before));
    context.merge(state_facts("after", after));
    context.merge(change_facts(before, after));
    for (std::size_t i = 0; i < warnings.size(); ++i)
      context["warning." + std::to_string(i + 1)] = warnings[i];
    const auto where = output.finish(result.results, result.interrupted);
    print_outcome(where);
    progress_.say(time_spent_text(result.results));
    if (result.interrupted && settings.begun)
      progress_.warn("go on with: iodyno run --resume " + shell_word(where));
    done.push_back(std::move(result.results));
    if (!result.interrupted) compare(where, against);
    return result.interrupted;
  }

  /// Nothing where it can't be kept.
  std::optional<Begun> begun_of(const Prepared& prepared) {
    if (earlier_) {
      auto begun = earlier_->begun;
      begun.continues.push_back(std::exchange(begun.id, random_id()));
      return begun;
    }
    auto begun = begun_with(arguments_, prepared, found_.fs);
    try {
      begun_text(begun);
      return begun;
    } catch (const std::runtime_error& e) {
      progress_.warn(std::string("warning: --resume will not work: ") + e.what());
      return {};
    }
  }

  /// What is saved is not lost for a comparison that can't be made.
  void compare(const std::string& where, const std::vector<OlderPair>& against) try {
    const auto [slower, lost] = compare_with_older(where, against);
    slower_ |= slower;
    lost_ |= lost;
  } catch (const UnreadableResults& e) {
    progress_.warn(std::string("not compared: ") + e.what());
    lost_ = true;
  }

  std::map<std::string, std::string> context_of(const Prepared& prepared,
                                                const RunDirectory& directory) const {
    auto context = system_facts(arguments_.target, found_.fs);
    context.merge(probe_facts(directory.fd(), found_.fs));
    context["version"] = IODYNO_VERSION;
    context["scenario_hash"] = prepared.text_hash;
    const auto add = [&](const char* key, const std::string& value) {
      if (!value.empty()) context[key] = value;
    };
    std::string set;
    for (const auto& one : arguments_.prepare.overrides.set) set += (set.empty() ? "" : "; ") + one;
    add("about", prepared.plan.scenario.about);
    add("set", set);
    add("filter", arguments_.prepare.filter);
    add("against", arguments_.prepare.against);
    if (const auto limit = arguments_.prepare.memory_limit_bytes)
      add("memory_limit", format_size(*limit));
    if (arguments_.in_process)
      add("warning.in_process", "trials ran in one process: these figures are for debugging");
    return context;
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

  /// What can't be removed does not hide how the run ended.
  void clean_up(RunDirectory& directory) try {
    if (arguments_.keep) {
      directory.restore_mark();
      progress_.warn("kept: " + directory.path());
      return;
    }
    directory.remove([&](std::uint64_t removed, std::uint64_t) {
      if (progress_.is_due()) progress_.now("removing files " + std::to_string(removed));
    });
    progress_.clear();
  } catch (const std::system_error& e) {
    left_behind_ = true;
    progress_.warn("error: " + directory.path() +
                   " could not be removed: " + clean_text(failure_text(e)) + "; `iodyno clean " +
                   arguments_.target + "` does it once that works");
  }

  const Arguments& arguments_;
  Progress& progress_;
  const Found found_;
  const NullBackend null_;
  const std::optional<Earlier>& earlier_;
  std::uint64_t deadline_ns_ = 0;
  bool slower_ = false;       ///< than the older plugin
  bool left_behind_ = false;  ///< files of ours
  bool lost_ = false;         ///< a figure that the older plugin has, or all of the comparison
};

}  // namespace

int run_command(const Arguments& command_line) {
  Diagnostics mistakes;
  std::optional<Earlier> earlier;
  auto arguments = command_line;
  if (!command_line.resume.empty()) {
    auto opened = open_earlier(command_line.resume);
    if (const int* status = std::get_if<int>(&opened)) return *status;
    earlier = std::move(std::get<Earlier>(opened));
    arguments = as_begun(command_line, earlier->begun, mistakes);
  }
  const auto at_start = look_at_machine(arguments.target);
  const Catalog catalog(arguments.backend_path);
  auto prepared = earlier ? prepare_again(catalog, arguments, command_line.prepare.scenarios,
                                          earlier->begun, mistakes)
                          : prepare(catalog, arguments.prepare, mistakes);
  if (!arguments.out.empty()) check_names(prepared, mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  const auto refuse = [](const std::string& reason) {
    std::fprintf(stderr, "iodyno: error: %s\n", reason.c_str());
    return int(kEnvironment);
  };
  if (const auto refusal = refuse_target(arguments.target); !refusal.empty())
    return refuse(refusal);
  if (const auto refusal = refuse_outputs(prepared, arguments.out, earlier); !refusal.empty())
    return refuse(refusal);
  Progress progress(progress_style(arguments));
  auto found = look_around(arguments.target, at_start);
  if (earlier)
    tell_changes(*earlier, lasting_facts(prepared.at(0), arguments.target, found.fs), mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  if (earlier && earlier->is_cut)
    progress.warn("the last line of samples.jsonl is not whole, and is left out");
  if (const auto refusal = announce(prepared, arguments, found, progress); !refusal.empty())
    return refuse(refusal);
  if (!earlier && !arguments.out.empty())
    tell_what_will_be_replaced(prepared, arguments.out, progress);
  try {
    return Run(arguments, progress, std::move(found), find_null(catalog), earlier)
        .all(std::move(prepared));
  } catch (const CannotResume& error) {
    return mistake(error.what());
  }
}

}  // namespace iodyno::host
