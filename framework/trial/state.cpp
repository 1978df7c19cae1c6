#include "trial/state.hpp"

#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/cache.hpp"
#include "trial/free_memory.hpp"
#include "trial/layout.hpp"
#include "trial/settle.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kIdleLimitNs = 5'000'000'000;
constexpr int kCacheTries = 3;
constexpr std::uint64_t kLaterLayouts = 1'000;

class State {
 public:
  State(const Phase& phase, const StateSettings& settings, const Stage& stage, Sample& sample)
      : phase_(phase),
        settings_(settings),
        stage_(stage),
        sample_(sample),
        // O_DIRECT passes the page cache by: data in it would only cost the flushing of it.
        cache_(phase.direct ? CacheState::cold : phase.cache) {}

  void make() {
    settle();
    sample_.extents_per_file = settings_.trial.extents_per_file;
    if (finds_files(phase_) && settings_.trial.check_layout) look_at_layout();
    stage_("memory");
    back_free_memory(settings_.run_directory, memory_to_come(), settings_.files.largest());
    if (finds_files(phase_)) make_cache_state();
    sample_.system_unwritten_bytes = system_unwritten_bytes();
    make_metadata_state();
  }

 private:
  void settle() {
    stage_("settle");
    const auto began = now();
    check(syncfs(settings_.directory), "syncfs");
    if (settings_.trial.device_stat.empty())
      sample_.notes["host.settle"] = "no device is known that could be waited for";
    if (!wait_until_idle(settings_.trial.device_stat, kIdleLimitNs))
      sample_.degraded.push_back("the device was not idle after 5 s");
    sample_.settle_ns += now() - began;
  }

  void look_at_layout() {
    stage_("layout");
    // Datasets that the later trials of a case get are made as its first one was.
    const auto most = settings_.trial.verify ? kSurveyMax : kLaterLayouts;
    const auto layout =
        layout_of(settings_.directory, settings_.files, settings_.trial.seed, exists_, most);
    sample_.extents_per_file = layout.extents_per_file;
    if (!layout.fault.empty())
      sample_.invalid.push_back("the layout of the dataset: " + layout.fault);
  }

  /// The bytes that the page cache will take in.
  std::uint64_t memory_to_come() const {
    if (phase_.direct) return 0;
    const bool grows = std::ranges::any_of(phase_.ops, [](const Share& s) {
      const auto& row = operation(s.op);
      const bool in_place = s.op == IODYNO_OP_OVERWRITE || row.object == Object::block;
      return (row.writes && !in_place) || s.op == IODYNO_OP_COPY;
    });
    const bool fills = phase_.cache == CacheState::cold && finds_files(phase_);
    constexpr std::uint64_t kPage = 4096;  // of which each file takes one more at the most
    const auto& files = settings_.files;
    return grows || fills ? files.total_bytes() + files.count() * kPage : 0;
  }

  /// Makes the state until it is found, as somebody else may work against it.
  void make_cache_state() {
    if (phase_.direct) sample_.notes["host.cache"] = "emptied of the files, for O_DIRECT";
    // Not only where it is needed: what a look can't see is dropped as well.
    if (cache_ == CacheState::cold) evict(settings_.directory, settings_.files, exists_);
    for (int tries = 0;; ++tries) {
      stage_("look");
      const auto found =
          residency_of(settings_.directory, settings_.files, settings_.trial.seed, exists_);
      sample_.residency = std::min(found.fraction(), 1.0);
      if (is_made(found)) break;
      if (tries == kCacheTries) {
        mark(found);
        break;
      }
      stage_("cache");
      if (found.unwritten > 0) check(syncfs(settings_.directory), "syncfs");
      if (cache_ == CacheState::warm) warm(settings_.directory, settings_.files, exists_);
      if (cache_ == CacheState::cold) evict(settings_.directory, settings_.files, exists_);
    }
  }

  bool is_made(const Residency& found) const { return has_state(found) && found.unwritten == 0; }
  bool has_state(const Residency& found) const {
    return cache_ == CacheState::as_is ||
           (cache_ == CacheState::warm ? found.cached >= found.pages : found.cached == 0);
  }

  void mark(const Residency& found) {
    if (has_state(found))
      sample_.degraded.push_back("its files were still being written before the clock");
    else
      sample_.invalid.push_back(std::string("the files could not be kept ") +
                                (cache_ == CacheState::warm ? "in" : "out of") +
                                " the page cache: " + std::to_string(found.cached) + " of " +
                                std::to_string(found.pages) + " pages are there");
  }

  /// The last act on files before the clock: whatever looks at a file warms its metadata again.
  void make_metadata_state() {
    if (phase_.metadata == CacheState::warm && finds_files(phase_))
      warm_metadata(settings_.directory, settings_.files, exists_);
    if (phase_.metadata != CacheState::cold) return;
    drop_metadata();
    sample_.notes["host.metadata"] =
        "cold: dropped, which can't be verified; inodes of cached data may stay";
  }

  const Phase& phase_;
  const StateSettings& settings_;
  const Stage& stage_;
  Sample& sample_;
  const CacheState cache_;
  const Which exists_ = [this](std::uint64_t i) {
    return needs_file(op_at(phase_, settings_.trial.seed, i));
  };
};

}  // namespace

void make_state(const Phase& phase, const StateSettings& settings, const Stage& stage,
                Sample& sample) {
  State(phase, settings, stage, sample).make();
}

}  // namespace iodyno::host
