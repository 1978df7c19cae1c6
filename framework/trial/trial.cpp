#include "trial/trial.hpp"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iodyno/posix.hpp>
#include <utility>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/calm.hpp"
#include "trial/directory.hpp"
#include "trial/expected.hpp"
#include "trial/measure.hpp"
#include "trial/pin.hpp"
#include "trial/plugin.hpp"
#include "trial/read_back.hpp"
#include "trial/rehearsal.hpp"
#include "trial/repeat.hpp"
#include "trial/session.hpp"
#include "trial/settle.hpp"
#include "trial/stage_times.hpp"
#include "trial/state.hpp"
#include "trial/surroundings.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kCalmLimitNs = 100'000'000;

/// A CPU may have gone since the run began and looked.
void pin_to(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  if (const auto missing = pin(cpus); !missing.empty())
    fail(EINVAL, "`pin`: CPU " + std::to_string(missing[0]));
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

class Trial {
 public:
  Trial(const TrialSpec& spec, int run_directory, const Stage& stage)
      : spec_(spec),
        stage_([this, &stage](const std::string& name) {
          times_.begin(name);
          stage(name);
        }),
        files_(spec.dataset, spec.tree),
        run_directory_(run_directory),
        directory_(open_below(run_directory, spec.directory)),
        second_directory_(open_below(run_directory, spec.second_directory)) {}

  Sample run() {
    try {
      pin_to(spec_.steps[0].pin);
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
    times_.end();
    sample_.spent_ns = times_.spent_ns();
    return std::move(sample_);
  }

 private:
  void run_step(const Plugin& plugin, const Phase& phase) {
    stage_("open");
    Session session(plugin, settings(phase, plugin.description().calibrates()));
    sample_.setup_ns += session.open_ns();
    sample_.error = missing_operation(phase, session.ops(), session.unsupported());
    if (!sample_.error.empty()) return;
    if (on_open_files(phase)) sample_.setup_ns += open_files(session, phase);
    if (phase.rehearse) {
      stage_("rehearse");
      rehearse(session, phase,
               {.trial = spec_,
                .files = files_,
                .directory = directory_,
                .second_directory = second_directory_,
                .synthetic = synthetic_,
                .calibrates = plugin.description().calibrates()});
      if (on_open_files(phase)) open_files(session, phase);
    }
    if (!synthetic_ && (!spec_.lifecycle || &phase == &spec_.steps[0])) {
      make_state(phase,
                 {.trial = spec_,
                  .files = files_,
                  .directory = directory_,
                  .run_directory = run_directory_},
                 stage_, sample_);
      wait_for_calm();
    }
    stage_("run");
    const auto done = run_clock(session, phase);
    sample_.max_rss_bytes = peak_resident_bytes();
    collect(session);
    if (spec_.verify && !synthetic_ && sample_.error.empty()) verify(session, phase, done);
    stage_("close");
    const auto begin = now();
    session.close();
    sample_.teardown_ns += now() - begin;
  }

  void wait_for_calm() {
    stage_("calm");
    const auto begin = now();
    const auto calm = wait_until_calm(spec_.cpu_probe_ns, kCalmLimitNs);
    sample_.calm_ns += now() - begin;
    sample_.cpu_probe_ns = calm.fastest_ns;
    sample_.cpu_slowdown = calm.slowdown;
  }

  std::uint64_t open_files(Session& session, const Phase& phase) const {
    return session.open_files(paths_of(files_), any_operation(phase, &Operation::writes));
  }

  SessionSettings settings(const Phase& phase, bool calibrates) const {
    std::uint32_t flags = 0;
    if (phase.direct) flags |= IODYNO_DIRECT;
    if (phase.rate) flags |= IODYNO_PACED;
    return {.options = spec_.options,
            .depth = std::uint32_t(phase.depth),
            .max_batch = std::uint32_t(batch_max(phase, files_, calibrates)),
            .flags = flags,
            .directory = directory_,
            .second_directory = second_directory_,
            .expect = phase.direct ? CacheState::cold : phase.cache,
            .block_bytes = phase.block,
            .content = spec_.dataset.content,
            .consume = phase.consume,
            // Each step of a lifecycle gets what those before it have kept.
            .kept = sample_.kept.empty() ? spec_.kept : sample_.kept};
  }

  /// Returns how many requests were done, from the first one on.
  std::uint64_t run_clock(Session& session, const Phase& phase) {
    Workload workload(phase, files_, spec_.seed, version_of(phase));
    const MeasureSettings settings{
        .cap_ns = spec_.cap_ns,
        .sync_directory = phase.durability == Durability::end && !synthetic_ ? int(directory_) : -1,
        .synthetic = synthetic_,
        // In a lifecycle files may have grown.
        .files = spec_.lifecycle || synthetic_ ? nullptr : &files_};
    const auto wall_before = sample_.wall_ns, requests_before = sample_.requests;
    const Surroundings surroundings;
    const auto done = measure(session, workload, phase, settings, sample_);
    surroundings.end_clock(phase, sample_);
    if (!synthetic_) {
      check_device_reads(phase, sample_.requests - requests_before);
    }
    if (phase.rate && !spec_.lifecycle) sample_.rate_per_second = phase.rate->per_second;
    if (spec_.lifecycle)
      sample_.counters[phase.name + "_ns"] = double(sample_.wall_ns - wall_before);
    if (sample_.requests == requests_before && sample_.error.empty())
      sample_.error = "no request was done";
    if (phase.consume.kind == Consume::Kind::count)
      sample_.counters["text_found"] = double(session.consumer().value());
    if (!synthetic_ && leaves_dirty(phase)) drain();
    surroundings.end(sample_);
    if (!synthetic_) sample_.system_unwritten_after_bytes = system_unwritten_bytes();
    if (phase.consume.kind == Consume::Kind::checksum && !synthetic_ && sample_.error.empty())
      check_sum(session, phase, workload.total() == sample_.requests - requests_before);
    return done;
  }

  void drain() {
    stage_("drain");
    const auto begin = now();
    check(syncfs(directory_), "syncfs");
    sample_.drain_ns += now() - begin;
  }

  /// With O_DIRECT every byte comes from the device, unless the file system takes the flag and
  /// reads through the cache all the same, or the backend says that it comes from a cache of its
  /// own. Of data that is not in memory, too, as many bytes come as are read, unless somebody else
  /// reads them: on file systems that don't compress, and don't keep small files with their
  /// metadata.
  void check_device_reads(const Phase& phase, std::uint64_t requests) {
    constexpr double kLeast = 0.9;
    if (!sample_.device_read_bytes) return;
    const bool enough = *sample_.device_read_bytes >= kLeast * double(sample_.bytes);
    if (enough || spec_.lifecycle || sample_.cached > 0 ||
        !all_operations(phase, &Operation::reads))
      return;
    if (phase.direct) {
      sample_.degraded.push_back(
          "less was read from the device than was read: O_DIRECT did not pass the cache by");
      return;
    }
    struct statfs fs;
    if (phase.cache == CacheState::cold && phase.order.kind != Order::Kind::zipf &&
        requests <= one_pass(phase, files_) && fstatfs(directory_, &fs) == 0 &&
        (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC))
      sample_.degraded.push_back(
          "less was read from the device than was read: somebody else reads along");
  }

  /// Off the clock, and once for each case: is what was read and written what it must be?
  void verify(Session& session, const Phase& phase, std::uint64_t requests) {
    stage_("verify");
    const Source source(spec_.dataset.content);
    const DoneStep step{.phase = phase,
                        .files = files_,
                        .source = source,
                        .directory = directory_,
                        .second_directory = second_directory_,
                        .seed = spec_.seed,
                        .version = version_of(phase),
                        .requests = requests,
                        // A tree holds what it holds, and a mix may find what it wrote before.
                        .pristine = !spec_.lifecycle && !spec_.tree && phase.ops.size() == 1,
                        .sizes_known = !spec_.lifecycle,
                        .cap_ns = spec_.cap_ns};
    if (const auto fault = written_fault(step); !fault.empty())
      sample_.invalid.push_back("read back: " + fault);
    if (const auto fault = read_fault(session, step); !fault.empty())
      sample_.invalid.push_back("read again: " + fault);
  }

  /// The steps of a lifecycle write to the same files: each of them other bytes.
  std::uint64_t version_of(const Phase& phase) const {
    return spec_.version + (std::uint64_t(&phase - spec_.steps.data()) << 32);
  }

  /// The sum over all that was read must be the sum over what was written. To make that one is the
  /// host's own work, and a good deal of it: nobody's CPU time.
  void check_sum(Session& session, const Phase& phase, bool complete) {
    // What a dataset held before a mix that also writes, or what a tree holds, can't be foretold
    // here.
    if (!complete || spec_.tree || phase.ops.size() > 1 || spec_.lifecycle) return;
    stage_("verify");
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
    sample_.step_requests = double(std::exchange(sample_.requests, 1));
    sample_.latency = Histogram();
    sample_.achieved_depth.reset();
  }

  const TrialSpec& spec_;
  StageTimes times_;
  const Stage stage_;
  const Files files_;
  const int run_directory_;
  const Fd directory_, second_directory_;
  Sample sample_;
  bool synthetic_ = false;
};

}  // namespace

std::string missing_operation(const Phase& phase, std::uint64_t ops,
                              const std::map<std::uint32_t, std::string>& unsupported) {
  for (const auto& share : phase.ops) {
    if (ops & IODYNO_BIT(share.op)) continue;
    const auto why = unsupported.find(share.op);
    return std::string(operation(share.op).name) + " does not work here" +
           (why == unsupported.end() ? "" : ": " + why->second);
  }
  return {};
}

Sample run_trial(const TrialSpec& spec, int run_directory, const Stage& stage) {
  return Trial(spec, run_directory, stage).run();
}

Probe run_probe(const TrialSpec& spec, int directory) {
  raise_file_limit();
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
