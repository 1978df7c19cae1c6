#include "learner.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include "evict.hpp"

namespace engine::automatic {
namespace {

/// A turn takes about so long: many times what it takes to wake a pool of threads.
constexpr double kTurnNs = 15e6;
/// What is done again is done so often in one turn, at most, to make it that long.
constexpr unsigned kTimes = 8;
/// With less than this many rounds nobody has won because time is up.
constexpr std::size_t kLeastRounds = 2;
constexpr std::uint64_t kOverrun = 3;

std::uint64_t seed_of(Kind kind) {
  return (std::uint64_t(kind.op) << 8 | std::uint64_t(kind.size)) * 0x9e3779b97f4a7c15;
}

std::string time_text(double nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, nanoseconds < 1e4 ? "%.0f ns" : "%.3g us",
                nanoseconds < 1e4 ? nanoseconds : nanoseconds / 1e3);
  return text;
}

}  // namespace

Learner::Learner(const iodyno::Config& config, Field& field, Kind kind)
    : config_(config),
      field_(field),
      kind_(kind),
      patience_ns_(std::uint64_t(config.time("patience"))),
      cold_(config.raw().expect == IODYNO_COLD && !config.direct()),
      ways_(field.eligible(kind)),
      tournament_(ways_.size(), seed_of(kind)) {}

void Learner::learn(const iodyno_batch& batch, std::span<const std::uint32_t> numbers,
                    SubBatch& part) {
  if (kind_.is_repeatable())
    learn_again_and_again(batch, numbers, part);
  else
    share_out(batch, numbers, part);
  if (!is_patient()) tournament_.decide();
}

/// A time that is too short for anybody to have won is overrun, but not by much.
bool Learner::is_patient() const {
  return spent_ns_ < patience_ns_ ||
         (tournament_.rounds() < kLeastRounds && spent_ns_ < kOverrun * patience_ns_);
}

/// Whose turn it is; nullptr: nobody is left.
Contender* Learner::next() {
  while (!tournament_.is_decided()) {
    const std::size_t way = tournament_.next();
    if (Contender* const contender = field_.ready(ways_[way], kind_)) return contender;
    tournament_.drop(way);
  }
  return nullptr;
}

void Learner::record(std::size_t way, double time_ns) {
  least_ns_ = least_ns_ == 0 ? time_ns : std::min(least_ns_, time_ns);
  tournament_.record(way, time_ns);
}

/// How many requests a turn takes. Large ones have to fill the depth, small ones many times.
std::size_t Learner::turn(std::size_t available, std::uint64_t length) const {
  constexpr std::uint64_t kLarge = 1 << 20;
  const std::size_t least =
      length >= kLarge ? config_.depth() : std::max<std::size_t>(64, 8 * config_.depth());
  const std::size_t wanted = least_ns_ == 0 ? least : std::size_t(kTurnNs / least_ns_);
  return std::min(available, std::max(least, wanted));
}

void Learner::learn_again_and_again(const iodyno_batch& batch,
                                    std::span<const std::uint32_t> numbers, SubBatch& part) {
  Eviction eviction(config_, field_.files());
  while (is_patient()) {
    const std::uint64_t begin = iodyno::now();
    Contender* const contender = next();
    if (contender == nullptr) break;
    const std::size_t way = tournament_.next();
    const std::size_t count = turn(numbers.size(), batch.requests[numbers[0]].length);
    part.take(batch, numbers.first(count));
    if (cold_) eviction.evict(part.requests());
    const double time_ns = time_of(*contender, part);
    if (time_ns > 0)
      record(way, time_ns);
    else
      tournament_.drop(way);
    spent_ns_ += iodyno::now() - begin;
  }
  part.take(batch, numbers);
  part.run(field_.working(leader(), kind_));
}

/// Nanoseconds per request; 0: it can't do them.
double Learner::time_of(Contender& contender, SubBatch& part) try {
  const std::uint64_t begin = iodyno::now();
  std::uint64_t taken = 0;
  unsigned times = 0;
  do {
    if (!part.try_out(contender)) return 0;
    taken = iodyno::now() - begin;
    ++times;
  } while (!cold_ && double(taken) < kTurnNs / 2 && times < kTimes);
  return double(taken) / double(part.requests().size() * times);
} catch (const std::exception& e) {
  field_.give_up(ways_[tournament_.next()], e.what());
  return 0;
}

void Learner::share_out(const iodyno_batch& batch, std::span<const std::uint32_t> numbers,
                        SubBatch& part) {
  Eviction eviction(config_, field_.files());
  while (!numbers.empty()) {
    Contender* const contender = is_patient() ? next() : nullptr;
    if (contender == nullptr) {
      part.take(batch, numbers);
      part.run(field_.working(leader(), kind_));
      return;
    }
    const std::size_t way = tournament_.next();
    const std::size_t each = numbers.size() / std::max<std::size_t>(tournament_.ways_left(), 1);
    const std::size_t count = std::min(
        numbers.size(), std::max(each, turn(numbers.size(), batch.requests[numbers[0]].length)));
    part.take(batch, numbers.first(count));
    if (cold_) eviction.evict(part.requests());
    const std::uint64_t begin = iodyno::now();
    part.run_silently(*contender);
    const std::uint64_t taken = iodyno::now() - begin;
    spent_ns_ += taken;
    record(way, double(taken) / double(count));
    numbers = numbers.subspan(count);
  }
}

std::string Learner::report() const {
  const std::size_t first = tournament_.leader();
  std::string text = field_.label(ways_[first]) + ", " + time_text(tournament_.median_ns(first)) +
                     " in " + std::to_string(tournament_.rounds()) + " rounds";
  std::size_t second = first;
  for (std::size_t i = 0; i < ways_.size(); ++i)
    if (i != first && tournament_.median_ns(i) > 0 &&
        (second == first || tournament_.ratio(i, first) < tournament_.ratio(second, first)))
      second = i;
  if (second == first) return text;
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.2f", tournament_.ratio(second, first));
  return text + "; next " + field_.label(ways_[second]) + ", " + ratio + " times as long";
}

}  // namespace engine::automatic
