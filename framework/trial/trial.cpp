#include "trial/trial.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iodyno/posix.hpp>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/cache.hpp"
#include "trial/directory.hpp"
#include "trial/expected.hpp"
#include "trial/measure.hpp"
#include "trial/plugin.hpp"
#include "trial/rehearsal.hpp"
#include "trial/session.hpp"

namespace iodyno::host {
namespace {

constexpr int kCacheTries = 3;

void pin(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  check(sched_setaffinity(0, sizeof set, &set), "pinning to the CPUs of `pin`");
}

/// As many open files as the system lets us have.
void raise_file_limit() {
  rlimit limit;
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

/// Not ru_maxrss: that begins with what the parent had before exec.
std::uint64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib * 1024;
  }
  return 0;
}

/// Whether something is left to be written back when the phase is done.
bool leaves_dirty(const Phase& phase) {
  return any_operation(phase, &Operation::writes) ||
         any_operation(phase, &Operation::second_path) ||
         std::ranges::any_of(phase.ops, [](const Share& s) {
           return !operation(s.op).leaves_object || !operation(s.op).needs_object;
         });
}

class Trial {
 public:
  Trial(const TrialSpec& spec, int run_directory, const Stage& stage)
      : spec_(spec),
        stage_(stage),
        files_(spec.dataset, spec.tree),
        directory_(open_below(run_directory, spec.directory)),
        second_directory_(open_below(run_directory, spec.second_directory)) {}

  Sample run() {
    try {
      pin(spec_.steps[0].pin);
      raise_file_limit();
      stage_("load");
      const auto begin = now();
      const Plugin plugin(spec_.plugin_file);
      sample_.setup_ns += now() - begin;
      synthetic_ = plugin.description().synthetic();
      for (const auto& step : spec_.steps) {
        run_step(plugin, step);
        if (!sample_.error.empty()) break;
      }
      if (spec_.lifecycle) summarize_lifecycle();
    } catch (const BackendError& e) {
      sample_.error = e.what();
    } catch (const NotABackend& e) {
      sample_.error = e.what();
    }
    sample_.max_rss_bytes = peak_resident_bytes();
    return std::move(sample_);
  }

 private:
  void run_step(const Plugin& plugin, const Phase& phase) {
    stage_("open");
    Session session(plugin, settings(phase));
    sample_.setup_ns += session.open_ns();
    if (const auto missing = missing_operation(phase, session); !missing.empty()) {
      sample_.error = missing;
      return;
    }
    if (on_open_files(phase)) sample_.setup_ns += open_files(session, phase);
    if (phase.rehearse) {
      stage_("rehearse");
      rehearse(session, phase,
               {.trial = spec_,
                .files = files_,
                .directory = directory_,
                .second_directory = second_directory_,
                .synthetic = synthetic_});
      if (on_open_files(phase)) open_files(session, phase);
    }
    if (!synthetic_ && (!spec_.lifecycle || &phase == &spec_.steps[0])) {
      stage_("settle");
      check(syncfs(directory_), "syncfs");
      stage_("cache");
      make_cache_state(phase);
      make_metadata_state(phase);
    }
    stage_("run");
    run_clock(session, phase);
    collect(session);
    stage_("close");
    const auto begin = now();
    session.close();
    sample_.teardown_ns += now() - begin;
  }

  std::uint64_t open_files(Session& session, const Phase& phase) const {
    return session.open_files(paths_of(files_), any_operation(phase, &Operation::writes));
  }

  SessionSettings settings(const Phase& phase) const {
    std::uint32_t flags = 0;
    if (phase.direct) flags |= IODYNO_DIRECT;
    if (phase.rate) flags |= IODYNO_PACED;
    return {.options = spec_.options,
            .depth = std::uint32_t(phase.depth),
            .max_batch = std::uint32_t(batch_size(phase, files_)),
            .flags = flags,
            .directory = directory_,
            .second_directory = second_directory_,
            .expect = phase.direct ? CacheState::cold : phase.cache,
            .block_bytes = phase.block,
            .content = spec_.dataset.content,
            .consume = phase.consume,
            .kept = spec_.kept};
  }

  static std::string missing_operation(const Phase& phase, const Session& session) {
    for (const auto& share : phase.ops) {
      if (session.ops() & IODYNO_BIT(share.op)) continue;
      const auto why = session.unsupported().find(share.op);
      return std::string(operation(share.op).name) + " does not work here" +
             (why == session.unsupported().end() ? "" : ": " + why->second);
    }
    return {};
  }

  /// Makes the page cache what the phase says, and looks whether it is.
  void make_cache_state(const Phase& phase) {
    if (!finds_files(phase)) return;
    const auto exists = [&](std::uint64_t i) { return needs_file(op_at(phase, spec_.seed, i)); };
    // O_DIRECT passes the page cache by: data in it would only cost the flushing of it.
    const auto state = phase.direct ? CacheState::cold : phase.cache;
    if (phase.direct) sample_.notes["host.cache"] = "emptied of the files, for O_DIRECT";
    auto residency = residency_of(directory_, files_, spec_.seed, exists);
    for (int tries = 0; state != CacheState::as_is; ++tries) {
      if (state == CacheState::warm ? residency.cached >= residency.pages : residency.cached == 0)
        break;
      if (tries == kCacheTries) {
        sample_.invalid.push_back(state == CacheState::warm
                                      ? "the files could not be kept in the page cache"
                                      : "the files could not be kept out of the page cache");
        break;
      }
      if (state == CacheState::warm)
        warm(directory_, files_, exists);
      else
        evict(directory_, files_, exists);
      residency = residency_of(directory_, files_, spec_.seed, exists);
    }
    sample_.residency = std::min(residency.fraction(), 1.0);
  }

  /// The last act before the clock: whatever looks at a file makes its metadata warm again.
  void make_metadata_state(const Phase& phase) {
    if (phase.metadata != CacheState::cold) return;
    drop_metadata();
    sample_.notes["host.metadata"] =
        "cold: dropped, which can't be verified; inodes of cached data may stay";
  }

  void run_clock(Session& session, const Phase& phase) {
    Workload workload(phase, files_, spec_.seed, spec_.version);
    const MeasureSettings settings{
        .cap_ns = spec_.cap_ns,
        .sync_directory = phase.durability == Durability::end && !synthetic_ ? int(directory_) : -1,
        .synthetic = synthetic_,
        // In a lifecycle files may have grown.
        .files = spec_.lifecycle || synthetic_ ? nullptr : &files_};
    const auto wall_before = sample_.wall_ns, requests_before = sample_.requests;
    measure(session, workload, phase, settings, sample_);
    if (spec_.lifecycle)
      sample_.counters[phase.name + "_ns"] = double(sample_.wall_ns - wall_before);
    if (sample_.requests == requests_before && sample_.error.empty())
      sample_.error = "no request was done";
    if (phase.consume.kind == Consume::Kind::count)
      sample_.counters["text_found"] = double(session.consumer().value());
    if (phase.consume.kind == Consume::Kind::checksum && !synthetic_ && sample_.error.empty())
      check_sum(session, phase, workload.total() == sample_.requests - requests_before);
    if (synthetic_ || !leaves_dirty(phase)) return;
    stage_("drain");
    const auto begin = now();
    check(syncfs(directory_), "syncfs");
    sample_.drain_ns += now() - begin;
  }

  /// The sum over all that was read must be the sum over what was written.
  void check_sum(Session& session, const Phase& phase, bool complete) {
    // What a dataset held before a mix that also writes, or what a tree holds, can't be foretold
    // here.
    if (!complete || spec_.tree || phase.ops.size() > 1 || spec_.lifecycle) return;
    if (expected_checksum(phase, files_, spec_.dataset.content, spec_.seed) !=
        session.consumer().value())
      sample_.invalid.push_back("the checksum of what was read is not that of what was written");
  }

  void collect(const Session& session) {
    for (const auto& [key, value] : session.notes()) sample_.notes[key] = value;
    for (const auto& [name, value] : session.counters()) sample_.counters[name] += value;
    if (!session.kept().empty()) sample_.kept = session.kept();
  }

  /// A lifecycle is one thing that was done: its parts are counters.
  void summarize_lifecycle() {
    sample_.requests = 1;
    sample_.latency = Histogram();
    sample_.achieved_depth.reset();
  }

  const TrialSpec& spec_;
  const Stage& stage_;
  const Files files_;
  const Fd directory_, second_directory_;
  Sample sample_;
  bool synthetic_ = false;
};

}  // namespace

Sample run_trial(const TrialSpec& spec, int run_directory, const Stage& stage) {
  return Trial(spec, run_directory, stage).run();
}

Probe run_probe(const TrialSpec& spec, int directory) {
  const Plugin plugin(spec.plugin_file);
  const Phase phase = spec.steps.empty() ? Phase{} : spec.steps[0];
  Session session(plugin, {.options = spec.options,
                           .depth = std::uint32_t(phase.depth),
                           .max_batch = 1024,
                           .flags = (phase.direct ? std::uint32_t(IODYNO_DIRECT) : 0) |
                                    (phase.rate ? std::uint32_t(IODYNO_PACED) : 0),
                           .directory = directory,
                           .second_directory = directory,
                           .block_bytes = phase.block,
                           .content = {},
                           .consume = {},
                           .kept = {}});
  return {session.ops(), session.unsupported(), session.notes()};
}

}  // namespace iodyno::host
