#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/histogram.hpp"

namespace iodyno::host {

/// What one trial gave: the value that crosses from the worker to the parent and, as one line of
/// samples.jsonl, from a run to all that is made of it later. Times are nanoseconds of
/// CLOCK_MONOTONIC, summed over the trial's batches unless said otherwise.
struct Sample {
  // Which trial: filled by the parent.
  std::string name;         ///< of the case, as in results.json
  std::uint32_t block = 0;  ///< pairs the trials of the backends of a point
  std::uint32_t order = 0;  ///< position within the block
  double started_s = 0;     ///< since the run began

  // What was measured: filled by the worker.
  std::uint64_t requests = 0;
  /// Of a lifecycle, which is one request: those of its steps.
  std::optional<double> step_requests;
  std::uint64_t bytes = 0;  ///< read, written or copied
  /// Inside run(), of an open loop from the beginning of its schedule to the end of the last run();
  /// and inside the final sync with `durability: end`.
  std::uint64_t wall_ns = 0;
  std::uint64_t cpu_ns = 0;  ///< of the whole worker process inside run() and that sync
  std::uint64_t user_cpu_ns = 0;
  std::uint64_t sys_cpu_ns = 0;
  std::uint64_t iou_wrk_cpu_ns = 0;  ///< of it, the kernel's io_uring workers
  std::uint64_t iou_sqp_cpu_ns = 0;  ///< of it, the kernel's pollers of submission queues
  std::uint64_t minor_faults = 0, major_faults = 0;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
  /// From the first batch until all was drained: CPU time of the whole machine, in ticks, and that
  /// which the hypervisor gave to others. Until the clock stopped: in which a quota kept this
  /// control group from running.
  std::uint64_t system_cpu_ns = 0, steal_ns = 0, throttled_ns = 0;
  /// CPU time of others while the clock ran; none where the kernel's own threads had a part in the
  /// work, who can't be told from them.
  std::optional<double> others_cpu_ns;
  std::uint64_t setup_ns = 0;     ///< load, open, open_files
  std::uint64_t teardown_ns = 0;  ///< close
  std::uint64_t host_ns = 0;      ///< the host's own work between the batches, outside wall_ns
  std::uint64_t drain_ns = 0;     ///< from the last completion until its data was on the device
  std::uint64_t settle_ns = 0;    ///< from the sync before the clock until the device was idle
  std::uint64_t calm_ns = 0;      ///< in which a calm CPU was waited for, just before the clock
  std::uint64_t max_rss_bytes = 0;
  /// Of the whole system, before the clock and after the drain: others' in the main.
  std::uint64_t system_unwritten_bytes = 0, system_unwritten_after_bytes = 0;
  /// Of 1000 steps of a loop of registers, at its fastest just before the clock; and how many times
  /// as long its last probe took as the fastest of late in the run.
  std::optional<double> cpu_probe_ns, cpu_slowdown;
  std::optional<double> device_read_bytes;  ///< that came from a device while the clock ran
  /// How requests came about, by what the backend says of each (backend.h, iodyno_completion.how).
  std::uint64_t shared = 0, fallback = 0, cached = 0, punted = 0;
  std::optional<double> residency;  ///< fraction of the dataset in the page cache before the clock
  std::optional<double> achieved_depth;    ///< sum of latencies over wall time; none when untimed
  std::optional<double> extents_per_file;  ///< of the dataset, where the file system tells
  std::optional<double> rate_per_second;   ///< of an open loop: what was scheduled
  /// Empty when untimed. From when a request began; in an open loop, from when it was due.
  Histogram latency;
  Histogram service;                       ///< of an open loop: from when a request began
  std::map<std::string, double> spent_ns;  ///< the worker's time, by stage
  std::map<std::string, double>
      counters;  ///< what the backend counted; `<phase>_ns` of a lifecycle
  std::map<std::string, std::string> notes;  ///< what the backend stated
  std::string kept;                          ///< what the backend's calibration found

  // How far it can be trusted.
  std::string error;                  ///< why it failed; empty when it did not
  std::vector<std::string> degraded;  ///< reasons to read the figures with care
  std::vector<std::string> invalid;   ///< reasons not to believe them

  bool usable() const { return error.empty() && invalid.empty(); }
  /// Copies that moved no bytes: a figure in bytes per second would be of nothing.
  bool shares_all() const { return requests != 0 && double(shared) == all_requests(); }
  double all_requests() const { return step_requests.value_or(double(requests)); }
  double real_time_ns() const { return per_request(wall_ns); }
  double cpu_time_ns() const { return per_request(cpu_ns); }

 private:
  double per_request(std::uint64_t total) const {
    return requests == 0 ? 0 : double(total) / double(requests);
  }
};

/// One line of JSON without the newline, and back. Strings that are not UTF-8 are cleaned.
std::string to_json_line(const Sample&);
/// Throws std::runtime_error that says what is wrong with the line.
Sample sample_from_json(std::string_view line);

}  // namespace iodyno::host
