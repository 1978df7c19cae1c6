#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/estimate.hpp"
#include "report/significance.hpp"

namespace iodyno::host {

/// How a rival stands to the baseline.
enum class Relation { faster, slower, same, inconclusive };
std::string_view to_text(Relation);

/// What a rival and the baseline took per request, in each of their trials; all above 0.
struct Match {
  std::vector<double> rival_ns, baseline_ns;
};

enum class Pairing {
  by_block,  ///< value i of either side is of one block: they have its drift in common
  none,      ///< two runs: two samples, of any sizes
};

/// With fewer nobody is told from anybody: no arrangement of signs is rarer than 1/16.
inline constexpr std::size_t kFewestBlocks = 6;

/// The fewest with a p that can be small enough where so many rivals have one baseline.
std::size_t fewest_blocks(std::size_t rivals, Pairing);

/// What a difference must be to count.
struct Rule {
  double threshold = 0.03;      ///< as a fraction of the baseline
  double host_overhead_ns = 0;  ///< per request; 0 where it is not known
};

struct Assessment {
  std::size_t blocks = 0;  ///< of the shorter side
  Ratio ratio;
  PValue p;
  double p_adjusted = 1;  ///< within the family
  Relation relation = Relation::inconclusive;
  /// Where it is inconclusive: how many more blocks would tell, if they were like those before;
  /// none where more would not help, or more than a thousand.
  std::optional<std::size_t> more_blocks;
  std::string reason;  ///< why it is no other, where figures alone don't say it
};

/// Judges all rivals of a phase and point, which are a *family*, against its baseline.
///
///     faster, slower   the 99 % interval of the ratio leaves out 1, the ratio is off by the
///                      threshold at least, and p, adjusted within the family, is at most 5 %
///     same             the 99 % interval lies within the threshold to either side
///     inconclusive     anything else, and fewer than six blocks; of two runs, fewer than ten
///                      repetitions where all else says `same`
///
/// The threshold is counted in logarithms: 3 % is from 1 / 1.03 to 1.03, so to swap rival and
/// baseline swaps the verdict. Where the host's own overhead is a greater part of the baseline than
/// the threshold is, it stands for it, and medians that differ by less are never called different.
///
/// False alarms. Of rivals that all equal the baseline, *any* is called different in at most 5 % of
/// families. That is what Holm's adjustment of exact p values holds, for any number of rivals, and
/// though they all share a baseline. The interval alone would not: one rival in a hundred, 8 % with
/// eight. Nor would p alone be enough where there is one rival: 5 %, and the interval makes that
/// 1 %. A family is a phase and point, and no more, since ten blocks have no p below 1/512: times 8
/// that is 1.6 %, and all eight can be found; times the 160 cases of a large scenario it is 31 %,
/// and nothing ever could. So of a hundred families without a difference up to five raise a false
/// alarm; the threshold makes that fewer. Below six blocks no arrangement of signs is rarer than
/// 1/16, and an interval would stand on the assumption of normal noise alone.
std::vector<Assessment> assess(std::span<const Match> family, Pairing, const Rule&);

}  // namespace iodyno::host
