#include "report/verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace iodyno::host {
namespace {

using Values = std::vector<double>;

/// So many blocks in which the rival takes `ratio` times as long, give or take `noise`.
Match match(std::size_t blocks, double ratio, double noise = 0.001) {
  Match match;
  for (std::size_t i = 0; i < blocks; ++i) {
    match.baseline_ns.push_back(1000 + 3 * double(i));
    const double off = (i % 2 == 0 ? noise : -noise) * (1 + 1e-6 * double(i));
    match.rival_ns.push_back(match.baseline_ns.back() * ratio * std::exp(off));
  }
  return match;
}

Assessment alone(const Match& match, const Rule& rule = {}, Pairing pairing = Pairing::by_block) {
  return assess({&match, 1}, pairing, rule).front();
}

TEST(Verdict, OfWhatIsPlain) {
  EXPECT_EQ(alone(match(10, 1.1)).relation, Relation::slower);
  EXPECT_EQ(alone(match(10, 0.9)).relation, Relation::faster);
  EXPECT_EQ(alone(match(10, 1.001)).relation, Relation::same);
  for (const double ratio : {1.1, 0.9, 1.001}) {
    const auto it = alone(match(10, ratio));
    EXPECT_EQ(it.blocks, 10u);
    EXPECT_NEAR(it.ratio.value, ratio, 1e-3);
    EXPECT_FALSE(it.more_blocks);
    EXPECT_EQ(it.reason, "");
  }
}

TEST(Verdict, ASmallDifferenceIsNoneHoweverSureItIs) {
  const auto it = alone(match(20, 1.02, 0.0001));
  EXPECT_GT(it.ratio.within99->low, 1);
  EXPECT_LT(it.p.value, 0.001);
  EXPECT_EQ(it.relation, Relation::same);
  EXPECT_EQ(alone(match(20, 1.02, 0.0001), {.threshold = 0.01}).relation, Relation::slower);
}

TEST(Verdict, TheThresholdIsTheSameInBothDirections) {
  const Match there = match(10, 1.0305);
  Match back;
  back.rival_ns = there.baseline_ns, back.baseline_ns = there.rival_ns;
  EXPECT_EQ(alone(there).relation, Relation::slower);
  EXPECT_EQ(alone(back).relation, Relation::faster) << "though it saves only 2.96 %";
}

TEST(Verdict, NoiseLeavesItOpenAndSaysForHowLong) {
  const auto it = alone(match(8, 1.001, 0.05));
  EXPECT_EQ(it.relation, Relation::inconclusive);
  ASSERT_TRUE(it.more_blocks);
  EXPECT_GT(*it.more_blocks, 8u) << "an interval of ± 6 % is not halved by twice the blocks";
  EXPECT_LT(*it.more_blocks, 70u);
  const auto even = 8 + *it.more_blocks + *it.more_blocks % 2;
  EXPECT_EQ(alone(match(even, 1.001, 0.05)).relation, Relation::same);
}

TEST(Verdict, HopelessNoiseIsSaidToBe) {
  const auto noisy = alone(match(10, 1.0, 1.5));
  EXPECT_FALSE(noisy.more_blocks);
  EXPECT_EQ(noisy.reason, "too noisy: 1000 blocks would not tell");
  // 1.0299 is near the threshold by chance here, and 1 is as near.
  EXPECT_TRUE(alone(match(10, 1.0299, 0.06)).more_blocks);
  const auto near = alone(match(10, 1.02999, 0.02));
  EXPECT_FALSE(near.more_blocks);
  EXPECT_EQ(near.reason, "too close to the threshold: 1000 blocks would not tell");
}

TEST(Verdict, FewBlocksDecideNothing) {
  for (std::size_t blocks = 1; blocks < 6; ++blocks) {
    const auto apart = alone(match(blocks, 2.0));
    EXPECT_EQ(apart.relation, Relation::inconclusive);
    EXPECT_EQ(apart.more_blocks, 6 - blocks);
    EXPECT_EQ(alone(match(blocks, 1.0)).relation, Relation::inconclusive);
  }
  EXPECT_EQ(alone(match(6, 2.0)).relation, Relation::slower);
  EXPECT_EQ(alone(match(6, 1.0)).relation, Relation::same);
}

/// 2^(1 - n), times the rivals, must come to 5 %: nine blocks for eight.
TEST(Verdict, ManyRivalsNeedMoreBlocks) {
  const std::vector<Match> eight(8, match(8, 1.5));
  for (const auto& it : assess(eight, Pairing::by_block, {})) {
    EXPECT_DOUBLE_EQ(it.p_adjusted, 8 * 2.0 / 256);
    EXPECT_EQ(it.relation, Relation::inconclusive);
    EXPECT_EQ(it.more_blocks, 1u);
  }
  const std::vector<Match> enough(8, match(9, 1.5));
  for (const auto& it : assess(enough, Pairing::by_block, {}))
    EXPECT_EQ(it.relation, Relation::slower);
}

TEST(Verdict, WhatTheHostCostsIsNoDifference) {
  // 1000 ns against 1100: of a host that costs 150 itself, nothing can be said.
  const auto within = alone(match(10, 1.1), {.host_overhead_ns = 150});
  EXPECT_EQ(within.relation, Relation::same);
  EXPECT_EQ(within.reason, "within the host's own overhead of 150 ns a request");
  EXPECT_EQ(alone(match(10, 1.1), {.host_overhead_ns = 50}).relation, Relation::slower);
  EXPECT_EQ(alone(match(10, 0.7), {.host_overhead_ns = 150}).relation, Relation::faster);
  for (const double ratio : {0.5, 0.8, 0.95, 1.0, 1.2, 1.5, 1.9}) {
    const auto relation = alone(match(10, ratio, 0.05), {.host_overhead_ns = 1200}).relation;
    EXPECT_TRUE(relation == Relation::same || relation == Relation::inconclusive) << ratio;
  }
}

/// The median of the differences is within the overhead, though the mean ratio is not.
TEST(Verdict, MediansWithinTheHostsOverheadAreNotApart) {
  Match skewed;
  for (int i = 0; i < 21; ++i) {
    skewed.baseline_ns.push_back(1000 + i);
    skewed.rival_ns.push_back((1000 + i) * (i < 11 ? 1.09 : 1.4));
  }
  const auto it = alone(skewed, {.host_overhead_ns = 200});
  EXPECT_EQ(it.relation, Relation::inconclusive);
  EXPECT_FALSE(it.more_blocks);
}

TEST(Verdict, OfTwoRuns) {
  const auto of = [](const Match& match) { return alone(match, {}, Pairing::none); };
  EXPECT_EQ(of(match(10, 1.2)).relation, Relation::slower);
  EXPECT_EQ(of(match(10, 0.8)).relation, Relation::faster);
  EXPECT_EQ(of(match(10, 1.0)).relation, Relation::same);
  EXPECT_EQ(of(match(9, 1.0)).relation, Relation::inconclusive) << "too few for a bootstrap";
  Match uneven = match(12, 1.2);
  uneven.rival_ns.resize(7);
  EXPECT_EQ(of(uneven).blocks, 7u);
  EXPECT_EQ(of(uneven).relation, Relation::slower);
  EXPECT_EQ(of(match(3, 2.0)).relation, Relation::inconclusive);
  EXPECT_EQ(of(match(3, 2.0)).more_blocks, 3u);
}

}  // namespace
}  // namespace iodyno::host
