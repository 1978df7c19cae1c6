#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/sample.hpp"

namespace iodyno::host {

/// A case and what its trials gave.
struct CaseResult {
  std::string name;  ///< `<scenario>/<phase>/backend:<label>[/<key>:<value>…]/real_time`
  std::string phase;
  std::string backend;                                     ///< the label
  std::vector<std::pair<std::string, std::string>> point;  ///< the sweep's keys and their values
  std::uint32_t family = 0;                                ///< number of the phase in the scenario
  std::uint32_t instance = 0;  ///< number of the backend and point within the phase
  std::uint32_t depth = 1;
  bool counts_bytes = false;  ///< bytes are the measure: bytes_per_second is written
  bool synthetic = false;
  /// What the host's own part of a request costs, inside real_time: that of a backend which does
  /// nothing, in this run. None when it was not measured. A smaller difference is none.
  std::optional<double> host_overhead_ns;
  std::string skipped;          ///< why no trial was run; empty when some were
  std::vector<Sample> samples;  ///< in the order of the blocks
};

/// All of a scenario's run.
struct Results {
  std::string scenario;
  std::string baseline;           ///< a backend's label
  std::uint32_t repetitions = 0;  ///< 0: not the same for all
  std::vector<CaseResult> cases;
  std::map<std::string, double> spent_s;       ///< where the run's time went, by what was done
  std::map<std::string, std::string> context;  ///< keys without the prefix `iodyno.`
};

enum class Verdict { ok, degraded, invalid, failed, skipped };

/// How far a case can be trusted, and why not further.
struct Validity {
  Verdict verdict = Verdict::ok;
  std::string reason;  ///< empty when ok
};

/// Judges a case: skipped without trials; failed when a trial has an error or made no request;
/// invalid when a trial is; degraded when a trial is, when the coefficient of variation of
/// real_time is above 10 %, fewer than three repetitions stand behind it, its time is no more than
/// what the host costs, it did not keep up with its rate, or the machine was not its own meanwhile:
/// steal above 5 % of the CPU time, throttling above 1 % of the time, more than 0.2 CPUs for
/// others, a CPU more than 10 % slower than at its best.
Validity judge(const CaseResult&);

std::string_view to_text(Verdict);
/// "ok", or "degraded: cv 14 %".
std::string to_text(const Validity&);
/// What stands in the label of a case's rows: to_text(), with "synthetic" where no I/O was done,
/// and with how requests came about where that is not as it was asked for: "ok, shared".
std::string label_of(const CaseResult&, const Validity&);

/// What a counter's figure refers to.
enum class Basis {
  request,      ///< one request (a mean, or a percentile of all of them), like real_time
  second,       ///< a second of wall time
  trial_total,  ///< all of the trial: add, don't multiply
  trial_once,   ///< a fact of the trial that is no sum
};

/// A counter that the host writes into every row where it has a value.
struct Counter {
  std::string_view name;
  std::string_view unit;
  Basis basis;
  std::string_view about;
  std::optional<double> (*value)(const Sample&);
};

/// The host's counters, in the order of docs/result-format.md.
std::span<const Counter> counter_table();
/// Whether a counter is a place in the order of the run, which has no median.
bool is_place(std::string_view counter);

/// The counters of one trial as they stand in a row of results.json, all finite: those of
/// counter_table(), then the backend's own. One of these whose name is taken, by a key of Google
/// Benchmark or of the host, or is not of [A-Za-z0-9_.-], is written as `backend_<name>`.
std::map<std::string, double> counters_of(const CaseResult&, const Sample&);

/// The counters that every trial of the case has, each with its values in the order of the samples:
/// a case's rows all have the same set.
std::map<std::string, std::vector<double>> counter_columns(const CaseResult&);

/// Whether its last trial has failed: then there is no more of it.
inline bool has_failed(const CaseResult& result) {
  return !result.samples.empty() && !result.samples.back().error.empty();
}

}  // namespace iodyno::host
