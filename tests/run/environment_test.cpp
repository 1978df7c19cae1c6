// What is said of the machine before and after a run.
#include "run/environment.hpp"

#include <gtest/gtest.h>

#include "run/time_spent.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

using test::contains;

constexpr std::uint64_t kSecond = 1'000'000'000, kGiB = 1 << 30;

std::string only(const std::vector<std::string>& warnings) {
  EXPECT_EQ(warnings.size(), 1u);
  return warnings.empty() ? "" : warnings[0];
}

TEST(Environment, OfAQuietMachineThereIsNothingToSay) {
  EXPECT_TRUE(warnings_before({.governor = "performance",
                               .others_cpus = 0.1,
                               .dataset_bytes = kGiB,
                               .memory_available_bytes = 4 * kGiB,
                               .free_bytes = 50,
                               .total_bytes = 100})
                  .empty());
  EXPECT_TRUE(warnings_before({}).empty()) << "of what is not known, too";
  EXPECT_TRUE(warnings_after({}, {.when_ns = kSecond}).empty());
}

TEST(Environment, EachWarningSaysWhatToDo) {
  EXPECT_TRUE(contains(only(warnings_before({.governor = "powersave"})), "cpupower"));
  EXPECT_TRUE(contains(only(warnings_before({.debug_build = true})), "CMAKE_BUILD_TYPE=Release"));
  EXPECT_TRUE(contains(only(warnings_before({.sanitized = true})), "no limit of memory"));
  EXPECT_EQ(only(warnings_before({.others_cpus = 1.25})),
            "other work uses 1.2 CPUs now: stop it, or expect wide intervals");
  const Circumstances large{.dataset_bytes = 3 * kGiB, .memory_available_bytes = 4 * kGiB};
  EXPECT_TRUE(contains(only(warnings_before(large)), "make it smaller"));
  auto in_memory = large;
  in_memory.in_memory = true;
  EXPECT_TRUE(warnings_before(in_memory).empty()) << "its space is what counts";
  EXPECT_TRUE(contains(only(warnings_before({.free_bytes = 7, .total_bytes = 100})), "93 % full"));
}

TEST(Environment, AfterwardsStealAndThrottlingAreTold) {
  MachineState before, after;
  after.when_ns = 10 * kSecond;
  after.time = {.busy_ns = 9 * kSecond, .steal_ns = kSecond};
  EXPECT_TRUE(contains(only(warnings_after(before, after)), "10.0 % of the CPU time to others"));
  after.time = {.busy_ns = 9 * kSecond, .throttled_ns = 2 * kSecond};
  EXPECT_TRUE(contains(only(warnings_after(before, after)), "20.0 % of the time: raise it"));
  after.time.throttled_ns = 64 * 10 * kSecond;
  EXPECT_TRUE(contains(only(warnings_after(before, after)), "for 100.0 % of the time"));
  after.time = {.busy_ns = kSecond / 2, .steal_ns = 40'000'000};
  EXPECT_TRUE(warnings_after(before, after).empty()) << "four ticks are by chance";
  after.time = {.busy_ns = 9 * kSecond, .throttled_ns = 2 * kSecond};
  const auto facts = change_facts(before, after);
  EXPECT_EQ(facts.at("steal_percent"), "0.0");
  EXPECT_EQ(facts.at("throttled_percent"), "20.0");
}

TEST(Environment, WhatOthersUseIsWithoutOurOwn) {
  MachineState before, after;
  after.when_ns = kSecond;
  after.time.busy_ns = kSecond;
  after.own_cpu_ns = kSecond / 4;
  EXPECT_EQ(others_cpus(before, after), 0.75);
  after.own_cpu_ns = 2 * kSecond;
  EXPECT_EQ(others_cpus(before, after), 0) << "ticks are coarse";
  after.when_ns = kSecond / 100;
  EXPECT_EQ(others_cpus(before, after), 0) << "too short to tell";
}

TEST(Environment, IsLookedAtHere) {
  const auto state = look_at_machine(".");
  EXPECT_GT(state.when_ns, 0u);
  EXPECT_GT(state.time.busy_ns, 0u);
  EXPECT_GT(state.memory_available_bytes, 0u);
  EXPECT_GT(state.free_bytes, 0u);
  const auto facts = state_facts("before", state);
  EXPECT_EQ(facts.at("before.free_bytes"), std::to_string(state.free_bytes));
  EXPECT_EQ(facts.count("before.pressure_cpu_percent"), state.pressure_percent.count("cpu"));
}

TEST(TimeSpent, AddsUpToWhatHasElapsed) {
  TimeSpent time;
  Sample sample;
  sample.wall_ns = 3 * kSecond;
  sample.spent_ns = {{"load", 1e9}, {"run", 4e9}, {"layout", 1e9}, {"look", 1e9}};
  time.add_trial(sample, 9 * kSecond);
  time.add("datasets", kSecond);
  const auto spent = time.of(12 * kSecond);
  EXPECT_EQ(spent, (std::map<std::string, double>{{"backends", 1},
                                                  {"clock", 3},
                                                  {"datasets", 1},
                                                  {"host", 1},
                                                  {"other", 2},
                                                  {"processes", 2},
                                                  {"state", 2}}));
}

}  // namespace
}  // namespace iodyno::host
