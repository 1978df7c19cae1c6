#include "report/bound.hpp"

#include <gtest/gtest.h>

#include "example_runs.hpp"

namespace iodyno::host {
namespace {

/// Of one trial of 1000 ns a request.
Bound bound(double cpu, double user, double workers = 0, double pollers = 0) {
  ReadCase one = example::run_case("read", "posix", 1000, {}, 2);
  for (Repetition& trial : one.repetitions) {
    trial.real_time_ns = 1000;
    trial.cpu_time_ns = cpu;
  }
  example::set_counter(one, "user_cpu_ns", user);
  example::set_counter(one, "iou_wrk_cpu_ns", workers);
  example::set_counter(one, "iou_sqp_cpu_ns", pollers);
  return *bound_of(one);
}

double sum(const Bound& bound) {
  double all = 0;
  for (const TimeShare& share : bound.shares) all += share.fraction;
  return all;
}

TEST(Bound, ByEachSpender) {
  EXPECT_EQ(bound(900, 700).by, Spender::user);
  EXPECT_EQ(bound(900, 100).by, Spender::kernel);
  EXPECT_EQ(bound(900, 100, 600).by, Spender::workers);
  EXPECT_EQ(bound(900, 100, 0, 600).by, Spender::pollers);
  EXPECT_EQ(bound(300, 100).by, Spender::waiting);
  EXPECT_EQ(bound(800, 400).by, std::nullopt);
}

TEST(Bound, HasFewTicksInAShortTime) {
  ReadCase one = example::run_case("read", "posix", 1000, {}, 2);
  example::set_counter(one, "user_cpu_ns", 300);
  for (Repetition& trial : one.repetitions) trial.cpu_time_ns = 600;
  const auto with = [&](double iterations) {
    for (Repetition& trial : one.repetitions) trial.iterations = iterations;
    return bound_of(one)->has_few_ticks;
  };
  const double trials = double(one.repetitions.size());
  EXPECT_TRUE(with(99e6 / (600 * trials)));
  EXPECT_FALSE(with(101e6 / (600 * trials)));
}

TEST(Bound, SharesAreOfTheWallTime) {
  const Bound half = bound(600, 100, 200, 50);
  EXPECT_DOUBLE_EQ(half.of(Spender::user).fraction, 0.1);
  EXPECT_DOUBLE_EQ(half.of(Spender::kernel).fraction, 0.25);
  EXPECT_DOUBLE_EQ(half.of(Spender::workers).fraction, 0.2);
  EXPECT_DOUBLE_EQ(half.of(Spender::pollers).fraction, 0.05);
  EXPECT_DOUBLE_EQ(half.of(Spender::waiting).fraction, 0.4);
  EXPECT_DOUBLE_EQ(half.cpus_busy, 0.6);
  EXPECT_DOUBLE_EQ(sum(half), 1);
  EXPECT_DOUBLE_EQ(half.spread(), 0);
}

TEST(Bound, OrOfTheCpuTimeWhereThatIsMore) {
  const Bound two = bound(2000, 500);
  EXPECT_DOUBLE_EQ(two.of(Spender::user).fraction, 0.25);
  EXPECT_DOUBLE_EQ(two.of(Spender::kernel).fraction, 0.75);
  EXPECT_DOUBLE_EQ(two.of(Spender::waiting).fraction, 0);
  EXPECT_DOUBLE_EQ(two.cpus_busy, 2);
  EXPECT_DOUBLE_EQ(sum(two), 1);
}

TEST(Bound, PartsThatAreMoreThanTheSumAreCut) {
  const Bound cut = bound(500, 450, 100);
  EXPECT_DOUBLE_EQ(cut.of(Spender::workers).fraction, 0.1);
  EXPECT_DOUBLE_EQ(cut.of(Spender::user).fraction, 0.4);
  EXPECT_DOUBLE_EQ(cut.of(Spender::kernel).fraction, 0);
  EXPECT_DOUBLE_EQ(sum(cut), 1);
}

TEST(Bound, SpreadIsThatOfTheMiddleHalf) {
  ReadCase one = example::run_case("read", "posix", 1000, {}, 5);
  for (Repetition& trial : one.repetitions) trial.real_time_ns = 1000;
  for (Repetition& trial : one.repetitions) trial.cpu_time_ns = 500 + 100.0 * trial.block;
  const Bound bound = *bound_of(one);
  EXPECT_DOUBLE_EQ(bound.of(Spender::waiting).low, 0.2);
  EXPECT_DOUBLE_EQ(bound.of(Spender::waiting).high, 0.4);
  EXPECT_NEAR(bound.spread(), 0.2, 1e-12);
}

TEST(Bound, NoneWithoutItsFigures) {
  ReadCase one = example::run_case("read", "posix", 1000);
  one.repetitions[3].counters.erase("user_cpu_ns");
  EXPECT_FALSE(bound_of(one));
  one = example::run_case("read", "posix", 1000);
  one.repetitions[0].cpu_time_ns = NAN;
  EXPECT_FALSE(bound_of(one));
  EXPECT_FALSE(bound_of(example::run_case_without_figures("read", "posix", "failed: EIO")));
}

}  // namespace
}  // namespace iodyno::host
