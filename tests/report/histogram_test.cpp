#include "report/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace iodyno::host {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

/// Values over all magnitudes, as durations are.
std::vector<std::uint64_t> random_values(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(0, 40);
  std::vector<std::uint64_t> values(count);
  for (auto& value : values) value = std::uint64_t(std::exp2(exponent(random)));
  return values;
}

Histogram histogram_of(const std::vector<std::uint64_t>& values) {
  Histogram histogram;
  for (const auto value : values) histogram.record(value);
  return histogram;
}

void expect_equal(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.buckets(), b.buckets());
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_EQ(a.sum(), b.sum());
}

TEST(Histogram, BucketsFollowOneAnother) {
  EXPECT_EQ(Histogram::bucket_of(0), 0u);
  EXPECT_EQ(Histogram::bucket_of(255), 255u);
  EXPECT_EQ(Histogram::bucket_of(256), 256u);
  EXPECT_EQ(Histogram::bucket_of(257), 256u);
  EXPECT_EQ(Histogram::bucket_of(258), 257u);
  EXPECT_EQ(Histogram::bucket_of(511), 383u);
  EXPECT_EQ(Histogram::bucket_of(512), 384u);
  EXPECT_EQ(Histogram::bucket_of(kLargest), 7423u);
}

TEST(Histogram, TheMiddleOfABucketLiesInIt) {
  for (std::uint32_t bucket = 0; bucket <= Histogram::bucket_of(kLargest); ++bucket) {
    ASSERT_EQ(Histogram::bucket_of(Histogram::middle_of(bucket)), bucket);
  }
}

TEST(Histogram, AnEmptyOneIsAllZero) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_EQ(empty.quantile(0.5), 0u);
  EXPECT_TRUE(empty.buckets().empty());
  expect_equal(Histogram::from({}, 0, 0), empty);
}

TEST(Histogram, QuantilesAreThoseOfTheSortedValues) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto values = random_values(1 + 997 * seed, seed);
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (const int permille : {0, 1, 70, 250, 500, 900, 990, 999, 1000}) {
      // In whole numbers: the smallest rank that is at least the fraction of all.
      const std::size_t rank =
          std::max<std::size_t>(1, (values.size() * unsigned(permille) + 999) / 1000);
      const auto exact = double(values[rank - 1]);
      const auto found = double(histogram.quantile(permille / 1000.0));
      ASSERT_NEAR(found, exact, 0.004 * exact) << "seed " << seed << ", " << permille << " ‰";
    }
  }
}

TEST(Histogram, QuantilesBelow256NanosecondsAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.record(value);
  for (unsigned percent = 1; percent <= 100; ++percent) {
    EXPECT_EQ(histogram.quantile(percent / 100.0), percent);
  }
}

TEST(Histogram, NoQuantileIsAboveTheMaximum) {
  const Histogram histogram = histogram_of({1'000'000, 1'000'000, 1'000'001});
  EXPECT_LE(histogram.quantile(0.5), 1'000'001u);
  EXPECT_EQ(histogram.quantile(1), 1'000'001u);
  EXPECT_EQ(histogram_of({kLargest}).quantile(0.5), kLargest);
}

TEST(Histogram, MergedIsAsIfRecordedInOne) {
  const auto first = random_values(1000, 1), second = random_values(500, 2);
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  Histogram merged = histogram_of(first);
  merged.merge(histogram_of(second));
  expect_equal(merged, histogram_of(both));
}

TEST(Histogram, OneFromBucketsCanBeUsedLikeAnyOther) {
  const Histogram original = histogram_of(random_values(1000, 3));
  Histogram copy = Histogram::from(original.buckets(), original.max(), original.sum());
  expect_equal(copy, original);

  Histogram small = Histogram::from({{3, 2}}, 3, 6);
  small.record(1'000'000);
  small.merge(original);
  EXPECT_EQ(small.count(), 1003u);
  EXPECT_EQ(small.max(), std::max<std::uint64_t>(original.max(), 1'000'000));
}

TEST(Histogram, RefusesBucketsThatCannotBe) {
  EXPECT_THROW(Histogram::from({{7424, 1}}, 1, 1), std::invalid_argument);
  EXPECT_THROW(Histogram::from({{5, 0}}, 5, 0), std::invalid_argument);
  EXPECT_THROW(Histogram::from({{5, 1}}, 700, 5), std::invalid_argument);
  EXPECT_THROW(Histogram::from({}, 700, 5), std::invalid_argument);
}

}  // namespace
}  // namespace iodyno::host
