#include "report/estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace iodyno::host {
namespace {

using Values = std::vector<double>;

TEST(PairedRatio, IsTheGeometricMeanWithinStudentsInterval) {
  // Logarithms -1, 0, 1: mean 0, deviation 1, so the reach is t / sqrt(3).
  const auto ratio = paired_ratio(Values{-1, 0, 1});
  EXPECT_DOUBLE_EQ(ratio.value, 1);
  EXPECT_NEAR(std::log(ratio.within95->high), 4.30265 / std::sqrt(3), 1e-5);
  EXPECT_NEAR(std::log(ratio.within99->low), -9.92484 / std::sqrt(3), 1e-5);
}

TEST(PairedRatio, LeavesOutTheOutermostAndCountsThemAsTheNext) {
  // One of ten at either end. Of 1 … 8 the mean is 4.5; with 1 and 8 twice, ten values of the sum
  // of squares 2 · (3.5² · 2 + 2.5² + 1.5² + 0.5²) = 66.5, the deviation is the root of 66.5 / 9.
  const Values logs = {1, 2, 3, 4, 5, 6, 7, 8, -1000, 1000};
  ASSERT_EQ(trimmed(logs.size()), 1);
  const auto ratio = paired_ratio(logs);
  EXPECT_NEAR(std::log(ratio.value), 4.5, 1e-12);
  const double error = std::sqrt(66.5 / 9) * std::sqrt(10.0) / 8;
  EXPECT_NEAR(std::log(ratio.within95->high), 4.5 + 2.36462 * error, 1e-4) << "t of 7 degrees";
  EXPECT_NEAR(std::log(ratio.within99->low), 4.5 - 3.49948 * error, 1e-4);
}

TEST(PairedRatio, WhatIsTrimmedGrowsToAFifth) {
  EXPECT_EQ(trimmed(0), 0);
  EXPECT_EQ(trimmed(6), 0);
  EXPECT_EQ(trimmed(7), 1);
  EXPECT_EQ(trimmed(14), 1);
  EXPECT_EQ(trimmed(15), 3);
  EXPECT_EQ(trimmed(20), 4);
  EXPECT_EQ(trimmed(100), 20);
}

TEST(PairedRatio, DriftThatBothHaveIsGone) {
  const Values rival = {11, 22, 55, 110}, baseline = {10, 20, 50, 100};
  const auto ratio = paired_ratio(log_ratios(rival, baseline));
  EXPECT_NEAR(ratio.value, 1.1, 1e-12);
  EXPECT_NEAR(ratio.within99->low, 1.1, 1e-9);
  EXPECT_NEAR(ratio.within99->high, 1.1, 1e-9);
}

TEST(PairedRatio, SwappedSidesAreInverse) {
  const Values rival = {9, 12, 10, 13}, baseline = {10, 11, 9, 10};
  const auto one = paired_ratio(log_ratios(rival, baseline));
  const auto other = paired_ratio(log_ratios(baseline, rival));
  EXPECT_NEAR(one.value * other.value, 1, 1e-12);
  EXPECT_NEAR(one.within95->low * other.within95->high, 1, 1e-12);
}

TEST(PairedRatio, OnePairHasNoInterval) {
  const auto ratio = paired_ratio(Values{std::log(2)});
  EXPECT_DOUBLE_EQ(ratio.value, 2);
  EXPECT_FALSE(ratio.within95 || ratio.within99);
}

TEST(UnpairedRatio, IsThatOfTheMedians) {
  const Values rival = {21, 20, 19, 22, 500}, baseline = {10, 10.5, 9.5};
  const auto ratio = unpaired_ratio(rival, baseline);
  EXPECT_DOUBLE_EQ(ratio.value, 2.1);
  EXPECT_LE(ratio.within99->low, ratio.within95->low);
  EXPECT_LT(ratio.within95->low, 2.1);
  EXPECT_GT(ratio.within95->high, 2.1);
  EXPECT_GE(ratio.within99->high, ratio.within95->high);
  const auto again = unpaired_ratio(rival, baseline);
  EXPECT_EQ(ratio.within95->low, again.within95->low) << "the same figures, the same interval";
}

TEST(UnpairedRatio, NeedsTwoOfEachForAnInterval) {
  EXPECT_FALSE(unpaired_ratio(Values{2, 3}, Values{1}).within95);
  const auto exact = unpaired_ratio(Values{2, 2}, Values{1, 1, 1});
  EXPECT_EQ(exact.within99->low, 2);
  EXPECT_EQ(exact.within99->high, 2);
}

}  // namespace
}  // namespace iodyno::host
