// A batch, as parts that are compared with each other while the tuner looks, and else as a whole.
#include <algorithm>
#include <string>

#include "engine.hpp"

void Adaptive::run(const iodyno_batch& batch) {
  if (batch.count == 0) return;
  requests_ = batch.requests;
  Tuner& tuner = tuners_.of(batch);
  tunes_ = may_tune_ && !(rehearsals_mislead() && (batch.flags & IODYNO_REHEARSAL));
  epochs_ = moves_ = findings_ = 0;
  for (Part part{0, 0}; part.end < batch.count; part.begin = part.end) {
    part.end = part.begin + size_of_epoch(tuner, batch.count - part.begin);
    run_epoch(batch, part, tuner);
  }
  report(tuner);
}

/// Long enough that a few slow requests don't decide, and that beginning and end, where not all
/// threads work, are a small part of it.
std::uint32_t Adaptive::size_of_epoch(const Tuner& tuner, std::uint32_t left) const {
  constexpr std::uint32_t kLeast = 64, kTimes = 32;
  constexpr double kNs = 4e6;
  if (!tunes_ || !tuner.looks()) return left;
  const auto by_depth = std::max(kLeast, config.depth() * kTimes);
  const double by_time = tuner.request_ns() == 0 ? 0 : kNs / tuner.request_ns();
  const auto size = std::max(by_depth, std::uint32_t(std::min(by_time, double(left))));
  return left < 2 * std::uint64_t{size} ? left : size;
}

void Adaptive::run_epoch(const iodyno_batch& batch, Part part, Tuner& tuner) {
  // Few enough at once that no thread has much left when the others are done.
  constexpr std::uint32_t kMostAtOnce = 16, kTimes = 32;
  settings_ = tuner.settings();
  populate(settings_);
  end_ = part.end;
  next_.store(part.begin, std::memory_order_relaxed);
  chunk_ = config.paced() ? 1
                          : std::clamp((part.end - part.begin) / (settings_.threads * kTimes), 1u,
                                       kMostAtOnce);
  const std::uint64_t start = tunes_ ? iodyno::now() : 0;
  if (settings_.group == 1)
    PerRequest::run(
        batch,
        [this](std::uint32_t) {
          return [this, own = Part{0, 0}]() mutable -> std::uint64_t {
            if (own.begin == own.end) own = next_part(chunk_);
            return own.begin == own.end ? UINT64_MAX : own.begin++;
          };
        },
        settings_.threads);
  else
    pool.run([&](std::uint32_t slot) { run_groups(batch, slot); }, settings_.threads);
  if (tunes_) learn(batch, part, iodyno::now() - start, tuner);
}

/// The next requests of the epoch; an empty part if there are none.
Adaptive::Part Adaptive::next_part(std::uint32_t most) {
  const auto begin = next_.load(std::memory_order_relaxed) < end_
                         ? next_.fetch_add(most, std::memory_order_relaxed)
                         : end_;
  return {std::min(begin, end_), std::min(begin + most, end_)};
}

/// Requests that failed or were not started are work of another kind.
void Adaptive::learn(const iodyno_batch& batch, Part part, std::uint64_t ns, Tuner& tuner) {
  constexpr auto kMoveBytes = ~iodyno::ops(IODYNO_OP_STAT, IODYNO_OP_LIST);
  Epoch epoch{.requests = 0, .bytes = 0, .ns = ns};
  if (!tuner.looks()) epoch.requests = part.end - part.begin;
  for (auto i = part.begin; tuner.looks() && i < part.end; ++i) {
    const iodyno_completion& done = batch.completions[i];
    if (done.error != 0) continue;
    ++epoch.requests;
    if (kMoveBytes & IODYNO_BIT(batch.requests[i].op)) epoch.bytes += done.bytes;
  }
  const auto moves = tuner.moves(), findings = tuner.findings();
  tuner.saw(epoch);
  ++epochs_;
  moves_ += tuner.moves() - moves;
  findings_ += tuner.findings() - findings;
}

/// Memory for the buffers, as its first touch would count for the settings that need it.
void Adaptive::populate(const Settings& settings) {
  if (settings == populated_for_) return;
  for (std::uint32_t slot = 0; slot < settings.threads; ++slot) {
    std::uint64_t& before = populated_[slot];
    if (before >= settings.buffer) continue;
    ::populate(scratch_[slot].subspan(before, settings.buffer - before));
    before = settings.buffer;
  }
  populated_for_ = settings;
}

void Adaptive::report(const Tuner& tuner) {
  const Settings& s = tuner.best();
  if (!(s == noted_)) {
    config.note("threads",
                (std::to_string(s.threads) + " of " + std::to_string(config.depth())).c_str());
    config.note("group", std::to_string(s.group).c_str());
    config.note("buffer", (std::to_string(s.buffer >> 10) + " KiB").c_str());
    noted_ = s;
  }
  copier_.note_refusal();
  if (had_tail_ && !noted_tail_) {
    config.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
    noted_tail_ = true;
  }
  if (!tunes_) return;
  config.count("epochs", double(epochs_));
  config.count("moves", double(moves_));
  // At rest also what an earlier session has found will do: no more rehearsals.
  if (findings_ != 0 || (!has_kept_ && !tuner.looks())) keep();
}

void Adaptive::keep() {
  config.keep(tuners_.text().c_str());
  has_kept_ = true;
}
