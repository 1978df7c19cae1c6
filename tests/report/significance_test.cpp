#include "report/significance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace iodyno::host {
namespace {

using Values = std::vector<double>;

// --- Signs

TEST(SignFlip, AgreesWithCountingByHand) {
  EXPECT_DOUBLE_EQ(sign_flip_test(Values{1, 2, 3}).value, 2.0 / 8);
  EXPECT_DOUBLE_EQ(sign_flip_test(Values{5, 4, -1}).value, 4.0 / 8);
  EXPECT_DOUBLE_EQ(sign_flip_test(Values{3, -1}).value, 1);
  EXPECT_DOUBLE_EQ(sign_flip_test(Values{7}).value, 1);
}

TEST(SignFlip, WhatIsClippedCountsAsTheNext) {
  const Values wild = {1, 2, 3, -1000}, tame = {1, 2, 3, -3};
  EXPECT_DOUBLE_EQ(sign_flip_test(wild, 1).value, sign_flip_test(tame).value);
  EXPECT_DOUBLE_EQ(sign_flip_test(Values{1, 1, 1, 1, 1, 1, 1, 1, 1, -50}, 1).value, 22.0 / 1024)
      << "a test of signs: none or one of ten, and the same of the other sign";
}

/// Darwin's maize, crossed against self-fertilised, as Fisher counted it in 1935: in 863 of 32,768
/// arrangements the sum is as great.
TEST(SignFlip, AgreesWithFisher) {
  const Values maize = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
  const PValue p = sign_flip_test(maize);
  EXPECT_DOUBLE_EQ(p.value, 2 * 863.0 / 32768);
  EXPECT_EQ(p.how, PValue::How::exact);
}

TEST(SignFlip, TheSmallestIsOfOneDirection) {
  for (const std::size_t n : {5, 6, 10, 20}) {
    Values one_direction(n);
    std::iota(one_direction.begin(), one_direction.end(), 1.0);
    EXPECT_DOUBLE_EQ(sign_flip_test(one_direction).value, std::ldexp(1, 1 - int(n)));
    for (double& value : one_direction) value = -0.1 / value;
    EXPECT_DOUBLE_EQ(sign_flip_test(one_direction).value, std::ldexp(1, 1 - int(n)));
  }
}

TEST(SignFlip, NoDifferenceIsNoEvidence) {
  EXPECT_EQ(sign_flip_test(Values(10, 0.0)).value, 1);
  EXPECT_EQ(sign_flip_test(Values(30, 0.0)).value, 1);
}

/// Sums that are equal but for rounding count as equal: all of these are 0.1 or more.
TEST(SignFlip, RoundingLosesNoArrangement) {
  EXPECT_EQ(sign_flip_test(Values{0.1, 0.2, -0.3, 0.1}).value, 1);
}

TEST(SignFlip, ManyPairsAreDrawnAndNeverImpossible) {
  Values many(25);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = i % 2 == 0 ? 1.1 : -1;
  const PValue p = sign_flip_test(many);
  EXPECT_EQ(p.how, PValue::How::simulated);
  EXPECT_EQ(p.value, sign_flip_test(many).value) << "the same figures give the same p";
  // 13 × 1.1 - 12 = 2.3 is about 0.44 of the standard deviation of the sum, 5.26.
  EXPECT_NEAR(p.value, 0.67, 0.1);
  const PValue least = sign_flip_test(Values(40, 1.0));
  EXPECT_GT(least.value, 0);
  EXPECT_LT(least.value, 1e-4);
}

/// Where both can be had, the draws come to what the count comes to.
TEST(SignFlip, DrawnAndCountedAgree) {
  Values twenty(20);
  for (std::size_t i = 0; i < twenty.size(); ++i) twenty[i] = std::sin(double(i)) + 0.25;
  Values with_zeros = twenty;  // a pair without a difference changes no sum
  with_zeros.push_back(0);
  EXPECT_EQ(sign_flip_test(with_zeros).how, PValue::How::simulated);
  EXPECT_NEAR(sign_flip_test(with_zeros).value, sign_flip_test(twenty).value, 0.005);
}

// --- Ranks

TEST(RankSum, TheSmallestAreThoseOfTheTables) {
  EXPECT_DOUBLE_EQ(rank_sum_test(Values{1, 2, 3}, Values{4, 5, 6}).value, 2.0 / 20);
  EXPECT_DOUBLE_EQ(rank_sum_test(Values{5, 6, 7, 8}, Values{1, 2, 3, 4}).value, 2.0 / 70);
  EXPECT_DOUBLE_EQ(rank_sum_test(Values{1, 2, 3, 4, 5}, Values{6, 7, 8, 9, 10}).value, 2.0 / 252);
  EXPECT_DOUBLE_EQ(rank_sum_test(Values{1}, Values{2}).value, 1);
  Values low(10), high(10);
  std::iota(low.begin(), low.end(), 0.0);
  std::iota(high.begin(), high.end(), 10.0);
  EXPECT_DOUBLE_EQ(rank_sum_test(low, high).value, 2.0 / 184756);
  EXPECT_EQ(rank_sum_test(low, high).how, PValue::How::exact);
}

/// Every way to give the ranks 1 … n + m to two samples, against the closed form.
TEST(RankSum, AgreesWithCountingAllOrders) {
  for (const unsigned n : {2u, 3u, 5u}) {
    const unsigned all = n + 4;
    std::vector<std::pair<Values, Values>> orders;
    std::vector<double> pairs;
    for (unsigned mask = 0; mask < 1u << all; ++mask) {
      if (std::popcount(mask) != int(n)) continue;
      auto& [one, other] = orders.emplace_back();
      for (unsigned rank = 0; rank < all; ++rank)
        (mask >> rank & 1 ? one : other).push_back(double(rank));
      double below = 0;
      for (const double a : one)
        for (const double b : other) below += a < b;
      pairs.push_back(std::abs(below - double(n) * 4 / 2));
    }
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto as_far = std::ranges::count_if(pairs, [&](double d) { return d >= pairs[i]; });
      EXPECT_NEAR(rank_sum_test(orders[i].first, orders[i].second).value,
                  double(as_far) / double(orders.size()), 1e-12);
    }
  }
}

TEST(RankSum, TiesAreCorrectedFor) {
  const PValue p = rank_sum_test(Values{1, 2, 2, 3}, Values{2, 4, 5, 6});
  EXPECT_EQ(p.how, PValue::How::approximate);
  EXPECT_NEAR(p.value, 0.1037, 0.0005);  // U = 14, variance 11.43
  EXPECT_EQ(rank_sum_test(Values{1, 1, 1}, Values{1, 1}).value, 1);
}

TEST(RankSum, LargeSamplesAreApproximatedWell) {
  Values one, other;
  for (int i = 0; i < 50; ++i) {
    one.push_back(i + 0.1 * (i % 3));
    other.push_back(i + 5.05);
  }
  const PValue exact = rank_sum_test(one, other);
  EXPECT_EQ(exact.how, PValue::How::exact);
  one.push_back(25.01), other.push_back(30.06);
  const PValue approximate = rank_sum_test(one, other);
  EXPECT_EQ(approximate.how, PValue::How::approximate);
  EXPECT_NEAR(approximate.value, exact.value, 0.01);
}

// --- Families

TEST(Holm, AdjustsStepByStep) {
  const auto adjusted = holm_adjusted(Values{0.01, 0.04, 0.03});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06) << "not below that of a smaller p";
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_EQ(holm_adjusted(Values{0.7, 0.9}), (Values{1, 1}));
  EXPECT_EQ(holm_adjusted(Values{0.02}), Values{0.02});
  EXPECT_TRUE(holm_adjusted(Values{}).empty());
}

}  // namespace
}  // namespace iodyno::host
