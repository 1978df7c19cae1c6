// The clock, held against a backend that takes exactly the time that it is told to take.
#include "trial/measure.hpp"

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

struct Setting {
  std::int64_t latency_ns = 0;
  std::uint64_t files = 100, size = 5000;
  MeasureSettings measure{.synthetic = true};
};

class Measure : public testing::Test {
 protected:
  Sample run(const Phase& phase, const Setting& setting) {
    const Files files({.files = setting.files, .size = {setting.size, setting.size}});
    Session session(null_, {.options = {OptionValue(setting.latency_ns)},
                            .depth = std::uint32_t(phase.depth),
                            .max_batch = std::uint32_t(batch_size(phase, files)),
                            .flags = phase.rate ? std::uint32_t{IODYNO_PACED} : 0,
                            .block_bytes = phase.block,
                            .content = {},
                            .consume = phase.consume,
                            .kept = {}});
    if (phase.block != 0) session.open_files({"a", "b"}, true);
    Workload workload(phase, files, 1, 1);
    Sample sample;
    measure(session, workload, phase, setting.measure, sample);
    return sample;
  }
  static Phase phase(iodyno_op op = IODYNO_OP_READ) { return {.name = "p", .ops = {{op}}}; }

 private:
  const Plugin null_{NULL_PLUGIN};
};

TEST_F(Measure, GivesTheLatencyThatThereWas) {
  for (const std::uint64_t latency : {1'000'000, 100'000}) {
    auto one = phase();
    one.depth = 4;
    const auto sample = run(one, {.latency_ns = std::int64_t(latency)});
    EXPECT_TRUE(sample.usable()) << sample.error << sample.invalid.size();
    EXPECT_EQ(sample.requests, 100u);
    EXPECT_EQ(sample.bytes, 100u * 5000);
    EXPECT_GE(sample.wall_ns, 25 * latency);
    EXPECT_EQ(sample.latency.count(), 100u);
    EXPECT_EQ(sample.latency.max(), latency);
    EXPECT_EQ(sample.latency.sum(), 100 * latency);
    for (const double q : {0.5, 0.9, 0.99, 1.0})
      EXPECT_NEAR(double(sample.latency.quantile(q)), double(latency), 0.004 * double(latency));
    ASSERT_TRUE(sample.achieved_depth);
    EXPECT_DOUBLE_EQ(*sample.achieved_depth * double(sample.wall_ns), 100.0 * double(latency));
    EXPECT_LE(*sample.achieved_depth, 4.0);
    EXPECT_EQ(sample.user_cpu_ns / 1'000'000'000, 0u);
    EXPECT_LT(sample.cpu_ns, sample.wall_ns);  // it sleeps
  }
}

TEST_F(Measure, GivesNoLatencyWhereThereWasNone) {
  const auto sample = run(phase(IODYNO_OP_DELETE), {.files = 5000});
  EXPECT_TRUE(sample.usable());
  EXPECT_EQ(sample.requests, 5000u);
  EXPECT_EQ(sample.bytes, 0u);
  EXPECT_EQ(sample.latency.count(), 5000u);
  EXPECT_EQ(sample.latency.max(), 0u);
  EXPECT_GT(sample.wall_ns, 0u);
  EXPECT_GT(sample.host_ns, 0u);
}

TEST_F(Measure, CutsTheWorkIntoBatches) {
  auto one = phase();
  one.batch = 7;
  EXPECT_EQ(run(one, {}).requests, 100u);
}

TEST_F(Measure, StampsNothingWhenUntimed) {
  auto one = phase();
  one.timed = false;
  const auto sample = run(one, {.latency_ns = 10'000});
  EXPECT_TRUE(sample.usable());
  EXPECT_EQ(sample.requests, 100u);
  EXPECT_EQ(sample.bytes, 100u * 5000);
  EXPECT_GE(sample.wall_ns, 1'000'000u);
  EXPECT_EQ(sample.latency.count(), 0u);
  EXPECT_FALSE(sample.achieved_depth);
}

TEST_F(Measure, StampsNothingInARehearsal) {
  const auto sample = run(phase(), {.measure = {.rehearsal = true, .synthetic = true}});
  EXPECT_TRUE(sample.usable());
  EXPECT_EQ(sample.requests, 100u);
  EXPECT_EQ(sample.latency.count(), 0u);
}

TEST_F(Measure, BeginsNoBatchAfterTheCap) {
  auto one = phase();
  one.batch = 1;
  const auto sample =
      run(one, {.latency_ns = 2'000'000, .measure = {.cap_ns = 10'000'000, .synthetic = true}});
  EXPECT_TRUE(sample.usable());
  EXPECT_GE(sample.requests, 1u);
  EXPECT_LE(sample.requests, 5u);
}

TEST_F(Measure, GoesOnForTheTimeOfThePhase) {
  auto one = phase(IODYNO_OP_READ_BLOCK);
  one.block = 500;
  one.time_ns = 20'000'000;
  const auto sample = run(one, {.latency_ns = 1'000'000, .files = 2});
  EXPECT_TRUE(sample.usable());
  // What would begin at the deadline or behind it is cancelled, and that is no failure.
  EXPECT_GE(sample.requests, 1u);
  EXPECT_LE(sample.requests, 20u);
  EXPECT_EQ(sample.bytes, sample.requests * 500);
  EXPECT_EQ(sample.latency.count(), sample.requests);
}

TEST_F(Measure, RepeatsThePassUntilTheCountIsDone) {
  auto one = phase(IODYNO_OP_WRITE_BLOCK);
  one.block = 1000;
  one.count = 2'500;
  const auto sample = run(one, {.files = 2});
  EXPECT_EQ(sample.requests, 2500u);
  EXPECT_EQ(sample.bytes, 2'500'000u);
}

TEST_F(Measure, PacesAnOpenLoop) {
  auto one = phase();
  one.rate = Rate{2000};
  const auto sample = run(one, {.latency_ns = 100'000, .files = 40});
  EXPECT_TRUE(sample.usable());
  EXPECT_EQ(sample.requests, 40u);
  EXPECT_GE(sample.wall_ns, 39u * 500'000);
  EXPECT_GE(sample.latency.quantile(0.01), 99'500u);
}

/// Nobody is faster than a schedule: it goes on while the host makes the next batch.
TEST_F(Measure, TakesAsLongAsTheScheduleOfAnOpenLoop) {
  auto one = phase();
  one.rate = Rate{1e6};
  one.batch = 100;
  const auto before = now();
  const auto sample = run(one, {.files = 10'000});
  EXPECT_LE(sample.wall_ns + sample.host_ns, now() - before) << "nothing counts twice";
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_GE(sample.wall_ns, 9'999u * 1000);
  ASSERT_TRUE(sample.achieved_depth);
  EXPECT_LE(*sample.achieved_depth, 1.0);
}

/// One slot of 1 ms, asked for 10 requests a millisecond: each waits for all before it.
TEST_F(Measure, CountsWaitingForATurnAsLatency) {
  auto one = phase();
  one.rate = Rate{10'000};
  const auto sample = run(one, {.latency_ns = 1'000'000, .files = 20});
  EXPECT_TRUE(sample.usable());
  // Request i was due at i * 0.1 ms after the start and ends at (i + 1) * 1 ms, or later.
  EXPECT_GE(sample.latency.max(), 20'000'000u - 19u * 100'000);
  EXPECT_GE(sample.latency.sum(), 20u * 1'000'000 + 190u * 900'000);
  ASSERT_TRUE(sample.achieved_depth);
  EXPECT_LE(*sample.achieved_depth, 1.0);
}

TEST_F(Measure, KeepsTheServiceTimeBesideTheLatencyOfAnOpenLoop) {
  auto one = phase();
  one.rate = Rate{10'000};
  const auto sample = run(one, {.latency_ns = 1'000'000});  // ten times too slow, one after another
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.service.count(), 100u);
  EXPECT_EQ(sample.service.max(), 1'000'000u);
  EXPECT_EQ(sample.service.sum(), 100'000'000u);
  // The last of 100 is due after 9.9 ms, and done after 100 ms.
  EXPECT_GE(sample.latency.max(), 90'000'000u);
  EXPECT_EQ(run(phase(), {}).service.count(), 0u) << "a closed loop has no other";
}

/// The host's filling of the batch is not in them.
TEST_F(Measure, HasNoLatencyInAnOpenLoopThatKeepsUp) {
  auto one = phase();
  one.rate = Rate{1e6};
  const auto sample = run(one, {.files = 100'000});
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.requests, 100'000u);
  // Others may have the CPU for a moment as it begins.
  EXPECT_EQ(sample.latency.quantile(0.8), 0u);
}

TEST_F(Measure, SyncsInsideTheClockWhereDurabilityIsAtTheEnd) {
  const test::TempDir dir;
  const auto without = run(phase(), {.files = 1});
  auto one = phase();
  one.durability = Durability::end;
  const auto sample =
      run(one, {.files = 1, .measure = {.sync_directory = dir.fd(), .synthetic = true}});
  EXPECT_TRUE(sample.usable());
  EXPECT_GT(sample.wall_ns, 0u);
  EXPECT_EQ(sample.requests, without.requests);
  EXPECT_EQ(test::errno_of(
                [&] { run(one, {.measure = {.sync_directory = 1 << 20, .synthetic = true}}); }),
            EBADF);
}

TEST_F(Measure, AddsToWhatTheSampleHolds) {
  const Plugin plugin(NULL_PLUGIN);
  const Files files({.files = 10, .size = {5, 5}});
  Session session(plugin, {.options = {OptionValue(std::int64_t{1000})},
                           .max_batch = 1024,
                           .content = {},
                           .consume = {},
                           .kept = {}});
  Sample sample;
  for (int i = 0; i < 3; ++i) {
    Workload workload(phase(), files, 1, 1);
    measure(session, workload, phase(), {.synthetic = true}, sample);
  }
  EXPECT_EQ(sample.requests, 30u);
  EXPECT_EQ(sample.bytes, 150u);
  EXPECT_EQ(sample.latency.sum(), 30'000u);
}

}  // namespace
}  // namespace iodyno::host
