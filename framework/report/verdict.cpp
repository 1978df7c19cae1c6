#include "report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kFewestForSame = 10;  // where nothing is paired
constexpr std::size_t kMostBlocks = 1000;
constexpr double kFalseAlarms = 0.05;  // of a family
constexpr double kConfidence = 0.99;

/// What the verdict looks at, in logarithms of the ratio.
struct Evidence {
  double distance = 0;  ///< of the estimate from 1
  double low = 0, high = 0;
  double margin = 0;        ///< what counts as a difference
  bool below_host = false;  ///< the medians differ by less than the host's own overhead
  bool by_host = false;     ///< the margin is the host's overhead

  bool leaves_out_one() const { return low > 0 || high < 0; }
  bool lies_within_margin() const { return low >= -margin && high <= margin; }
};

Evidence evidence_of(const Match& match, const Ratio& ratio, const Rule& rule) {
  assert(ratio.within99);
  const double baseline_ns = median(match.baseline_ns);
  const double of_host = std::log1p(rule.host_overhead_ns / baseline_ns);
  Evidence evidence;
  evidence.distance = std::abs(std::log(ratio.value));
  evidence.low = std::log(ratio.within99->low);
  evidence.high = std::log(ratio.within99->high);
  evidence.margin = std::max(std::log1p(rule.threshold), of_host);
  evidence.by_host = of_host > std::log1p(rule.threshold);
  evidence.below_host = std::abs(median(match.rival_ns) - baseline_ns) < rule.host_overhead_ns;
  return evidence;
}

/// How far from the estimate its interval may reach for a verdict, if the estimate stays where it
/// is.
double room_of(const Evidence& evidence) {
  if (evidence.distance >= evidence.margin) return evidence.distance;
  const double left = evidence.margin - evidence.distance;
  // An estimate that is as good as 1 is not expected to stay: more blocks would bring it nearer.
  return evidence.leaves_out_one() ? left : std::max(left, evidence.margin / 2);
}

/// How many blocks would tell, if the noise stayed what it is.
std::optional<std::size_t> blocks_needed(const Assessment& assessment, const Evidence& evidence,
                                         std::size_t family, Pairing pairing) {
  const auto reach = [&](double confidence, std::size_t blocks) {
    return reach_of_mean(confidence, blocks, pairing == Pairing::by_block ? trimmed(blocks) : 0);
  };
  const double deviation =
      (evidence.high - evidence.low) / 2 / reach(kConfidence, assessment.blocks);
  const bool differs = evidence.distance >= evidence.margin;
  const double confidence =
      differs ? std::max(kConfidence, 1 - kFalseAlarms / double(family)) : kConfidence;
  const double room = room_of(evidence);
  const auto enough = [&](std::size_t blocks) {
    return reach(confidence, blocks) * deviation < room;
  };
  std::size_t low = std::max(assessment.blocks + 1, fewest_blocks(family, pairing));
  std::size_t high = std::max(low, kMostBlocks);
  if (!enough(high)) return std::nullopt;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (enough(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return high;
}

void leave_open(Assessment& assessment, const Evidence& evidence, std::size_t family,
                Pairing pairing) {
  if (const auto needed = blocks_needed(assessment, evidence, family, pairing)) {
    assessment.more_blocks = *needed - assessment.blocks;
    return;
  }
  const bool near = evidence.leaves_out_one() && evidence.distance < evidence.margin;
  assessment.reason = fmt::format("{}: {} blocks would not tell",
                                  near ? "too close to the threshold" : "too noisy", kMostBlocks);
}

void decide(Assessment& assessment, const Match& match, const Rule& rule, std::size_t family,
            Pairing pairing) {
  if (assessment.blocks < 2) {
    assessment.more_blocks = fewest_blocks(family, pairing) - assessment.blocks;
    return;
  }
  const Evidence evidence = evidence_of(match, assessment.ratio, rule);
  if (assessment.blocks < kFewestBlocks) return leave_open(assessment, evidence, family, pairing);
  const auto overhead = [&] {
    return fmt::format("the host's own overhead of {:.3g} ns a request", rule.host_overhead_ns);
  };
  // A bootstrap of few values can't reach beyond them: its interval is too narrow to say `same`.
  const bool enough = pairing == Pairing::by_block || assessment.blocks >= kFewestForSame;
  if (evidence.lies_within_margin() && enough) {
    assessment.relation = Relation::same;
    if (evidence.by_host) assessment.reason = "within " + overhead();
    return;
  }
  const bool differs = evidence.leaves_out_one() && evidence.distance >= evidence.margin &&
                       assessment.p_adjusted <= kFalseAlarms;
  if (!differs) return leave_open(assessment, evidence, family, pairing);
  if (evidence.below_host) {
    assessment.reason = "differs by less than " + overhead();
    return;
  }
  assessment.relation = assessment.ratio.value < 1 ? Relation::faster : Relation::slower;
}

Assessment measure(const Match& match, Pairing pairing) {
  Assessment assessment;
  assessment.blocks = std::min(match.rival_ns.size(), match.baseline_ns.size());
  if (pairing == Pairing::by_block) {
    const auto logs = log_ratios(match.rival_ns, match.baseline_ns);
    assessment.ratio = paired_ratio(logs);
    assessment.p = sign_flip_test(logs, 2 * trimmed(logs.size()));
  } else {
    assessment.ratio = unpaired_ratio(match.rival_ns, match.baseline_ns);
    assessment.p = rank_sum_test(match.rival_ns, match.baseline_ns);
  }
  return assessment;
}

}  // namespace

std::string_view to_text(Relation relation) {
  switch (relation) {
    case Relation::faster: return "faster";
    case Relation::slower: return "slower";
    case Relation::same: return "same";
    case Relation::inconclusive: return "inconclusive";
  }
  return "unknown";
}

std::size_t fewest_blocks(std::size_t family, Pairing pairing) {
  std::size_t blocks = 1;
  double smallest_p = 1;
  while (smallest_p * double(family) > kFalseAlarms) {
    ++blocks;
    // 2 of 2^n signs, or 2 of the orders of n and n values.
    const auto n = double(blocks);
    smallest_p /= pairing == Pairing::by_block ? 2 : 2 * (2 * n - 1) / n;
  }
  return std::max(blocks, kFewestBlocks);
}

std::vector<Assessment> assess(std::span<const Match> family, Pairing pairing, const Rule& rule) {
  std::vector<Assessment> assessments;
  std::vector<double> p_values;
  for (const Match& match : family) {
    assert(!match.rival_ns.empty() && !match.baseline_ns.empty());
    assessments.push_back(measure(match, pairing));
    p_values.push_back(assessments.back().p.value);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (std::size_t i = 0; i < family.size(); ++i) {
    assessments[i].p_adjusted = adjusted[i];
    decide(assessments[i], family[i], rule, family.size(), pairing);
  }
  return assessments;
}

}  // namespace iodyno::host
