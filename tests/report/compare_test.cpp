#include "report/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "example_results.hpp"
#include "read_back.hpp"

namespace iodyno::host {
namespace {

using example::read_back;

/// A case of so many trials that take `ns`, in blocks that become slower and slower.
CaseResult steady(const std::string& phase, const std::string& backend, std::uint64_t ns,
                  std::uint32_t blocks = 10) {
  CaseResult result = example::quiet_case(phase, backend);
  result.samples.clear();
  for (std::uint32_t block = 0; block < blocks; ++block)
    result.samples.push_back(example::sample(block, ns + ns / 100 * block));
  return result;
}

Results run_of(std::vector<CaseResult> cases) {
  Results results = example::results(std::move(cases));
  results.context = {
      {"scenario_hash", "1234"}, {"file_system", "ext4"},         {"target", "/mnt/t"},
      {"quick", "false"},        {"phase.read.cache", "warm"},    {"phase.read.direct", "false"},
      {"kernel", "6.1"},         {"backend.posix.name", "posix"}, {"backend.posix.hash", "aaaa"}};
  return results;
}

Relation relation_of(const Comparisons& all, std::size_t at) {
  EXPECT_TRUE(all.cases.at(at).compared()) << all.cases.at(at).not_compared;
  return all.cases.at(at).assessment.relation;
}

// --- Backends of one run

TEST(CompareBackends, EachAgainstTheBaselineOfItsWork) {
  const auto read = read_back(run_of({steady("read", "posix", 1000), steady("read", "uring", 500),
                                      steady("write", "posix", 200), steady("write", "uring", 400),
                                      steady("write", "aio", 200)}));
  const auto all = compare_backends(read, "posix", 0.03);
  ASSERT_EQ(all.cases.size(), 3u);
  EXPECT_EQ(all.pairing, Pairing::by_block);
  EXPECT_EQ(all.target, "ext4 in /mnt/t");
  EXPECT_EQ(all.cases[0].phase, "read");
  EXPECT_EQ(all.cases[0].backend, "uring");
  EXPECT_EQ(all.cases[0].baseline_name, "tiny/read/backend:posix/depth:1/real_time");
  EXPECT_EQ(relation_of(all, 0), Relation::faster);
  EXPECT_EQ(relation_of(all, 1), Relation::slower);
  EXPECT_EQ(relation_of(all, 2), Relation::same);
  EXPECT_DOUBLE_EQ(all.cases[0].assessment.p_adjusted, 2.0 / 1024) << "alone in its family";
  EXPECT_DOUBLE_EQ(all.cases[1].assessment.p_adjusted, 4.0 / 1024) << "one of two";
  EXPECT_NEAR(all.cases[0].assessment.ratio.value, 0.5, 1e-9);
  EXPECT_NEAR(all.cases[1].baseline_ns, 209, 1);
}

TEST(CompareBackends, TrialsArePairedByTheirBlock) {
  CaseResult posix = steady("read", "posix", 1000, 12), uring = steady("read", "uring", 500, 12);
  posix.samples.erase(posix.samples.begin());
  uring.samples.erase(uring.samples.begin() + 5);
  const auto all = compare_backends(read_back(run_of({posix, uring})), "posix", 0.03);
  EXPECT_EQ(all.cases[0].assessment.blocks, 10u);
  EXPECT_EQ(all.cases[0].unpaired, 2u);
  EXPECT_NEAR(all.cases[0].assessment.ratio.within99->high, 0.5, 1e-6) << "paired, nothing is left";
}

TEST(CompareBackends, WhatHasNoFiguresIsShown) {
  CaseResult broken = steady("read", "broken", 900), absent = steady("read", "absent", 900),
             none = steady("read", "none", 10);
  broken.samples[3].error = "EIO";
  absent.samples.clear(), absent.skipped = "not here";
  none.synthetic = true;
  CaseResult alone = steady("copy", "uring", 1);
  const auto all = compare_backends(
      read_back(run_of({steady("read", "posix", 1000), steady("read", "uring", 500), broken, none,
                        alone, absent})),
      "posix", 0.03);
  std::map<std::string, std::string> why;
  for (const auto& one : all.cases) why[one.phase + " " + one.backend] = one.not_compared;
  EXPECT_EQ(why,
            (std::map<std::string, std::string>{{"read uring", ""},
                                                {"read broken", "failed: EIO (1 of 10 trials)"},
                                                {"read none", "synthetic: does no I/O"},
                                                {"read absent", "skipped: not here"},
                                                {"copy uring", "posix has no such case"}}));
  EXPECT_DOUBLE_EQ(all.cases[0].assessment.p_adjusted, 2.0 / 1024) << "what failed is no rival";
  ASSERT_EQ(all.means.size(), 1u) << "of uring alone, and only of what has figures on both sides";
  EXPECT_EQ(all.means[0].compared, 1u);
  EXPECT_EQ(all.means[0].cases, 2u);
  EXPECT_NEAR(all.means[0].ratio, 0.5, 1e-6);
}

TEST(CompareBackends, ABaselineThatFailed) {
  CaseResult posix = steady("read", "posix", 1000);
  posix.samples[0].invalid = {"the cache was cold"};
  const auto all =
      compare_backends(read_back(run_of({posix, steady("read", "uring", 500)})), "posix", 0.03);
  EXPECT_EQ(all.cases[0].not_compared, "posix invalid: the cache was cold (1 of 10 trials)");
  EXPECT_TRUE(all.means.empty());
}

TEST(CompareBackends, TheHostsOverheadComesFromTheContext) {
  Results results = run_of({steady("read", "posix", 1000), steady("read", "uring", 900)});
  const auto relation = [&](const std::string& key, const std::string& value) {
    results.context["host_overhead_ns." + key] = value;
    const auto all = compare_backends(read_back(results), "posix", 0.03);
    results.context.erase("host_overhead_ns." + key);
    return relation_of(all, 0);
  };
  EXPECT_EQ(relation("read/depth:1", "23.5"), Relation::faster);
  EXPECT_EQ(relation("read/depth:1", "150"), Relation::same);
  EXPECT_EQ(relation("read/depth:2", "150"), Relation::faster) << "another point";
  EXPECT_EQ(relation("read", "150"), Relation::same) << "of all points";
  EXPECT_EQ(relation("read/depth:1", "unknown"), Relation::faster);
}

// --- Two runs

TEST(CompareRuns, CaseByCase) {
  const auto before = read_back(run_of({steady("read", "posix", 1000), steady("read", "uring", 500),
                                        steady("write", "posix", 100)}));
  const auto after = read_back(run_of(
      {steady("read", "posix", 1400), steady("read", "uring", 500), steady("read", "aio", 500)}));
  const auto all = compare_runs(before, after, 0.05);
  EXPECT_EQ(all.pairing, Pairing::none);
  EXPECT_FALSE(all.forced());
  ASSERT_EQ(all.cases.size(), 4u);
  EXPECT_EQ(relation_of(all, 0), Relation::slower);
  EXPECT_NEAR(all.cases[0].assessment.ratio.value, 1.4, 1e-6);
  EXPECT_NE(relation_of(all, 1), Relation::slower);
  EXPECT_EQ(all.cases[2].not_compared, "only in the results");
  EXPECT_EQ(all.cases[3].not_compared, "only in the baseline");
  EXPECT_EQ(all.cases[3].phase, "write");
  EXPECT_FALSE(all.cases[3].lost) << "it may not have been asked for";
}

TEST(CompareRuns, ACaseThatFailsNowIsLost) {
  CaseResult broken = steady("read", "posix", 1000);
  broken.samples[0].error = "EIO";
  const auto good = read_back(run_of({steady("read", "posix", 1000)}));
  const auto bad = read_back(run_of({broken}));
  EXPECT_TRUE(compare_runs(good, bad, 0.03).cases[0].lost);
  EXPECT_FALSE(compare_runs(bad, good, 0.03).cases[0].lost);
  EXPECT_FALSE(compare_runs(bad, bad, 0.03).cases[0].lost);
  EXPECT_EQ(compare_runs(bad, good, 0.03).cases[0].not_compared,
            "in the baseline failed: EIO (1 of 10 trials)");
}

TEST(CompareRuns, SyntheticIsNotRanked) {
  CaseResult none = steady("read", "null", 30);
  none.synthetic = true;
  const auto read = read_back(run_of({none}));
  EXPECT_EQ(compare_runs(read, read, 0.03).cases[0].not_compared, "synthetic: does no I/O");
}

TEST(Compare, AnOpenLoopIsNotRankedByItsRate) {
  CaseResult posix = steady("read", "posix", 1000), uring = steady("read", "uring", 500);
  for (auto* one : {&posix, &uring})
    for (auto& sample : one->samples) sample.rate_per_second = 1e6;
  const std::string said = "a rate sets its time: its latencies are what to look at";
  const auto read = read_back(run_of({posix, uring}));
  const auto backends = compare_backends(read, "posix", 0.03);
  EXPECT_EQ(backends.cases.at(0).not_compared, said);
  EXPECT_TRUE(backends.means.empty());
  EXPECT_EQ(compare_runs(read, read, 0.03).cases.at(0).not_compared, said);
}

// --- Apples and oranges

std::vector<Difference> differences_if(const std::string& key, const std::string& value) {
  const Results before = run_of({steady("read", "posix", 1000)});
  Results after = before;
  after.context[key] = value;
  return differences(read_back(before), read_back(after));
}

TEST(Agreement, OtherWorkIsRefused) {
  for (const char* key : {"scenario_hash", "file_system", "quick", "phase.read.cache",
                          "phase.read.direct", "phase.read.durability", "dataset.files"}) {
    const auto found = differences_if(key, "other");
    ASSERT_EQ(found.size(), 1u) << key;
    EXPECT_TRUE(found[0].refused) << key;
    EXPECT_EQ(found[0].key, std::string("iodyno.") + key);
  }
  EXPECT_EQ(to_text(differences_if("file_system", "xfs")[0]),
            "iodyno.file_system: \"ext4\" in the baseline, \"xfs\" in the results");
  EXPECT_EQ(to_text(differences_if("phase.read.block", "4096")[0]),
            "iodyno.phase.read.block: not stated in the baseline, \"4096\" in the results");
}

TEST(Agreement, AnotherMachineOrVersionIsTold) {
  for (const char* key : {"kernel", "cpu_model", "version", "device", "device_model",
                          "backend.posix.hash", "backend.posix.option.threads"}) {
    const auto found = differences_if(key, "other");
    ASSERT_EQ(found.size(), 1u) << key;
    EXPECT_FALSE(found[0].refused) << key;
  }
}

TEST(Agreement, WhatDoesNotMatterIsNotTold) {
  for (const char* key : {"seed", "elapsed_s", "free_bytes", "backend.uring.hash", "filter"})
    EXPECT_TRUE(differences_if(key, "other").empty()) << key;
}

TEST(Agreement, RefusedComesFirst) {
  const Results before = run_of({steady("read", "posix", 1000)});
  Results after = before;
  after.context["device"] = "sdb";
  after.context["quick"] = "true";
  const auto all = compare_runs(read_back(before), read_back(after), 0.03);
  ASSERT_EQ(all.differences.size(), 2u);
  EXPECT_EQ(all.differences[0].key, "iodyno.quick");
  EXPECT_TRUE(all.forced());
}

TEST(Agreement, DoubtsOfARun) {
  Results results = run_of({steady("read", "posix", 1000), steady("read", "uring", 1000)});
  const auto doubts = [&] { return compare_backends(read_back(results), "posix", 0.03).doubts; };
  const auto few = doubts().size();
  results.context["interrupted"] = "true";
  results.context["quick"] = "true";
  results.context["warning.in_process"] = "so it is";
  EXPECT_EQ(doubts().size(), few + 3);
}

}  // namespace
}  // namespace iodyno::host
