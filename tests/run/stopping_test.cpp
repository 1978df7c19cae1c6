// When a phase and point has had blocks enough.
#include "run/stopping.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace iodyno::host {
namespace {

constexpr auto kUnknown = std::numeric_limits<double>::infinity();

/// What comes after so many blocks; `known`: to which fraction the ratios are known by then.
std::optional<Stop> after(std::uint64_t blocks, const Stopping& stopping,
                          std::optional<double> known = {}, bool late = false) {
  return stop_after(blocks, late, stopping, [=] { return known; });
}

TEST(Stopping, WithoutAPrecisionAfterTheRepetitions) {
  EXPECT_FALSE(after(9, {.repetitions = 10, .precision = {}}, 0.001));
  const auto stop = after(10, {.repetitions = 10, .precision = {}}, kUnknown);
  ASSERT_TRUE(stop);
  EXPECT_FALSE(stop->by_time);
  EXPECT_EQ(stop->precision, "");
  ASSERT_TRUE(after(3, {.repetitions = 10, .precision = {}}, {}, true));
  EXPECT_TRUE(after(3, {.repetitions = 10, .precision = {}}, {}, true)->by_time);
  EXPECT_FALSE(after(10, {.repetitions = 10, .precision = {}}, {}, true)->by_time);
}

TEST(Stopping, WhenTheRatiosAreKnown) {
  const Stopping stopping{.repetitions = 10, .precision = 0.02};
  EXPECT_FALSE(after(5, stopping, 0.001)) << "fewer than six tell nothing";
  EXPECT_EQ(after(6, stopping, 0.02)->precision, "reached after 6 blocks");
  EXPECT_FALSE(after(14, stopping, 0.021));
  EXPECT_EQ(after(14, stopping, 0.019)->precision, "reached after 14 blocks");
  EXPECT_EQ(after(3, {3, 0.02}, 0.01)->precision, "reached after 3 blocks");
  EXPECT_FALSE(after(14, stopping, 0.019)->by_time);
}

TEST(Stopping, WhenTheyWillNotBeKnown) {
  const Stopping stopping{.repetitions = 10, .precision = 0.02};
  EXPECT_FALSE(after(99, stopping, kUnknown));
  EXPECT_EQ(after(100, stopping, kUnknown)->precision, "not reached in 100 blocks");
  EXPECT_FALSE(after(100, stopping, kUnknown)->by_time);
  const auto late = after(2, stopping, 0.001, true);
  EXPECT_EQ(late->precision, "not reached: the time limit");
  EXPECT_TRUE(late->by_time);
  EXPECT_EQ(after(6, stopping, 0.001, true)->precision, "reached after 6 blocks");
}

TEST(Stopping, WithoutRivalsAfterTheRepetitions) {
  const Stopping stopping{.repetitions = 10, .precision = 0.02};
  EXPECT_FALSE(after(9, stopping));
  EXPECT_EQ(after(10, stopping)->precision, "nobody to compare: 10 blocks");
  EXPECT_EQ(after(15, stopping)->precision, "nobody to compare: 15 blocks")
      << "the last has failed";
  EXPECT_EQ(after(1, stopping, {}, true)->precision, "nobody to compare: 1 block");
  EXPECT_TRUE(after(1, stopping, {}, true)->by_time);
}

}  // namespace
}  // namespace iodyno::host
