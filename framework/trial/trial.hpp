#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "report/sample.hpp"
#include "scenario/backend_description.hpp"
#include "scenario/files.hpp"

namespace iodyno::host {

/// All that a trial needs to know: the value that crosses from the parent to the worker.
struct TrialSpec {
  std::string plugin_file;
  std::vector<OptionValue> options;
  std::vector<Phase> steps;  ///< one, or the steps of a lifecycle
  bool lifecycle = false;
  Dataset dataset;
  std::shared_ptr<const Tree> tree;
  std::string directory, second_directory;  ///< below the run's directory; they exist
  std::uint64_t seed = 0;
  std::uint64_t version = 1;  ///< of the bytes to be written (content.hpp)
  std::uint64_t cap_ns = 0;
  std::string kept;
  bool check_layout = true;                ///< the dataset is new
  std::optional<double> extents_per_file;  ///< of one that is not: as found then
  bool verify = true;                      ///< compare what was read and written, off the clock
  double cpu_probe_ns = 0;                 ///< the fastest of late (calm.hpp); 0: unknown
  std::optional<std::uint64_t> memory_limit_bytes;  ///< see limit_memory()
  std::string device_stat;  ///< of the target's device, as /sys/block/DEVICE/stat; or nothing
};

/// What of a backend works in a directory.
struct Probe {
  std::uint64_t ops = 0;
  std::map<std::uint32_t, std::string> unsupported;  ///< why not, by operation
  std::map<std::string, std::string> notes;
};

/// The first operation of a phase that is not among those that work here, and why; or nothing.
std::string missing_operation(const Phase&, std::uint64_t ops,
                              const std::map<std::uint32_t, std::string>& unsupported);

/// Told as each step of a trial begins, so that a crash can be said to have happened in one.
using Stage = std::function<void(const std::string&)>;

/// Runs one trial in this process: load, open, rehearse, make the state, wait for a calm CPU,
/// clock, drain, verify, close. What goes wrong with the backend or its requests is in the sample;
/// std::system_error is for what goes wrong with us.
Sample run_trial(const TrialSpec&, int run_directory, const Stage&);

/// Opens a session as the trial's first step would, and asks what works. Throws BackendError.
Probe run_probe(const TrialSpec&, int directory);

}  // namespace iodyno::host
