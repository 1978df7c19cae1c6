#include "report/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace iodyno::host {
namespace {

using Values = std::vector<double>;

TEST(Statistics, OfOneValue) {
  const Values one = {7};
  EXPECT_EQ(mean(one), 7);
  EXPECT_EQ(median(one), 7);
  EXPECT_EQ(quantile(one, 0.25), 7);
  EXPECT_EQ(standard_deviation(one), 0);
  EXPECT_EQ(coefficient_of_variation(one), 0);
  EXPECT_EQ(relative_spread(one), 0);
}

TEST(Statistics, MedianIsBetweenTheMiddleTwo) {
  EXPECT_EQ(median(Values{5, 1, 3}), 3);
  EXPECT_EQ(median(Values{5, 1, 3, 4}), 3.5);
}

TEST(Statistics, QuantileIsLinearBetweenNeighbours) {
  const Values values = {40, 10, 30, 20};
  EXPECT_EQ(quantile(values, 0), 10);
  EXPECT_EQ(quantile(values, 0.25), 17.5);
  EXPECT_EQ(quantile(values, 1), 40);
}

TEST(Statistics, DeviationIsOfTheSample) {
  const Values values = {2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_DOUBLE_EQ(standard_deviation(values), std::sqrt(32.0 / 7));
  EXPECT_DOUBLE_EQ(coefficient_of_variation(values), std::sqrt(32.0 / 7) / 5);
}

TEST(Statistics, AMeanOfZeroHasNoVariation) {
  EXPECT_EQ(coefficient_of_variation(Values{0, 0, 0}), 0);
  EXPECT_EQ(coefficient_of_variation(Values{-1, 1}), 0);
  EXPECT_EQ(relative_spread(Values{0, 0}), 0);
}

TEST(Statistics, OneWildValueDoesNotMoveTheSpread) {
  const Values quiet = {98, 99, 100, 101, 102};
  const Values wild = {98, 99, 100, 101, 900};
  EXPECT_DOUBLE_EQ(relative_spread(quiet), 0.01);
  EXPECT_DOUBLE_EQ(relative_spread(wild), 0.01);
}

}  // namespace
}  // namespace iodyno::host
