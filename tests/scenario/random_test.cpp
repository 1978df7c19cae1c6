#include "scenario/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace iodyno::host {
namespace {

std::vector<std::uint64_t> order(std::uint64_t n, std::uint64_t seed) {
  const Permutation permutation(n, seed);
  std::vector<std::uint64_t> values;
  for (std::uint64_t i = 0; i < n; ++i) values.push_back(permutation.at(i));
  return values;
}

TEST(Permutation, VisitsEveryNumberOnce) {
  for (std::uint64_t n = 1; n <= 200; ++n)
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto values = order(n, seed);
      EXPECT_EQ(std::set(values.begin(), values.end()).size(), n);
      EXPECT_LT(*std::max_element(values.begin(), values.end()), n);
    }
}

TEST(Permutation, OfManyNumbersRepeatsNoneInASample) {
  for (const auto n : {(std::uint64_t{1} << 32) + 1, std::uint64_t{1} << 62,
                       (std::uint64_t{1} << 62) + 3, (std::uint64_t{1} << 63) - 1}) {
    const Permutation permutation(n, 7);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const auto at = permutation.at(i % 2 == 0 ? i : n - i);
      EXPECT_LT(at, n);
      seen.insert(at);
    }
    EXPECT_EQ(seen.size(), 20'000u) << n;
  }
}

TEST(Permutation, IsOfTheSeed) {
  EXPECT_EQ(order(100, 1), order(100, 1));
  EXPECT_NE(order(100, 1), order(100, 2));
}

// Chi-square over the place of each number, 40 degrees of freedom a place at most: loose bounds.
TEST(Permutation, PutsEveryNumberEverywhere) {
  for (const std::uint64_t n : {2, 3, 5, 8, 16, 41}) {
    constexpr int kSeeds = 4'000;
    std::vector<std::vector<int>> counts(n, std::vector<int>(n));
    for (int seed = 0; seed < kSeeds; ++seed) {
      const auto values = order(n, mix(std::uint64_t(seed)));
      for (std::uint64_t i = 0; i < n; ++i) ++counts[i][values[i]];
    }
    const double expected = double(kSeeds) / double(n);
    for (const auto& place : counts) {
      double chi_square = 0;
      for (const int count : place)
        chi_square += (count - expected) * (count - expected) / expected;
      EXPECT_LT(chi_square, double(n - 1) + 6 * std::sqrt(2.0 * double(n)) + 6) << n;
    }
  }
}

// What a disk or a prefetcher could make use of: runs, and equal steps.
TEST(Permutation, HasNoPattern) {
  for (const std::uint64_t n : {1'000, 4'096, 65'536}) {
    const auto values = order(n, 3);
    std::map<std::uint64_t, int> steps;
    int rises = 0;
    for (std::size_t i = 1; i < n; ++i) {
      rises += values[i] > values[i - 1];
      ++steps[(values[i] + n - values[i - 1]) % n];
    }
    EXPECT_NEAR(double(rises) / double(n), 0.5, 0.05) << n;
    for (const auto& [step, count] : steps) EXPECT_LT(count, 16) << "step " << step << " of " << n;
  }
}

TEST(Below, SpreadsEvenly) {
  std::vector<int> counts(10);
  for (std::uint64_t i = 0; i < 100'000; ++i) ++counts[below(mix(42, i), 10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_EQ(below(UINT64_MAX, 7), 6u);
  EXPECT_EQ(below(0, 7), 0u);
}

TEST(Fraction, IsBelowOne) {
  EXPECT_EQ(fraction(0), 0);
  EXPECT_LT(fraction(UINT64_MAX), 1);
}

TEST(Mix, IsSplitMix64) { EXPECT_EQ(mix(0), 0xe220a8397b1dcdaf); }

TEST(Zipf, FollowsItsLaw) {
  constexpr int kDraws = 200'000;
  for (const double theta : {0.2, 0.5, 0.99}) {
    constexpr std::uint64_t n = 100;
    const Zipf zipf(n, theta);
    std::vector<int> counts(n);
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const auto rank = zipf.rank(11, i);
      ASSERT_LT(rank, n);
      ++counts[rank];
    }
    double total = 0, chi_square = 0;
    for (std::uint64_t k = 1; k <= n; ++k) total += std::pow(double(k), -theta);
    for (std::uint64_t k = 1; k <= n; ++k) {
      const double expected = kDraws * std::pow(double(k), -theta) / total;
      chi_square += std::pow(counts[k - 1] - expected, 2) / expected;
    }
    EXPECT_LT(chi_square, 99 + 6 * std::sqrt(2 * 99)) << theta;
  }
}

TEST(Zipf, OfOneAndOfMany) {
  EXPECT_EQ(Zipf(1, 0.99).rank(1, 1), 0u);
  const auto n = std::uint64_t{1} << 40;
  const Zipf zipf(n, 0.99);
  std::set<std::uint64_t> ranks;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    ASSERT_LT(zipf.rank(1, i), n);
    EXPECT_EQ(zipf.rank(1, i), zipf.rank(1, i));
    ranks.insert(zipf.rank(1, i));
  }
  EXPECT_GT(ranks.size(), 500u);
}

}  // namespace
}  // namespace iodyno::host
