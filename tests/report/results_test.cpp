#include "report/results.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "example_results.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;

std::string judged(const CaseResult& result) { return to_text(judge(result)); }

TEST(Judge, AQuietCaseIsOk) {
  EXPECT_EQ(judged(quiet_case("read", "posix")), "ok");
  EXPECT_TRUE(judge(quiet_case("read", "posix")).reason.empty());
}

TEST(Judge, WithoutTrialsItIsSkipped) {
  CaseResult result;
  EXPECT_EQ(judged(result), "skipped: no trial was run");
  result.skipped = "cold cache on tmpfs";
  EXPECT_EQ(judged(result), "skipped: cold cache on tmpfs");
}

TEST(Judge, OneErrorFailsTheCase) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[1].error = "killed by signal 11";
  result.samples[2].invalid = {"bytes that lie"};
  EXPECT_EQ(judged(result), "failed: killed by signal 11 (1 of 3 trials)");
  for (Sample& sample : result.samples) sample.error = "killed by signal 11";
  EXPECT_EQ(judged(result), "failed: killed by signal 11");
}

TEST(Judge, ATrialWithoutARequestIsAFailure) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[0].requests = 0;
  EXPECT_EQ(judged(result), "failed: no request was made (1 of 3 trials)");
}

TEST(Judge, OneInvalidTrialMakesTheCaseInvalid) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[0].invalid = {"residency 0.2 instead of 1"};
  result.samples[0].degraded = {"steal 3 %"};
  EXPECT_EQ(judged(result), "invalid: residency 0.2 instead of 1 (1 of 3 trials)");
}

TEST(Judge, NoisyFewAndDoubtfulTrialsDegrade) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[2].wall_ns = 130'000;
  EXPECT_EQ(judged(result), "degraded: cv 15 %");
  result.samples.pop_back();
  EXPECT_EQ(judged(result), "degraded: only 2 repetitions");
  result.samples.pop_back();
  EXPECT_EQ(judged(result), "degraded: only 1 repetition");
  result.samples[0].degraded = {"steal 3 %"};
  EXPECT_EQ(judged(result), "degraded: only 1 repetition; steal 3 %");
}

/// Three trials of 100 us, whose sums decide: a tick is too coarse for one of them.
TEST(Judge, AMachineThatWasNotOursAloneDegrades) {
  const auto with = [](void (*change)(Sample&)) {
    CaseResult result = quiet_case("read", "posix");
    for (Sample& sample : result.samples) {
      sample.wall_ns *= 1000;  // 100 ms
      sample.system_cpu_ns = 100'000'000;
      change(sample);
    }
    return judged(result);
  };
  EXPECT_EQ(with([](Sample&) {}), "ok");
  EXPECT_EQ(with([](Sample& s) { s.steal_ns = 20'000'000; }), "degraded: steal 17 %");
  EXPECT_EQ(with([](Sample& s) { s.steal_ns = 5'000'000; }), "ok") << "less than 5 %";
  EXPECT_EQ(with([](Sample& s) { s.steal_ns = s.system_cpu_ns = 15'000'000; }), "ok")
      << "by chance: four ticks and a half";
  EXPECT_EQ(with([](Sample& s) { s.throttled_ns = 10'000'000; }),
            "degraded: throttled 10 % of the time");
  EXPECT_EQ(with([](Sample& s) { s.throttled_ns = 500'000; }), "ok");
  EXPECT_EQ(with([](Sample& s) { s.others_cpu_ns = 50e6; }), "degraded: other work used 0.3 CPUs")
      << "beyond two ticks a trial";
  EXPECT_EQ(with([](Sample& s) { s.others_cpu_ns = 35e6; }), "ok") << "two ticks are by chance";
}

/// Measured with two other processes on two CPUs.
TEST(Judge, TicksOfOthersInAShortClockAreNoCpus) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[0].others_cpu_ns = 30e6;
  result.samples[1].others_cpu_ns = 20e6;
  EXPECT_EQ(judged(result), "ok");
}

TEST(Judge, ACpuThatWasSlowedInMostTrialsDegrades) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[0].cpu_slowdown = 3;
  EXPECT_EQ(judged(result), "degraded: the CPU took 3.0 times as long as at its best");
  result.samples[1].cpu_slowdown = result.samples[2].cpu_slowdown = 1.05;
  EXPECT_EQ(judged(result), "ok");
  result.samples[2].cpu_slowdown = 1.3;
  EXPECT_EQ(judged(result), "degraded: the CPU took 1.3 times as long as at its best");
}

TEST(Judge, AnOpenLoopThatFallsBehindIsDegraded) {
  CaseResult result = quiet_case("read", "posix");  // a million requests a second
  for (Sample& sample : result.samples) sample.rate_per_second = 1e6;
  EXPECT_EQ(judged(result), "ok");
  EXPECT_EQ(label_of(result, judge(result)), "ok, open loop");
  for (Sample& sample : result.samples) sample.rate_per_second = 2e6;
  EXPECT_EQ(judged(result),
            "degraded: did not keep up with its rate: 990099 of 2000000 requests a second");
}

TEST(Judge, WhatIsAsFastAsNothingIsDegraded) {
  CaseResult result = quiet_case("read", "posix");
  result.host_overhead_ns = 100;
  EXPECT_EQ(judged(result), "ok");
  result.host_overhead_ns = 1010;
  EXPECT_EQ(judged(result), "degraded: no more than the host itself costs, 1010 ns");
  result.synthetic = true;
  EXPECT_EQ(judged(result), "ok");
}

TEST(Judge, ATrialCountsOnceForAReason) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[1].degraded = {"steal 3 %", "steal 3 %"};
  EXPECT_EQ(judged(result), "degraded: steal 3 % (1 of 3 trials)");
}

TEST(Judge, ManyReasonsAreCounted) {
  CaseResult result = quiet_case("read", "posix");
  for (Sample& sample : result.samples) sample.degraded = {"a", "b", "c", "d", "e"};
  EXPECT_EQ(judged(result), "degraded: a; b; c; 2 more");
}

TEST(Label, SaysWhatIsSynthetic) {
  CaseResult result = quiet_case("read", "null");
  EXPECT_EQ(label_of(result, judge(result)), "ok");
  result.synthetic = true;
  EXPECT_EQ(label_of(result, judge(result)), "synthetic");
  result.samples.pop_back();
  EXPECT_EQ(label_of(result, judge(result)), "synthetic; degraded: only 2 repetitions");
}

TEST(Label, SaysHowRequestsCameAbout) {
  CaseResult result = quiet_case("copy", "posix");
  for (Sample& sample : result.samples) sample.shared = sample.requests;
  EXPECT_EQ(label_of(result, judge(result)), "ok, shared");
  result.samples[0].fallback = result.samples[0].requests / 10;
  result.samples[1].shared /= 2;
  EXPECT_EQ(label_of(result, judge(result)), "ok, shared 83 %, fallback 3.3 %");
  result.samples.pop_back();
  EXPECT_EQ(label_of(result, judge(result)),
            "degraded, shared 75 %, fallback 5 %: only 2 repetitions");
  result.samples[0].error = "lost";
  EXPECT_EQ(label_of(result, judge(result)), "failed: lost (1 of 2 trials)");
}

/// It is one request itself, and how its steps went is counted of theirs.
TEST(Label, OfALifecycleCountsTheRequestsOfItsSteps) {
  CaseResult result = quiet_case("lifecycle", "posix");
  for (Sample& sample : result.samples) sample.requests = 1, sample.step_requests = 4000;
  result.samples[1].fallback = 1;
  EXPECT_EQ(label_of(result, judge(result)), "ok, fallback 0.0083 %");
  for (Sample& sample : result.samples) sample.fallback = 4000;
  EXPECT_EQ(label_of(result, judge(result)), "ok, fallback");
  EXPECT_EQ(counters_of(result, result.samples[0]).at("step_requests"), 4000);
}

TEST(Counters, ArePerRequestOrTotalAsTheTableSays) {
  CaseResult result = quiet_case("read", "posix");
  Sample sample = result.samples[0];
  sample.user_cpu_ns = 300;
  sample.sys_cpu_ns = 200;
  sample.drain_ns = 777;
  sample.started_s = 1.5;
  const auto counters = counters_of(result, sample);
  EXPECT_DOUBLE_EQ(counters.at("items_per_second"), 1e6);
  EXPECT_EQ(counters.at("host_ns"), 2);
  EXPECT_EQ(counters.at("user_cpu_ns"), 3);
  EXPECT_EQ(counters.at("sys_cpu_ns"), 2);
  EXPECT_EQ(counters.at("setup_ns"), 5000);
  EXPECT_EQ(counters.at("drain_ns"), 777);
  EXPECT_EQ(counters.at("started_s"), 1.5);
  EXPECT_EQ(counters.at("max_ns"), 1000);
  EXPECT_NEAR(counters.at("p50_ns"), 1000, 4);
}

TEST(Counters, AppearOnlyWhereTheyMeanSomething) {
  CaseResult result = quiet_case("read", "posix");
  Sample sample = result.samples[0];
  EXPECT_FALSE(counters_of(result, sample).contains("bytes_per_second"));
  EXPECT_FALSE(counters_of(result, sample).contains("p999_ns"));
  EXPECT_FALSE(counters_of(result, sample).contains("residency"));
  result.counts_bytes = true;
  sample.residency = 1;
  sample.achieved_depth = 0.5;
  for (int i = 100; i < 10'000; ++i) sample.latency.record(1000);
  EXPECT_DOUBLE_EQ(counters_of(result, sample).at("bytes_per_second"), 4.096e9);
  EXPECT_NEAR(counters_of(result, sample).at("p999_ns"), 1000, 4);
  EXPECT_EQ(counters_of(result, sample).at("residency"), 1);
  EXPECT_EQ(counters_of(result, sample).at("achieved_depth"), 0.5);
  sample.shared = sample.requests;
  EXPECT_FALSE(counters_of(result, sample).contains("bytes_per_second")) << "none were moved";
  sample.latency = Histogram();
  EXPECT_FALSE(counters_of(result, sample).contains("p50_ns"));
  EXPECT_FALSE(counters_of(result, sample).contains("max_ns"));
}

TEST(Counters, OfABackendCannotHideOthers) {
  CaseResult result = quiet_case("read", "posix");
  Sample sample = result.samples[0];
  sample.counters = {{"submits", 1}, {"size", 2},     {"real_time", 3},
                     {"p50_ns", 4},  {"bad name", 5}, {"\"\xff\x1b", 6},
                     {"", 7},        {"p999_ns", 8},  {"create_ns", 9}};
  const auto counters = counters_of(result, sample);
  EXPECT_EQ(counters.at("submits"), 1);
  EXPECT_EQ(counters.at("backend_size"), 2);
  EXPECT_EQ(counters.at("backend_real_time"), 3);
  EXPECT_EQ(counters.at("backend_p50_ns"), 4);
  EXPECT_EQ(counters.at("backend_bad_name"), 5);
  EXPECT_EQ(counters.at("backend____"), 6);
  EXPECT_EQ(counters.at("backend_"), 7);
  EXPECT_EQ(counters.at("backend_p999_ns"), 8) << "also where the host has none";
  EXPECT_EQ(counters.at("create_ns"), 9);
  EXPECT_FALSE(counters.contains("size"));
}

TEST(Counters, AreFinite) {
  CaseResult result = quiet_case("read", "posix");
  Sample sample = result.samples[0];
  sample.wall_ns = 0;
  sample.counters = {{"bad", std::numeric_limits<double>::quiet_NaN()}};
  const auto counters = counters_of(result, sample);
  EXPECT_FALSE(counters.contains("items_per_second"));
  EXPECT_FALSE(counters.contains("bad"));
}

TEST(Counters, OnlyThoseOfEveryTrialMakeAColumn) {
  CaseResult result = quiet_case("read", "posix");
  for (Sample& sample : result.samples) sample.counters["always"] = 1;
  result.samples[1].counters["once"] = 1;
  const auto columns = counter_columns(result);
  EXPECT_EQ(columns.at("always"), (std::vector<double>{1, 1, 1}));
  EXPECT_FALSE(columns.contains("once"));
  EXPECT_EQ(columns.at("block"), (std::vector<double>{0, 1, 2}));
}

/// As the page has it in its table of counters.
std::string documented_basis(Basis basis) {
  switch (basis) {
    case Basis::request: return "request";
    case Basis::second: return "second";
    case Basis::trial_total: return "trial, total";
    case Basis::trial_once: return "trial";
  }
  return "";
}

TEST(Counters, StandInTheDocumentation) {
  std::ifstream file(IODYNO_RESULT_FORMAT_PAGE);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(page.empty());
  for (const Counter& counter : counter_table()) {
    const std::string row = "| `" + std::string(counter.name) + "` | " + std::string(counter.unit) +
                            " | " + documented_basis(counter.basis) + " | ";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace iodyno::host
