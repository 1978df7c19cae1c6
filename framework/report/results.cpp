#include "report/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "report/statistics.hpp"
#include "report/steal.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

// --- Validity

constexpr double kNoisyVariation = 0.10;
constexpr std::size_t kFewRepetitions = 3;
constexpr std::size_t kReasonsShown = 3;

/// The trials' reasons, each once, in order; with the number of trials where it is not of all.
/// Further reasons are only counted: a label is one line.
class Reasons {
 public:
  void add(const std::string& text, std::size_t trial) {
    const auto same = [&](const Reason& reason) { return reason.text == text; };
    const auto found = std::find_if(reasons_.begin(), reasons_.end(), same);
    if (found == reasons_.end()) {
      reasons_.push_back({text, {trial}});
    } else {
      found->trials.insert(trial);
    }
  }

  bool empty() const { return reasons_.empty(); }

  std::vector<std::string> texts(std::size_t all_trials) const {
    std::vector<std::string> texts;
    for (const auto& [text, trials] : reasons_) {
      if (texts.size() == kReasonsShown) {
        texts.push_back(fmt::format("{} more", reasons_.size() - kReasonsShown));
        break;
      }
      const bool of_all = trials.size() == all_trials;
      texts.push_back(
          of_all ? text : fmt::format("{} ({} of {} trials)", text, trials.size(), all_trials));
    }
    return texts;
  }

 private:
  struct Reason {
    std::string text;
    std::set<std::size_t> trials;
  };
  std::vector<Reason> reasons_;
};

Reasons errors_of(const std::vector<Sample>& samples) {
  Reasons reasons;
  for (std::size_t trial = 0; trial < samples.size(); ++trial) {
    const Sample& sample = samples[trial];
    if (!sample.error.empty()) {
      reasons.add(sample.error, trial);
    } else if (sample.requests == 0) {
      reasons.add("no request was made", trial);
    }
  }
  return reasons;
}

Reasons reasons_in(const std::vector<Sample>& samples, std::vector<std::string> Sample::*list) {
  Reasons reasons;
  for (std::size_t trial = 0; trial < samples.size(); ++trial) {
    for (const std::string& reason : samples[trial].*list) reasons.add(reason, trial);
  }
  return reasons;
}

/// All trials of a case, added up: what a tick is too coarse for in one of them.
struct Sums {
  double trials, clock_ns = 0, system_cpu_ns = 0, steal_ns = 0, throttled_ns = 0, others_cpu_ns = 0;

  explicit Sums(const std::vector<Sample>& samples) : trials(double(samples.size())) {
    for (const Sample& sample : samples) {
      // Others go on between the batches, too.
      clock_ns += double(sample.wall_ns) + double(sample.host_ns);
      system_cpu_ns += double(sample.system_cpu_ns);
      steal_ns += double(sample.steal_ns);
      throttled_ns += double(sample.throttled_ns);
      others_cpu_ns += sample.others_cpu_ns.value_or(0);
    }
  }
};

/// What the machine did meanwhile. Ticks of others fall into a clock that they were not in, up to
/// two at a time by chance: others are those beyond.
void add_doubts_about_machine(const Sums& sums, std::vector<std::string>& doubts) {
  constexpr double kTickNs = 10e6, kTicksByChance = 2;
  constexpr double kSteal = 0.05, kThrottled = 0.01, kOthers = 0.2;
  if (steal_exceeds(kSteal, sums.steal_ns, sums.system_cpu_ns))
    doubts.push_back(
        fmt::format("steal {:.0f} %", 100 * sums.steal_ns / (sums.steal_ns + sums.system_cpu_ns)));
  const double throttled = std::min(1.0, sums.throttled_ns / sums.clock_ns);
  if (throttled > kThrottled)
    doubts.push_back(fmt::format("throttled {:.0f} % of the time", 100 * throttled));
  const double by_chance_ns = sums.trials * kTicksByChance * kTickNs;
  const double others = (sums.others_cpu_ns - by_chance_ns) / sums.clock_ns;
  if (others > kOthers) doubts.push_back(fmt::format("other work used {:.1f} CPUs", others));
}

/// Whether it was waited in vain for a CPU that goes as fast as it can: in most trials.
void add_doubts_about_cpu(const std::vector<Sample>& samples, std::vector<std::string>& doubts) {
  constexpr double kSlow = 1.1;
  std::vector<double> slowdowns;
  for (const Sample& sample : samples)
    if (sample.cpu_slowdown) slowdowns.push_back(*sample.cpu_slowdown);
  if (!slowdowns.empty() && median(slowdowns) > kSlow)
    doubts.push_back(
        fmt::format("the CPU took {:.1f} times as long as at its best", median(slowdowns)));
}

/// In an open loop the requests should come as fast as they are due.
void add_doubts_about_rate(const std::vector<Sample>& samples, std::vector<std::string>& doubts) {
  constexpr double kKept = 0.95;
  std::vector<double> reached, wanted;
  for (const Sample& sample : samples) {
    if (!sample.rate_per_second) return;
    reached.push_back(double(sample.requests) * 1e9 / double(sample.wall_ns));
    wanted.push_back(*sample.rate_per_second);
  }
  if (median(reached) < kKept * median(wanted))
    doubts.push_back(
        fmt::format("did not keep up with its rate: {:.0f} of {:.0f} requests a second",
                    median(reached), median(wanted)));
}

/// What the repetitions together leave to be desired.
std::vector<std::string> doubts_about(const CaseResult& result) {
  const std::vector<Sample>& samples = result.samples;
  std::vector<std::string> doubts;
  std::vector<double> times_ns;
  for (const Sample& sample : samples) times_ns.push_back(sample.real_time_ns());
  const double variation = coefficient_of_variation(times_ns);
  if (variation > kNoisyVariation) doubts.push_back(fmt::format("cv {:.0f} %", 100 * variation));
  if (samples.size() < kFewRepetitions) {
    doubts.push_back("only " + counted(samples.size(), "repetition"));
  }
  if (!result.synthetic && result.host_overhead_ns && median(times_ns) <= *result.host_overhead_ns)
    doubts.push_back(
        fmt::format("no more than the host itself costs, {:.0f} ns", *result.host_overhead_ns));
  add_doubts_about_machine(Sums(samples), doubts);
  add_doubts_about_cpu(samples, doubts);
  add_doubts_about_rate(samples, doubts);
  return doubts;
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, "; "));
}

// --- Counters

using Value = std::optional<double>;

double per_request(std::uint64_t total, const Sample& sample) {
  return double(total) / double(sample.requests);
}

double per_second(std::uint64_t total, const Sample& sample) {
  return double(total) * 1e9 / double(sample.wall_ns);
}

Value quantile_of(const Histogram& histogram, double q, std::uint64_t least_requests = 1) {
  if (histogram.count() < least_requests) return std::nullopt;
  return double(histogram.quantile(q));
}

/// Fewer requests have no 99.9th percentile worth the name.
constexpr std::uint64_t kRequestsForP999 = 10'000;
constexpr std::string_view kBytesPerSecond = "bytes_per_second";

constexpr Basis kRequest = Basis::request;
constexpr Basis kSecond = Basis::second;
constexpr Basis kTotal = Basis::trial_total;
constexpr Basis kOnce = Basis::trial_once;

constexpr Counter kCounters[] = {
    {"items_per_second", "1/s", kSecond, "requests per second of wall time",
     [](const Sample& s) -> Value { return per_second(s.requests, s); }},
    {kBytesPerSecond, "B/s", kSecond,
     "bytes per second of wall time, where bytes are the measure and were moved",
     [](const Sample& s) -> Value {
       return s.shares_all() ? std::nullopt : Value(per_second(s.bytes, s));
     }},
    {"p50_ns", "ns", kRequest, "half of the requests took no longer",
     [](const Sample& s) { return quantile_of(s.latency, 0.5); }},
    {"p90_ns", "ns", kRequest, "90 % of the requests took no longer",
     [](const Sample& s) { return quantile_of(s.latency, 0.9); }},
    {"p99_ns", "ns", kRequest, "99 % of the requests took no longer",
     [](const Sample& s) { return quantile_of(s.latency, 0.99); }},
    {"p999_ns", "ns", kRequest, "99.9 % of the requests took no longer; from 10,000 requests on",
     [](const Sample& s) { return quantile_of(s.latency, 0.999, kRequestsForP999); }},
    {"max_ns", "ns", kRequest, "the slowest request",
     [](const Sample& s) { return quantile_of(s.latency, 1); }},
    {"rate_per_second", "1/s", kSecond, "of an open loop: so many requests were due",
     [](const Sample& s) { return s.rate_per_second; }},
    {"service_p50_ns", "ns", kRequest, "of an open loop: half took no longer once begun",
     [](const Sample& s) { return quantile_of(s.service, 0.5); }},
    {"service_p99_ns", "ns", kRequest, "of an open loop: 99 % took no longer once begun",
     [](const Sample& s) { return quantile_of(s.service, 0.99); }},
    {"service_max_ns", "ns", kRequest, "of an open loop: the slowest, once begun",
     [](const Sample& s) { return quantile_of(s.service, 1); }},
    {"host_ns", "ns", kRequest, "the host's own work between the batches, outside real_time",
     [](const Sample& s) -> Value { return per_request(s.host_ns, s); }},
    {"user_cpu_ns", "ns", kRequest, "the part of cpu_time in user mode",
     [](const Sample& s) -> Value { return per_request(s.user_cpu_ns, s); }},
    {"sys_cpu_ns", "ns", kRequest, "the part of cpu_time in the kernel",
     [](const Sample& s) -> Value { return per_request(s.sys_cpu_ns, s); }},
    {"iou_wrk_cpu_ns", "ns", kRequest, "the part of cpu_time in io_uring workers of the kernel",
     [](const Sample& s) -> Value { return per_request(s.iou_wrk_cpu_ns, s); }},
    {"iou_sqp_cpu_ns", "ns", kRequest,
     "the part of cpu_time in the kernel's pollers of submission queues",
     [](const Sample& s) -> Value { return per_request(s.iou_sqp_cpu_ns, s); }},
    {"system_cpu_ns", "ns", kRequest,
     "CPU time of the whole machine until all was drained: no more can be this trial's",
     [](const Sample& s) -> Value { return per_request(s.system_cpu_ns, s); }},
    {"others_cpu_ns", "ns", kTotal,
     "CPU time of others while the clock ran, where they can be told from the kernel's own threads",
     [](const Sample& s) { return s.others_cpu_ns; }},
    {"steal_ns", "ns", kTotal, "of the machine's CPUs, given to others by the hypervisor",
     [](const Sample& s) -> Value { return double(s.steal_ns); }},
    {"throttled_ns", "ns", kTotal, "in which a quota kept the control group from running",
     [](const Sample& s) -> Value { return double(s.throttled_ns); }},
    {"minor_faults", "faults", kTotal, "of pages that were in memory",
     [](const Sample& s) -> Value { return double(s.minor_faults); }},
    {"major_faults", "faults", kTotal, "of pages that a device had to give",
     [](const Sample& s) -> Value { return double(s.major_faults); }},
    {"voluntary_switches", "switches", kTotal, "of threads that waited",
     [](const Sample& s) -> Value { return double(s.voluntary_switches); }},
    {"involuntary_switches", "switches", kTotal, "of threads that had to give the CPU to others",
     [](const Sample& s) -> Value { return double(s.involuntary_switches); }},
    {"setup_ns", "ns", kTotal, "loading and opening the backend and its files",
     [](const Sample& s) -> Value { return double(s.setup_ns); }},
    {"teardown_ns", "ns", kTotal, "closing the backend",
     [](const Sample& s) -> Value { return double(s.teardown_ns); }},
    {"drain_ns", "ns", kTotal, "from the last completion until the trial's data was on the device",
     [](const Sample& s) -> Value { return double(s.drain_ns); }},
    {"settle_ns", "ns", kTotal, "from the sync before the clock until the device was idle",
     [](const Sample& s) -> Value { return double(s.settle_ns); }},
    {"calm_ns", "ns", kTotal, "in which a calm CPU was waited for, just before the clock",
     [](const Sample& s) -> Value { return double(s.calm_ns); }},
    {"cpu_probe_ns", "ns", kOnce, "1000 steps of a loop of registers, just before the clock",
     [](const Sample& s) { return s.cpu_probe_ns; }},
    {"cpu_slowdown", "times", kOnce,
     "as long as the fastest of late, the same loop took when the clock began",
     [](const Sample& s) { return s.cpu_slowdown; }},
    {"device_read_bytes", "B", kTotal, "that came from a device while the clock ran",
     [](const Sample& s) { return s.device_read_bytes; }},
    {"system_unwritten_bytes", "B", kOnce,
     "what the whole system had yet to write, before the clock ran",
     [](const Sample& s) -> Value { return double(s.system_unwritten_bytes); }},
    {"system_unwritten_after_bytes", "B", kOnce,
     "what the whole system had yet to write, after the drain",
     [](const Sample& s) -> Value { return double(s.system_unwritten_after_bytes); }},
    {"max_rss_bytes", "B", kOnce, "the worker's largest resident memory",
     [](const Sample& s) -> Value { return double(s.max_rss_bytes); }},
    {"step_requests", "requests", kTotal,
     "of a lifecycle, which is one request: those of its steps",
     [](const Sample& s) { return s.step_requests; }},
    {"shared", "requests", kTotal, "that share extents: no bytes were moved",
     [](const Sample& s) -> Value { return double(s.shared); }},
    {"fallback", "requests", kTotal, "not, or not wholly, done in the way that was asked for",
     [](const Sample& s) -> Value { return double(s.fallback); }},
    {"cached", "requests", kTotal, "answered from a cache of the backend's own",
     [](const Sample& s) -> Value { return double(s.cached); }},
    {"punted", "requests", kTotal, "handed to a worker thread of the kernel",
     [](const Sample& s) -> Value { return double(s.punted); }},
    {"residency", "fraction", kOnce, "of the dataset, in the page cache before the clock ran",
     [](const Sample& s) { return s.residency; }},
    {"extents_per_file", "extents", kOnce, "of the dataset, where the file system tells",
     [](const Sample& s) { return s.extents_per_file; }},
    {"achieved_depth", "requests", kOnce, "in flight on average",
     [](const Sample& s) { return s.achieved_depth; }},
    {"block", "number", kOnce, "pairs the trials of the backends of a point",
     [](const Sample& s) -> Value { return s.block; }},
    {"order", "number", kOnce, "the trial's position within its block",
     [](const Sample& s) -> Value { return s.order; }},
    {"started_s", "s", kOnce, "since the run began",
     [](const Sample& s) -> Value { return s.started_s; }},
};

/// Keys of a row in any version of Google Benchmark, and `size`, which Conbench takes for its own.
// clang-format off
constexpr std::string_view kReserved[] = {
    "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions",
    "repetition_index", "threads", "aggregate_name", "aggregate_unit", "error_occurred",
    "error_message", "skipped", "skip_message", "iterations", "real_time", "cpu_time", "time_unit",
    "label", "cpu_coefficient", "real_coefficient", "big_o", "rms", "allocs_per_iter",
    "max_bytes_used", "total_allocated_bytes", "net_heap_growth", "size"};
// clang-format on

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

bool is_taken(std::string_view name) {
  const auto is_name = [&](const Counter& counter) { return counter.name == name; };
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved) ||
         std::any_of(std::begin(kCounters), std::end(kCounters), is_name);
}

/// A backend's counter as it may stand in a row: prefixed where its name is taken or ill-formed.
std::string row_name(const std::string& name) {
  const bool well_formed =
      !name.empty() && std::all_of(name.begin(), name.end(), is_token_character);
  if (well_formed && !is_taken(name)) return name;
  std::string prefixed = "backend_" + name;
  std::replace_if(
      prefixed.begin(), prefixed.end(), [](char c) { return !is_token_character(c); }, '_');
  return prefixed;
}

/// How the requests of a case came about: ", shared", ", open loop".
std::string ways_of(const CaseResult& result) {
  std::string text;
  const auto say = [&](const char* way, std::uint64_t Sample::*count) {
    double some = 0, all = 0;
    for (const Sample& sample : result.samples)
      some += double(sample.*count), all += sample.all_requests();
    if (some == 0) return;
    text += fmt::format(", {}", way);
    if (some < all) text += fmt::format(" {:.2g} %", 100 * some / all);
  };
  say("shared", &Sample::shared);
  say("fallback", &Sample::fallback);
  if (std::any_of(result.samples.begin(), result.samples.end(),
                  [](const Sample& sample) { return sample.rate_per_second.has_value(); }))
    text += ", open loop";
  return text;
}

}  // namespace

Validity judge(const CaseResult& result) {
  const std::vector<Sample>& samples = result.samples;
  if (!result.skipped.empty()) return {Verdict::skipped, result.skipped};
  if (samples.empty()) return {Verdict::skipped, "no trial was run"};
  if (const Reasons errors = errors_of(samples); !errors.empty()) {
    return {Verdict::failed, joined(errors.texts(samples.size()))};
  }
  if (const Reasons lies = reasons_in(samples, &Sample::invalid); !lies.empty()) {
    return {Verdict::invalid, joined(lies.texts(samples.size()))};
  }
  std::vector<std::string> doubts = doubts_about(result);
  const auto of_trials = reasons_in(samples, &Sample::degraded).texts(samples.size());
  doubts.insert(doubts.end(), of_trials.begin(), of_trials.end());
  if (!doubts.empty()) return {Verdict::degraded, joined(doubts)};
  return {};
}

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::degraded: return "degraded";
    case Verdict::invalid: return "invalid";
    case Verdict::failed: return "failed";
    case Verdict::skipped: return "skipped";
  }
  return "unknown";
}

std::string to_text(const Validity& validity) {
  if (validity.reason.empty()) return std::string(to_text(validity.verdict));
  return fmt::format("{}: {}", to_text(validity.verdict), validity.reason);
}

std::string label_of(const CaseResult& result, const Validity& validity) {
  if (result.synthetic)
    return validity.verdict == Verdict::ok ? "synthetic" : "synthetic; " + to_text(validity);
  const bool has_figures = validity.verdict == Verdict::ok || validity.verdict == Verdict::degraded;
  std::string text = to_text(validity);
  if (has_figures) text.insert(to_text(validity.verdict).size(), ways_of(result));
  return text;
}

std::span<const Counter> counter_table() { return kCounters; }

bool is_place(std::string_view counter) {
  return counter == "block" || counter == "order" || counter == "started_s";
}

std::map<std::string, double> counters_of(const CaseResult& result, const Sample& sample) {
  std::map<std::string, double> counters;
  for (const Counter& counter : kCounters) {
    if (counter.name == kBytesPerSecond && !result.counts_bytes) continue;
    const Value value = counter.value(sample);
    if (value && std::isfinite(*value)) counters.emplace(counter.name, *value);
  }
  for (const auto& [name, value] : sample.counters) {
    if (std::isfinite(value)) counters.emplace(row_name(name), value);
  }
  return counters;
}

std::map<std::string, std::vector<double>> counter_columns(const CaseResult& result) {
  std::map<std::string, std::vector<double>> columns;
  for (const Sample& sample : result.samples) {
    for (const auto& [name, value] : counters_of(result, sample)) columns[name].push_back(value);
  }
  std::erase_if(columns,
                [&](const auto& column) { return column.second.size() != result.samples.size(); });
  return columns;
}

}  // namespace iodyno::host
