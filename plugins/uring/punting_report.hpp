/// What the results say of hand-offs to the kernel's workers: the note `punted`.
#pragma once
#include <cstdint>
#include <iodyno/config.hpp>
#include <span>
#include <string>

#include "hand_offs.hpp"
#include "lane.hpp"

namespace engine::uring {

/// What is certain is told by the rules. What depends on the cache is counted, in rehearsals alone,
/// so that what is measured is not slowed.
class PuntingReport {
 public:
  /// `sqpoll`: a thread of the kernel hands over, which can't be watched.
  PuntingReport(const iodyno::Config& config, bool sqpoll) : config_(config), sqpoll_(sqpoll) {}

  /// Whether hand-offs are to be counted while `batch` runs.
  bool wants(const iodyno_batch& batch) const {
    return (batch.flags & IODYNO_REHEARSAL) != 0 && batch.count != 0 && !watched_ && !sqpoll_;
  }
  /// After a batch: `seen` by each lane, if it was wanted.
  void add(const iodyno_batch& batch, const Lane& lane, const PuntingRules& rules,
           std::span<const HandOffs::Seen> seen);

 private:
  const iodyno::Config config_;
  const bool sqpoll_;
  bool watched_ = false, said_ = false;
};

}  // namespace engine::uring
