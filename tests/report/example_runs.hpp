#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "report/reader.hpp"
#include "report/text.hpp"

namespace iodyno::host::example {

/// Runs as a reader gives them, made up: who is faster is known.

/// A case of ten trials of 1000 requests that take so long, give or take some thousandths, six
/// tenths of it in the kernel, a tenth in user mode.
inline ReadCase run_case(const std::string& phase, const std::string& backend, double ns,
                         const SweptPoint& point = {}, std::uint32_t blocks = 10) {
  ReadCase made;
  made.scenario = "made";
  made.phase = phase;
  made.backend = backend;
  made.point = point;
  made.label = "ok";
  made.name = "made/" + phase + "/backend:" + backend;
  for (const auto& [key, value] : point) made.name += "/" + key + ":" + value;
  made.name += "/real_time";
  std::uint32_t salt = 0;
  for (const char c : made.name) salt = (salt * 31 + static_cast<unsigned char>(c)) % 97;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    Repetition trial;
    trial.block = block;
    trial.real_time_ns = ns * (1 + 0.001 * double((block * 7 + salt * (block + 1)) % 11));
    trial.cpu_time_ns = 0.7 * trial.real_time_ns;
    trial.iterations = 1000;
    trial.counters = {{"user_cpu_ns", 0.1 * trial.real_time_ns},
                      {"sys_cpu_ns", 0.6 * trial.real_time_ns},
                      {"iou_wrk_cpu_ns", 0},
                      {"iou_sqp_cpu_ns", 0},
                      {"items_per_second", 1e9 / trial.real_time_ns},
                      {"setup_ns", 50'000},
                      {"drain_ns", 0},
                      {"shared", 0},
                      {"cached", 0},
                      {"punted", 0},
                      {"fallback", 0}};
    made.repetitions.push_back(std::move(trial));
  }
  return made;
}

inline ReadCase run_case_without_figures(const std::string& phase, const std::string& backend,
                                         const std::string& missing, const SweptPoint& point = {}) {
  ReadCase made = run_case(phase, backend, 1000, point);
  made.label.clear();
  made.missing = missing;
  made.repetitions.clear();
  return made;
}

inline void set_counter(ReadCase& one, const std::string& counter, double value) {
  for (Repetition& trial : one.repetitions) trial.counters[counter] = value;
}

inline ReadResults run_of(std::vector<ReadCase> cases) {
  ReadResults results;
  results.cases = std::move(cases);
  results.context = {{"date", "2026-01-02T03:04:05+00:00"},
                     {"iodyno.baseline", "posix"},
                     {"iodyno.file_system", "ext4"},
                     {"iodyno.device", "vda"},
                     {"iodyno.kernel", "6.18"},
                     {"iodyno.cpu_model", "A Processor"},
                     {"iodyno.cpus", "2"},
                     {"iodyno.virtualization", "no"},
                     {"iodyno.dataset.files", "1000"},
                     {"iodyno.dataset.bytes", "100000"}};
  for (const ReadCase& one : results.cases) {
    const std::string prefix = "iodyno.phase." + one.phase + ".";
    results.context.insert({prefix + "op", one.phase});
    results.context.insert({prefix + "depth", "1"});
    results.context.insert({prefix + "cache", "warm"});
    results.context.insert({prefix + "metadata", "warm"});
    results.context.insert({prefix + "durability", "none"});
    results.context.insert({prefix + "direct", "false"});
  }
  return results;
}

}  // namespace iodyno::host::example
