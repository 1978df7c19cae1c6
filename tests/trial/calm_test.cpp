#include "trial/calm.hpp"

#include <gtest/gtest.h>

#include <iodyno/config.hpp>

namespace iodyno::host {
namespace {

TEST(Calm, WithNothingKnownOneProbeIsEnough) {
  const auto calm = wait_until_calm(0, 0);
  EXPECT_GT(calm.fastest_ns, 0);
  EXPECT_EQ(calm.slowdown, 1.0);
}

TEST(Calm, AFasterCpuThanKnownIsNotWaitedFor) {
  const auto calm = wait_until_calm(1e9, 0);
  EXPECT_LT(calm.fastest_ns, 1e9);
  EXPECT_EQ(calm.slowdown, 1.0);
}

TEST(Calm, WhatNeverComesIsWaitedForUntilTheLimit) {
  constexpr double kImpossible = 1e-6;
  constexpr std::uint64_t kLimit = 10'000'000;
  const auto began = now();
  const auto calm = wait_until_calm(kImpossible, kLimit);
  EXPECT_GE(now() - began, kLimit);
  EXPECT_GE(calm.slowdown, calm.fastest_ns / kImpossible) << "the last probe, and not the best";
}

}  // namespace
}  // namespace iodyno::host
