#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenario/backend_description.hpp"
#include "scenario/files.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// Scenario × phase × point × backend: one line of a result. A lifecycle case has several steps,
/// any other one.
struct Case {
  std::string name;
  std::string phase;  ///< its name, or "lifecycle"
  std::vector<Phase> steps;
  Dataset dataset;
  std::vector<std::pair<std::string, std::string>> point;
  std::size_t backend = 0;  ///< index in Plan::backends
  std::uint32_t family = 0, instance = 0;
  std::string skipped;       ///< why it will not run; empty when it will
  std::uint64_t cap_ns = 0;  ///< begin no batch after so long; 0: no cap

  bool lifecycle() const { return phase == "lifecycle"; }
};

/// The cases of one phase and point: what a block has one trial of each of.
struct Group {
  std::vector<std::size_t> cases;  ///< indices in Plan::cases, of those that run
};

struct PlannedBackend {
  BackendChoice choice;
  BackendDescription description;
  std::vector<OptionValue> options;
};

/// All that a run of one scenario will do, before anything is done.
struct Plan {
  Scenario scenario;
  std::vector<PlannedBackend> backends;
  std::vector<Case> cases;
  std::vector<Group> groups;         ///< in the order in which they run
  std::shared_ptr<const Tree> tree;  ///< what `dataset.from` found
  std::uint64_t seed = 0;
  bool quick = false;

  std::size_t runnable() const;
};

struct PlanSettings {
  std::uint64_t seed = 0;
  bool quick = false;
  std::string filter;  ///< a regular expression that is searched for in case names; empty: all
};

/// Makes the plan. A case that its backend can't do, by its descriptor, is there with the reason.
/// Throws std::regex_error for a filter that is none.
Plan make_plan(Scenario, std::vector<PlannedBackend>, std::shared_ptr<const Tree>,
               const PlanSettings&);

/// The order of a group's cases in a block: random and seeded, and balanced, so that in each run of
/// as many blocks as there are cases every case stands once at every position.
std::vector<std::size_t> block_order(const Plan&, std::size_t group, std::uint64_t block);

/// About what a worker takes before it does anything.
constexpr std::uint64_t kWorkerItselfBytes = 10 << 20;

/// What a plan will cost. Times are a guess from typical figures, good to a factor of a few.
struct Cost {
  std::uint64_t trials = 0, requests = 0, files_made = 0, bytes_written = 0;
  std::uint64_t peak_bytes = 0, peak_inodes = 0;  ///< on the target at one time
  std::uint64_t worker_memory_bytes = 0;          ///< beside what its backend takes
  std::uint64_t estimate_ns = 0;
};
Cost cost_of(const Plan&);
/// Of one trial of a case: what its time limit is made from.
std::uint64_t trial_estimate_ns(const Plan&, const Case&);

/// True if the trial leaves the dataset fit for the next one.
bool keeps_dataset(const Case&);
/// True if it keeps its dataset, but with other bytes in it than the host's.
bool writes_in_place(const Case&);
/// True if no file of the dataset must be there before the trial.
bool needs_no_files(const Case&);

}  // namespace iodyno::host
