#pragma once
#include <span>
#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/reader.hpp"

namespace iodyno::host {

/// Where a case stands among those of its phase and point.
enum class Place {
  out,      ///< not ranked: it has no figures, or does no I/O
  open,     ///< nobody is told from anybody
  slower,   ///< than the fastest
  tied,     ///< one of those that can't be told from the fastest, or the fastest of them
  fastest,  ///< every other one is slower
};

/// The standing of each of the cases of a phase and point, in their order. One alone is `out`:
/// there is no race of one.
///
/// The fastest is the one that no other has a ratio below 1 to, trimmed as any; all others are
/// compared with it, and are slower by the verdicts of compare_work() or tied. It was chosen by the
/// figures that are then compared, but one that is not the fastest can only be called so if it is
/// told to be faster than the one that is: in at most 0.5 % of families for each such case, by its
/// 99 % interval.
std::vector<Place> standings(const ReadResults&, std::span<const ReadCase* const>,
                             double threshold);

/// A phase and point, with the standings of its cases.
struct Race {
  std::vector<const ReadCase*> cases;
  std::vector<Place> standings;
};

/// "read: uring is fastest at depth 32 (1.26 × as fast as posix, 1.20 to 1.33); posix and auto are
/// fastest at depth 1, not told apart." Of the races of a phase; empty where there are none. `all`
/// knows the baseline and the ratios to it, or has none.
std::string ranking_sentence(std::span<const Race> phase, const Comparisons& all);

}  // namespace iodyno::host
