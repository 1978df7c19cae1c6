// All phases in one worker, one after the other.
#include <gtest/gtest.h>

#include "run/bench.hpp"

namespace iodyno::host {
namespace {

using test::case_of;
using test::contains;

class Lifecycle : public testing::Test {
 protected:
  test::Bench bench;
};

TEST_F(Lifecycle, CountsItsSteps) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 20, size: 4 KB, directories: 2}
phases:
  - {name: make, op: create}
  - {name: use, op: read, consume: checksum}
  - {name: twin, op: copy}
  - {name: grow, op: append}
  - {name: look, op: stat}
  - {name: remove, op: delete}
lifecycle: true
backends: [posix, {'null': {latency: 0 ns}}]
repetitions: 2
)");
  test::expect_all_good(run, 2);
  const auto& life = case_of(run, "s/lifecycle/backend:posix");
  for (const auto& sample : life.samples) {
    EXPECT_EQ(sample.requests, 1u);
    for (const std::string step : {"make", "use", "twin", "grow", "look", "remove"})
      EXPECT_GT(sample.counters.at(step + "_ns"), 0) << step;
  }
}

/// What a step has written would be read back before the next, which then finds it in memory.
TEST_F(Lifecycle, IsVerifiedInATrialThatDoesNotCount) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 5}
phases:
  - {name: make, op: create}
  - {name: use, op: read}
lifecycle: true
backends: [posix, liar]
repetitions: 3
)");
  const auto& failed = case_of(run, "s/lifecycle/backend:liar");
  ASSERT_EQ(failed.samples.size(), 1u);
  EXPECT_TRUE(contains(failed.samples[0].error, "No such file")) << "it creates nothing";
  const auto& life = case_of(run, "s/lifecycle/backend:posix");
  ASSERT_EQ(life.samples.size(), 3u);
  for (const auto& sample : life.samples) EXPECT_FALSE(sample.spent_ns.contains("verify"));
  EXPECT_TRUE(case_of(run, "s/use/backend:posix").samples[0].spent_ns.contains("verify"));
}

}  // namespace
}  // namespace iodyno::host
