#include "trial/trial.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iodyno/posix.hpp>

#include "scenario/hash.hpp"
#include "scenario/operation.hpp"
#include "scenario/workload.hpp"
#include "trial/cache.hpp"
#include "trial/dataset.hpp"
#include "trial/expected.hpp"
#include "trial/measure.hpp"
#include "trial/plugin.hpp"
#include "trial/session.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kScratchBytes = 64 << 20, kScratchCopyBytes = 256 << 20;
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

bool on_open_files(const Phase& phase) {
  return operation(phase.ops[0].op).object == Object::block;
}

bool any_of(const Phase& phase, bool Operation::*property) {
  return std::ranges::any_of(phase.ops, [&](const Share& s) { return operation(s.op).*property; });
}

/// Whether something is left to be written back when the phase is done.
bool leaves_dirty(const Phase& phase) {
  return any_of(phase, &Operation::writes) || any_of(phase, &Operation::second_path) ||
         std::ranges::any_of(phase.ops, [](const Share& s) {
           return !operation(s.op).leaves_object || !operation(s.op).needs_object;
         });
}

/// A small dataset of the same kind, for the rehearsal.
Dataset scratch_dataset(const Phase& phase, const Dataset& dataset, const Files& files) {
  const auto budget = any_of(phase, &Operation::second_path) ? kScratchCopyBytes : kScratchBytes;
  const auto size_max = std::max(std::min(files.largest(), budget), phase.block);
  Dataset scratch = dataset;
  scratch.from.clear();
  scratch.size = {std::min(dataset.size.min, size_max), size_max,
                  dataset.size.log_uniform && dataset.size.min > 0};
  if (on_open_files(phase)) scratch.size.min = size_max;
  const auto wanted = std::max<std::uint64_t>(64, 16 * phase.depth);
  scratch.files = std::clamp<std::uint64_t>(size_max == 0 ? wanted : budget / size_max, 1,
                                            std::min(wanted, files.count()));
  scratch.directories = std::min(files.directory_count(), scratch.files);
  return scratch;
}

class Trial {
 public:
  Trial(const TrialSpec& spec, int run_directory, const Stage& stage)
      : spec_(spec),
        stage_(stage),
        files_(spec.dataset, spec.tree),
        directory_(open_below(run_directory, spec.directory)),
        second_directory_(open_below(run_directory, spec.second_directory)),
        // A name of its own each time: a file system that places by name finds another place.
        scratch_("rehearsal-" + hash_text(spec.directory + std::to_string(spec.version))) {}

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
    const bool open_files = on_open_files(phase);
    const bool writable = any_of(phase, &Operation::writes);
    if (open_files) {
      const auto names = paths(files_);
      const auto begin = now();
      session.open_files(names, writable);
      sample_.setup_ns += now() - begin;
    }
    if (phase.rehearse) {
      stage_("rehearse");
      rehearse(session, phase);
      if (open_files) session.open_files(paths(files_), writable);
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

  static std::vector<std::string> paths(const Files& files) {
    std::vector<std::string> all;
    for (std::uint64_t i = 0; i < files.count(); ++i) all.push_back(files.path(i));
    return all;
  }

  /// The same kind of requests on files of their own, which are gone before anything is measured.
  void rehearse(Session& session, const Phase& phase) {
    Phase rehearsal = phase;
    rehearsal.rate.reset();
    rehearsal.time_ns.reset();
    const auto scratch = scratch_dataset(phase, spec_.dataset, files_);
    const Files files(scratch, nullptr, scratch_ + "/");
    rehearsal.count.reset();
    if (on_open_files(phase))
      rehearsal.count = std::min(one_pass(rehearsal, files), 1024 + 16 * phase.depth);
    // A longer batch than the session was opened for would break its contract.
    rehearsal.batch = batch_size(phase, files_);
    Workload workload(rehearsal, files, mix(spec_.seed), spec_.version);
    if (!synthetic_) make_scratch(scratch, rehearsal);
    if (on_open_files(phase)) session.open_files(paths(files), any_of(phase, &Operation::writes));
    Sample ignored;
    MeasureSettings settings{.cap_ns = spec_.cap_ns, .rehearsal = true, .synthetic = synthetic_};
    measure(session, workload, rehearsal, settings, ignored);
    if (on_open_files(phase)) session.open_files({}, false);
    if (!synthetic_) {
      remove_tree(directory_, scratch_);
      remove_tree(second_directory_, scratch_);
    }
    session.reset_counters();
    if (!ignored.error.empty()) throw BackendError("in the rehearsal: " + ignored.error);
  }

  void make_scratch(const Dataset& scratch, const Phase& rehearsal) {
    // Without the prefix, as these directories are where it leads.
    const Files files(scratch);
    for (const int at : {int(directory_), int(second_directory_)}) {
      // Far from the files to come, where the file system has places: what is deleted here would
      // cost what is made nearby (see run/places.hpp).
      spread_children(at);
      make_directory(at, scratch_);
      spread_children(at, false);
      const auto below = open_below(at, scratch_);
      const bool first = at == directory_;
      const auto needed = [&](std::uint64_t i) {
        return first && needs_file(op_at(rehearsal, mix(spec_.seed), i));
      };
      const auto op = rehearsal.ops[0].op;
      make_dataset(below, files, scratch.content,
                   {.directories = op != IODYNO_OP_MKDIR || !first,
                    .lone_directory = op == IODYNO_OP_RMDIR && first,
                    .file = needed});
    }
  }

  /// Makes the page cache what the phase says, and looks whether it is.
  void make_cache_state(const Phase& phase) {
    if (std::ranges::none_of(phase.ops, [](const Share& s) { return needs_file(s.op); })) return;
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
  const std::string scratch_;  ///< the rehearsal's directory, below both
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
