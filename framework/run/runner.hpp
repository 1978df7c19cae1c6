#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/results.hpp"
#include "run/output.hpp"
#include "run/progress.hpp"
#include "run/system.hpp"
#include "run/target.hpp"
#include "scenario/plan.hpp"

namespace iodyno::host {

struct RunSettings {
  bool in_process = false;  ///< trials in this process, for a debugger: one crash ends all
  bool keep = false;        ///< leave the datasets that stand at the end
  std::optional<std::uint64_t> memory_limit_bytes;  ///< of a worker; none: what the machine has
  std::uint64_t deadline_ns = 0;  ///< CLOCK_MONOTONIC: begin no block after it; 0: none
  /// A backend that does nothing, to measure what the host itself costs; without it that is not.
  std::optional<BackendDescription> null;
  std::map<std::string, std::string> context;  ///< facts of the run for the results
  /// What it is begun with, to be kept by the output, so that it can be gone on with.
  std::optional<Begun> begun = {};
  /// It goes on with a run that was interrupted: the trials of that one.
  std::optional<std::vector<Sample>> earlier = {};
  /// Judges the cases of a phase and point: to which fraction their ratios to the baseline are
  /// known; nothing where there are none. A scenario's `precision` needs it to stop by.
  std::function<std::optional<double>(const std::vector<const CaseResult*>&)> known_within = {};
};

struct RunResult {
  Results results;
  bool interrupted = false;
};

/// Runs all trials of a plan below the run's directory and gives each sample to the output as it
/// comes. Failures of a case are in its samples. Of an earlier run whole blocks are taken as they
/// are; what there is of another block is measured anew, so that what is paired is of one time.
/// Throws std::system_error when the directory or the output fails, CannotResume when the earlier
/// trials are not the plan's, Interrupted when a signal came before they were taken.
RunResult run_plan(Plan, RunDirectory&, const FileSystem&, Output&, Progress&, const RunSettings&);

}  // namespace iodyno::host
