/// Which of several ways is the fastest, found out in few turns. Pure: it is told times and says
/// whose turn it is.
///
/// Each round every way that is still in has one turn, in an order of its own, so that a machine
/// that is slow for a while is slow for all of them. A way is compared with the leader by the
/// median of their ratios, round by round: one disturbed turn does not decide. Who is behind by
/// much goes early, so that most turns are of those that are near each other (a race, as in
/// Maron and Moore, "Hoeffding Races", 1993, with the median in place of their bound).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace engine::automatic {

class Tournament {
 public:
  /// `ways` of them, at least one. The same seed gives the same order.
  Tournament(std::size_t ways, std::uint64_t seed);

  /// Whose turn it is. Not to be asked when it is decided.
  std::size_t next();
  /// How many turns of this round are left, with that one.
  std::size_t turns_left() const { return order_.size() - at_; }
  /// That turn took so long, per request. The first of each way counts for nothing, if it has
  /// another.
  void record(std::size_t way, double time_ns);
  /// It can't go on, and is out.
  void drop(std::size_t way);

  bool is_decided() const { return decided_; }
  /// All that can be known is known as well as it gets within the time that there is.
  void decide() { decided_ = true; }

  /// The fastest so far, and of those that are as good as equal the first.
  std::size_t leader() const;
  /// Turns that count: of each way that is still in.
  std::size_t rounds() const { return rounds_ < 1 ? 0 : rounds_ - 1; }
  std::size_t ways_left() const;
  bool is_out(std::size_t way) const { return ways_[way].is_out; }
  /// Whether anybody had a turn.
  bool has_begun() const;
  /// Its median, in nanoseconds; 0 if it had no turn.
  double median_ns(std::size_t way) const;
  /// The median of its times over the other's, in the rounds that both had; of less than three the
  /// least, so that one disturbed turn sends nobody out.
  double ratio(std::size_t way, std::size_t to) const;

 private:
  struct Way {
    std::vector<double> times_ns;  ///< of each round, the first with them
    bool is_out = false;
  };
  void end_round();
  void begin_round();

  std::vector<Way> ways_;
  std::vector<std::size_t> order_;  ///< of this round
  std::size_t at_ = 0, rounds_ = 0;
  std::uint64_t seed_;
  bool decided_ = false;
};

}  // namespace engine::automatic
