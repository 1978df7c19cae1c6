#include "trial/rehearsal.hpp"

#include <algorithm>
#include <iodyno/posix.hpp>

#include "scenario/hash.hpp"
#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/cache.hpp"
#include "trial/dataset.hpp"
#include "trial/measure.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kScratchBytes = 64 << 20, kScratchCopyBytes = 256 << 20;
/// A backend that calibrates compares its ways on several files of a copy, however large they are.
constexpr std::uint64_t kCalibratedCopies = 8;
constexpr std::uint64_t kCalibratedBatch = 16384;
constexpr unsigned kCalibrationRounds = 24;
constexpr std::uint64_t kCalibrationNs = 2'000'000'000;

/// How many requests a rehearsal is of, where its files are small.
std::uint64_t requests_wanted(const Phase& phase, bool calibrates) {
  return calibrates ? std::max<std::uint64_t>(1024, 64 * phase.depth)
                    : std::max<std::uint64_t>(64, 16 * phase.depth);
}

/// A small dataset of the same kind.
Dataset scratch_dataset(const Phase& phase, const Dataset& dataset, const Files& files,
                        bool calibrates) {
  const bool copies = any_operation(phase, &Operation::second_path);
  const auto budget = copies ? kScratchCopyBytes : kScratchBytes;
  const auto file_max = copies && calibrates ? budget / kCalibratedCopies : budget;
  const auto size_max = std::max(std::min(files.largest(), file_max), phase.block);
  Dataset scratch = dataset;
  scratch.from.clear();
  scratch.size = {std::min(dataset.size.min, size_max), size_max,
                  dataset.size.log_uniform && dataset.size.min > 0};
  if (on_open_files(phase)) scratch.size.min = size_max;
  const auto wanted = requests_wanted(phase, calibrates);
  // Not more files than the trial has, but that a lone one of a copy gives nothing to compare.
  const auto most =
      copies && calibrates ? std::max(files.count(), kCalibratedCopies) : files.count();
  scratch.files = std::clamp<std::uint64_t>(size_max == 0 ? wanted : budget / size_max, 1,
                                            std::min(wanted, most));
  scratch.directories = std::min(files.directory_count(), scratch.files);
  return scratch;
}

class Rehearsal {
 public:
  Rehearsal(const Phase& phase, const RehearsalSettings& settings, unsigned round)
      : settings_(settings),
        phase_(like(phase)),
        scratch_(
            scratch_dataset(phase, settings.trial.dataset, settings.files, settings.calibrates)),
        // A name of its own each time: a file system that places by name finds another place.
        name_("rehearsal-" + hash_text(settings.trial.directory + std::to_string(round) + "-" +
                                       std::to_string(settings.trial.version))),
        files_(scratch_, nullptr, name_ + "/"),
        seed_(mix(settings.trial.seed, round)) {
    if (on_open_files(phase_)) phase_.count = std::min(one_pass(phase_, files_), blocks_wanted());
  }

  void run(Session& session) {
    Workload workload(phase_, files_, seed_, settings_.trial.version);
    if (!settings_.synthetic) make_scratch();
    const bool open_files = on_open_files(phase_);
    if (open_files) session.open_files(paths_of(files_), any_operation(phase_, &Operation::writes));
    Sample ignored;
    measure(session, workload, phase_,
            {.cap_ns = settings_.trial.cap_ns, .rehearsal = true, .synthetic = settings_.synthetic},
            ignored);
    if (open_files) session.open_files({}, false);
    if (!settings_.synthetic) {
      remove_tree(settings_.directory, name_);
      remove_tree(settings_.second_directory, name_);
    }
    session.reset_counters();
    if (!ignored.error.empty()) throw BackendError("in the rehearsal: " + ignored.error);
  }

 private:
  /// Of blocks in memory a backend that calibrates gets many, as it has to tell ways apart that
  /// differ by little; those that come from a device differ by more, and take longer.
  std::uint64_t blocks_wanted() const {
    const bool in_memory = !phase_.direct && phase_.cache == CacheState::warm &&
                           phase_.durability != Durability::each && phase_.block <= 65536;
    const auto some = 1024 + 16 * phase_.depth;
    return settings_.calibrates && in_memory ? std::max(kCalibratedBatch, some) : some;
  }
  Phase like(const Phase& phase) const {
    Phase rehearsal = phase;
    rehearsal.rate.reset();
    rehearsal.time_ns.reset();
    rehearsal.count.reset();
    // A longer batch than the session was opened for would break its contract.
    rehearsal.batch = batch_max(phase, settings_.files, settings_.calibrates);
    return rehearsal;
  }

  void make_scratch() const {
    // Without the prefix, as these directories are where it leads.
    const Files files(scratch_);
    for (const int at : {settings_.directory, settings_.second_directory}) {
      // Far from the files to come, where the file system has places: what is deleted here would
      // cost what is made nearby (see run/places.hpp).
      spread_children(at);
      make_directory(at, name_);
      spread_children(at, false);
      const auto below = open_below(at, name_);
      const bool first = at == settings_.directory;
      const auto needed = [&](std::uint64_t i) {
        return first && needs_file(op_at(phase_, seed_, i));
      };
      const auto op = phase_.ops[0].op;
      make_dataset(below, files, scratch_.content,
                   {.directories = op != IODYNO_OP_MKDIR || !first,
                    .lone_directory = op == IODYNO_OP_RMDIR && first,
                    .file = needed});
      if (first) make_cold(below, files, needed);
    }
  }

  /// As the trial will find its files. What was just written would be answered from memory, by some
  /// file systems also with O_DIRECT, and a backend that learns would learn that.
  void make_cold(int directory, const Files& files, const Which& needed) const {
    if (!phase_.direct && phase_.cache != CacheState::cold) return;
    check(syncfs(directory), "syncfs");
    evict(directory, files, needed);
  }

  const RehearsalSettings& settings_;
  Phase phase_;
  const Dataset scratch_;
  const std::string name_;  ///< of the rehearsal's directory, below both
  const Files files_;
  const std::uint64_t seed_;
};

}  // namespace

void rehearse(Session& session, const Phase& phase, const RehearsalSettings& settings) {
  // A trial that is to be short has no long rehearsal, either.
  const auto cap = settings.trial.cap_ns == 0 ? UINT64_MAX : settings.trial.cap_ns / 4;
  const auto last = now() + std::min(kCalibrationNs, cap);
  unsigned round = 0;
  do Rehearsal(phase, settings, round).run(session);
  while (settings.calibrates && session.kept().empty() && ++round < kCalibrationRounds &&
         now() < last);
}

std::uint64_t batch_max(const Phase& phase, const Files& files, bool calibrates) {
  const auto size = batch_size(phase, files);
  return calibrates ? std::max(size, kCalibratedBatch) : size;
}

std::vector<std::string> paths_of(const Files& files) {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < files.count(); ++i) all.push_back(files.path(i));
  return all;
}

}  // namespace iodyno::host
