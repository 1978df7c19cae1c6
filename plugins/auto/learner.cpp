#include "learner.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>

#include "evict.hpp"

namespace engine::automatic {
namespace {

/// A turn of what can be repeated takes about so long: many times what it takes to wake a pool.
constexpr double kTurnNs = 15e6;
/// With less than this many rounds nobody has won because time is up.
constexpr std::size_t kLeastRounds = 2;
constexpr std::uint64_t kOverrun = 3;

std::uint64_t seed_of(Kind kind) {
  return (std::uint64_t(kind.op) << 8 | std::uint64_t(kind.size)) * 0x9e3779b97f4a7c15;
}

/// How much work a request is, where files differ: that of its name, which is like that of so many
/// bytes, and its bytes.
double work_of(const iodyno_request& r) {
  constexpr double kName = 64 << 10;
  return kName + (r.length == IODYNO_SIZE_UNKNOWN ? 0.0 : double(r.length));
}

std::string time_text(double nanoseconds) {
  char text[32];
  if (nanoseconds < 1e4)
    std::snprintf(text, sizeof text, "%.0f ns", nanoseconds);
  else if (nanoseconds < 1e6)
    std::snprintf(text, sizeof text, "%.3g us", nanoseconds / 1e3);
  else
    std::snprintf(text, sizeof text, "%.3g ms", nanoseconds / 1e6);
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

std::span<const std::uint32_t> Learner::learn(const iodyno_batch& batch,
                                              std::span<const std::uint32_t> numbers,
                                              SubBatch& part) {
  if (kind_.is_repeatable())
    learn_again_and_again(batch, numbers, part);
  else
    numbers = share_out(batch, numbers, part);
  if (!is_patient(batch)) tournament_.decide();
  return numbers;
}

/// A time that is too short for anybody to have won is overrun, but not by much.
bool Learner::is_patient(const iodyno_batch& batch) const {
  if (batch.deadline_ns != 0 && iodyno::now() >= batch.deadline_ns) return false;
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

/// As a trial finds it: cold, or with clean pages, of which nobody has mapped any to store to them.
void Learner::prepare(std::size_t way, std::span<const iodyno_request> requests) {
  if (cold_ && kind_.needs_data())
    evict(config_, requests, field_.files());
  else if (kind_.op == IODYNO_OP_WRITE_BLOCK)
    write_back(config_, field_.files());
  if (kind_.is_on_block() && field_.is_writable()) field_.renew_files(ways_[way]);
}

/// Large requests have to fill the processors, small ones the depth, and that many times.
std::size_t Learner::least_turn(std::uint64_t length) const {
  constexpr std::uint64_t kLarge = 1 << 20;
  const std::size_t depth = config_.depth();
  return length >= kLarge ? std::min<std::size_t>(depth, 2) : std::max<std::size_t>(64, 8 * depth);
}

/// A turn has the same requests in each round of all.
void Learner::learn_again_and_again(const iodyno_batch& batch,
                                    std::span<const std::uint32_t> numbers, SubBatch& part) {
  const std::size_t least = least_turn(batch.requests[numbers[0]].length);
  std::size_t round = SIZE_MAX, count = 0, times = 1;
  while (is_patient(batch)) {
    const std::uint64_t begin = iodyno::now();
    Contender* const contender = next();
    if (contender == nullptr) break;
    const std::size_t way = tournament_.next();
    if (round != tournament_.rounds()) {
      round = tournament_.rounds();
      const std::size_t wanted =
          least_ns_ == 0 ? least : std::max(least, std::size_t(kTurnNs / least_ns_));
      count = std::min(numbers.size(), wanted);
      // Stores to a mapping are one thing the first time, and another the second: both count.
      const bool both = kind_.is_on_block() && field_.is_writable();
      times = cold_ ? 1 : std::max<std::size_t>(both ? 2 : 1, wanted / count);
      times = std::clamp<std::size_t>(config_.raw().max_batch / count, 1, both ? 2 : times);
    }
    part.take(batch, numbers.first(count), times);
    prepare(way, part.requests());
    if (const double time_ns = time_of(*contender, part); time_ns > 0) record(way, time_ns);
    spent_ns_ += iodyno::now() - begin;
  }
}

/// Nanoseconds per request; 0: it can't do them, and is out.
double Learner::time_of(Contender& contender, SubBatch& part) try {
  const std::uint64_t begin = iodyno::now();
  const int error = part.try_out(contender);
  const std::uint64_t taken = iodyno::now() - begin;
  if (error == 0) return double(taken) / double(part.requests().size());
  drop(tournament_.next(), std::strerror(error));
  return 0;
} catch (const std::exception& e) {
  const std::size_t way = tournament_.next();
  if (ways_[way] == 0) throw;  // what all others fall back on
  field_.give_up(ways_[way], e.what());
  tournament_.drop(way);
  return 0;
}

/// Each gets its part of what is left, as long as the round lasts. If an engine breaks here the
/// batch is lost: nobody knows what it has done. What is left over is returned.
std::span<const std::uint32_t> Learner::share_out(const iodyno_batch& batch,
                                                  std::span<const std::uint32_t> numbers,
                                                  SubBatch& part) {
  double all = 0;
  for (const std::uint32_t number : numbers) all += work_of(batch.requests[number]);
  const double mean = all / double(numbers.size());
  while (!numbers.empty() && is_patient(batch)) {
    Contender* const contender = next();
    if (contender == nullptr) break;
    const std::size_t way = tournament_.next();
    const std::size_t least = least_turn(batch.requests[numbers[0]].length);
    const std::size_t count =
        std::min(numbers.size(), std::max(least, numbers.size() / tournament_.turns_left()));
    part.take(batch, numbers.first(count));
    numbers = numbers.subspan(count);
    prepare(way, part.requests());
    double work = 0;
    for (const iodyno_request& r : part.requests()) work += work_of(r);
    const std::uint64_t begin = iodyno::now();
    const int error = part.run_silently(*contender);
    const std::uint64_t taken = iodyno::now() - begin;
    spent_ns_ += taken;
    if (error == 0)
      record(way, double(taken) / (work / mean));
    else if (error != ECANCELED)  // by the deadline
      drop(way, std::strerror(error));
  }
  return numbers;
}

/// Who is out is closed: its threads would share the process's descriptors with who is measured.
void Learner::record(std::size_t way, double time_ns) {
  least_ns_ = least_ns_ == 0 ? time_ns : std::min(least_ns_, time_ns);
  const std::size_t left = tournament_.ways_left();
  tournament_.record(way, time_ns);
  if (tournament_.ways_left() == left) return;
  for (std::size_t i = 0; i < ways_.size(); ++i)
    if (tournament_.is_out(i)) field_.close(ways_[i]);
}

void Learner::drop(std::size_t way, const std::string& why) {
  config_.note(("missing." + field_.label(ways_[way])).c_str(),
               (kind_.text() + ": " + why).c_str());
  tournament_.drop(way);
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
