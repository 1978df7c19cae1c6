/// A hill climber: from what a few settings cost, it finds better ones. It does no I/O and has no
/// clock: it is told of epochs, and says how the next one is to run.
#pragma once
#include <cstdint>

#include "settings.hpp"

/// Requests that were done with the same settings.
struct Epoch {
  std::uint64_t requests;
  std::uint64_t bytes;  ///< that they have moved
  std::uint64_t ns;     ///< from the first to the last
};

/// It looks around, one step after the other: an epoch as it is and one with the step, twice in
/// turns, so that what changes meanwhile does not count for either. A step that is better by a few
/// per cent both times is taken, and tried again from there. When no step is left that helps, it
/// rests, and looks again after a time that grows as long as nothing is found.
class Tuner {
 public:
  /// Whether the start is a guess, or what an earlier session has found: then it rests first.
  enum class Start : std::uint8_t { guessed, found };

  Tuner() = default;
  Tuner(const Bounds& bounds, const Settings& start, Start how = Start::guessed);

  /// Of the next epoch.
  const Settings& settings() const { return phase_ == Phase::step ? tried_ : best_; }
  /// What it has arrived at.
  const Settings& best() const { return best_; }
  /// Whether the next epoch is one to be compared: a short one will do.
  bool looks() const { return phase_ != Phase::rest; }
  /// Whether it has looked around at least once, now or in an earlier session.
  bool has_looked() const { return has_looked_; }
  /// What a request took in the last epoch, or 0.
  double request_ns() const { return request_ns_; }
  /// How many steps it has taken.
  std::uint64_t moves() const { return moves_; }
  /// Grows when it comes to rest with something new, which is to be kept.
  std::uint64_t findings() const { return findings_; }

  /// An epoch with `settings()` has come to its end.
  void saw(const Epoch& epoch);

 private:
  enum class Phase : std::uint8_t { as_it_is, step, rest };

  void compare(double cost);
  void take_step();
  void next_step();
  void propose();
  void rest();
  bool matters(Step step) const;

  Bounds bounds_;
  Settings best_, tried_;
  Phase phase_ = Phase::as_it_is;
  unsigned step_ = 0;    ///< a Step: the one that is tried, or will be
  unsigned failed_ = 0;  ///< steps in a row that did not help
  unsigned agreed_ = 0;  ///< comparisons in which the one that is tried was better
  bool has_step_ = false, found_ = false, has_looked_ = false;
  double cost_ = 0;            ///< of the last epoch as it is
  std::uint64_t request_ = 0;  ///< its bytes a request
  double request_ns_ = 0;
  std::uint64_t looked_ns_ = 0, rest_ns_ = 0;
  unsigned patience_ = 0;  ///< how many times as long as it has looked it rests
  std::uint64_t moves_ = 0, findings_ = 0;
};
