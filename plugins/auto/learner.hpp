/// Finds out which candidate is the fastest for one kind of request, on the requests of rehearsals.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iodyno/config.hpp>
#include <span>
#include <string>
#include <vector>

#include "field.hpp"
#include "kind.hpp"
#include "sub_batch.hpp"
#include "tournament.hpp"

namespace engine::automatic {

class Learner {
 public:
  Learner(const iodyno::Config& config, Field& field, Kind kind);

  Kind kind() const { return kind_; }

  /// Does these requests of a rehearsal, some of them by several candidates. What can be done again
  /// and again is done by each of them; the rest is shared out. Returns those that nobody has done
  /// for good.
  std::span<const std::uint32_t> learn(const iodyno_batch& batch,
                                       std::span<const std::uint32_t> numbers, SubBatch& part);

  bool is_decided() const { return tournament_.is_decided(); }
  /// Whether there is a leader: somebody had a turn.
  bool has_begun() const { return tournament_.has_begun(); }
  std::size_t leader() const { return ways_[tournament_.leader()]; }
  /// For people: what was compared, and how near the next one is.
  std::string report() const;

 private:
  void learn_again_and_again(const iodyno_batch& batch, std::span<const std::uint32_t> numbers,
                             SubBatch& part);
  std::span<const std::uint32_t> share_out(const iodyno_batch& batch,
                                           std::span<const std::uint32_t> numbers, SubBatch& part);
  Contender* next();
  bool is_patient(const iodyno_batch& batch) const;
  void prepare(std::size_t way, std::span<const iodyno_request> requests);
  double time_of(Contender& contender, SubBatch& part);
  void drop(std::size_t way, const std::string& why);
  void record(std::size_t way, double time_ns);
  std::size_t least_turn(std::uint64_t length) const;

  const iodyno::Config config_;
  Field& field_;
  const Kind kind_;
  const std::uint64_t patience_ns_;
  const bool cold_;
  const std::vector<std::size_t> ways_;  ///< candidates
  Tournament tournament_;
  double least_ns_ = 0;  ///< of a request, so far
  std::uint64_t spent_ns_ = 0;
};

}  // namespace engine::automatic
