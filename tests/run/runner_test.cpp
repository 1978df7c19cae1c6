// Plans that are run to their end, whatever their backends do.
#include "run/runner.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "run/bench.hpp"
#include "run/signals.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::case_of;
using test::contains;

class RunPlan : public testing::Test {
 protected:
  test::Bench bench;
};

TEST_F(RunPlan, GoesOnWhenABackendCrashes) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 20, size: 100 B}
phases: [{name: look, op: stat}]
backends:
  - posix
  - {crasher: {when: run, what: segv}}
  - {'null': {latency: 0 ns}}
  - {liar: {how: stat_wrong}}
repetitions: 3
)");
  EXPECT_FALSE(run.interrupted);
  const auto& crashed = case_of(run, "backend:crasher");
  ASSERT_EQ(crashed.samples.size(), 1u);
  EXPECT_EQ(crashed.samples[0].error, "crashed with SIGSEGV in `run`");
  EXPECT_EQ(judge(crashed).verdict, Verdict::failed);
  for (const std::string name : {"backend:posix", "backend:null", "backend:liar"})
    ASSERT_EQ(case_of(run, name).samples.size(), 3u) << name;
  EXPECT_EQ(judge(case_of(run, "backend:liar")).verdict, Verdict::invalid);
  EXPECT_TRUE(case_of(run, "backend:null").synthetic);
  for (const auto& sample : case_of(run, "backend:posix").samples) {
    EXPECT_TRUE(sample.usable());
    EXPECT_EQ(sample.requests, 20u);
  }
}

/// Once for each phase and point, and not where there is nothing to measure it with.
TEST_F(RunPlan, MeasuresWhatTheHostItselfCosts) {
  const std::string yaml = R"(
scenario: s
dataset: {files: 200, size: 100 B}
phases: [{name: look, op: stat}, {name: paced, op: stat, rate: 100000/s}]
sweep: {depth: [1, 2]}
backends: [posix]
repetitions: 1
)";
  const auto null = describe_backend(NULL_PLUGIN);
  const auto run = bench.run(yaml, {.null = null, .context = {}, .known_within = {}});
  for (const std::string point : {"look/depth:1", "look/depth:2", "paced/depth:1"}) {
    const auto found = run.results.context.find("host_overhead_ns." + point);
    ASSERT_NE(found, run.results.context.end()) << point;
    EXPECT_GT(std::stod(found->second), 0);
    EXPECT_LT(std::stod(found->second), 9'000) << "not at the rate: one in 10 us";
  }
  for (const auto& c : run.results.cases) EXPECT_TRUE(c.host_overhead_ns) << c.name;
  const auto life = bench.run(
      "scenario: s\ndataset: {files: 5}\nphases: [{name: make, op: create}]\nbackends: [posix]\n"
      "repetitions: 1\nlifecycle: true\n",
      {.null = null, .context = {}});
  EXPECT_TRUE(case_of(life, "/make/").host_overhead_ns);
  EXPECT_FALSE(case_of(life, "/lifecycle/").host_overhead_ns) << "which is mostly sessions";
  for (const auto& c : bench.run(yaml).results.cases) EXPECT_FALSE(c.host_overhead_ns) << c.name;
}

/// The first reason, of all phases and points.
TEST_F(RunPlan, SaysWhyTheHostsOwnCostIsNotMeasured) {
  const std::string yaml = R"(
scenario: s
dataset: {files: 2, size: 100 B}
phases: [{name: look, op: stat}]
sweep: {depth: [1, 2]}
backends: [posix]
repetitions: 1
)";
  auto null = describe_backend(NULL_PLUGIN);
  null.file = CRASHES_ON_LOAD_PLUGIN;
  const auto run = bench.run(yaml, {.null = null, .context = {}});
  EXPECT_EQ(run.results.context.at("host_overhead"),
            "not measured: s/look/depth:1: crashed with SIGSEGV in `load`");
  test::expect_all_good(run, 1);
  for (const auto& c : run.results.cases) EXPECT_FALSE(c.host_overhead_ns) << c.name;
}

TEST_F(RunPlan, GoesOnWhenABackendCrashesInItsRehearsal) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 20, size: 100 B}
phases: [{name: look, op: stat}]
backends: [{crasher: {when: rehearse, what: abort}}, posix]
repetitions: 2
)");
  EXPECT_EQ(case_of(run, "crasher").samples.at(0).error, "crashed with SIGABRT in `rehearse`");
  EXPECT_EQ(case_of(run, "posix").samples.size(), 2u);
  EXPECT_TRUE(case_of(run, "posix").samples[1].usable());
}

TEST_F(RunPlan, BalancesItsBlocks) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 1}
phases: [{name: look, op: stat}]
backends: [{'null': {latency: [0 ns, 1 ns, 2 ns]}}]
repetitions: 6
)");
  test::expect_all_good(run, 6);
  std::map<std::uint32_t, std::set<std::uint32_t>> orders_of_block;
  for (const auto& c : run.results.cases) {
    std::map<std::uint32_t, int> at_position;
    for (std::uint32_t i = 0; i < 6; ++i) {
      EXPECT_EQ(c.samples[i].block, i);
      ++at_position[c.samples[i].order];
      orders_of_block[i].insert(c.samples[i].order);
    }
    EXPECT_EQ(at_position, (std::map<std::uint32_t, int>{{0, 2}, {1, 2}, {2, 2}})) << c.name;
  }
  for (const auto& [block, orders] : orders_of_block)
    EXPECT_EQ(orders, (std::set<std::uint32_t>{0, 1, 2})) << block;
}

/// Who judges is given all cases of a phase and point, and the blocks end when it says so.
TEST_F(RunPlan, GoesOnUntilThePrecisionIsReached) {
  const std::string yaml = R"(
scenario: s
dataset: {files: 1}
phases: [{name: look, op: stat}]
sweep: {depth: [1, 2]}
backends: [{'null': {latency: [0 ns, 1 ns]}}]
repetitions: 4
precision: 2%
)";
  std::vector<std::size_t> asked_after;
  const auto known_within = [&](const std::vector<const CaseResult*>& cases) {
    EXPECT_EQ(cases.size(), 2u);
    EXPECT_EQ(cases[0]->samples.size(), cases[1]->samples.size());
    asked_after.push_back(cases[0]->samples.size());
    return std::optional(asked_after.size() < 4 ? 0.03 : 0.02);
  };
  const auto run = bench.run(yaml, {.context = {}, .known_within = known_within});
  EXPECT_EQ(asked_after, (std::vector<std::size_t>{4, 5, 6, 7, 4}));
  EXPECT_EQ(case_of(run, "depth:1").samples.size(), 7u);
  EXPECT_EQ(case_of(run, "depth:2").samples.size(), 4u);
  EXPECT_EQ(run.results.context.at("precision.look/depth:1"), "reached after 7 blocks");
  EXPECT_EQ(run.results.context.at("precision.look/depth:2"), "reached after 4 blocks");
  EXPECT_EQ(run.results.repetitions, 0u) << "it is not the same for all";
}

TEST_F(RunPlan, GivesUpOnAPrecision) {
  const std::string yaml = R"(
scenario: s
dataset: {files: 1}
phases: [{name: look, op: stat}]
backends: ['null']
repetitions: 2
precision: 2%
)";
  const auto never = [](const std::vector<const CaseResult*>&) { return std::optional(1.0); };
  const auto run = bench.run(yaml, {.context = {}, .known_within = never});
  test::expect_all_good(run, 20);
  EXPECT_EQ(run.results.context.at("precision.look"), "not reached in 20 blocks");
  const auto nobody = [](const std::vector<const CaseResult*>&) { return std::optional<double>(); };
  const auto alone = bench.run(yaml, {.context = {}, .known_within = nobody});
  test::expect_all_good(alone, 2);
  EXPECT_EQ(alone.results.context.at("precision.look"), "nobody to compare: 2 blocks");
  const auto late = bench.run(yaml, {.deadline_ns = 1, .context = {}, .known_within = never});
  EXPECT_EQ(late.results.context.at("precision.look"), "not reached: the time limit");
}

TEST_F(RunPlan, KeepsEverySampleAndTheFactsOfTheRun) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 2}
phases: [{name: look, op: stat}]
backends: [{'null': {latency: 3 us}}]
repetitions: 2
)",
                             {.context = {{"given", "fact"}}, .known_within = {}});
  const auto& context = run.results.context;
  EXPECT_EQ(context.at("given"), "fact");
  EXPECT_EQ(context.at("seed"), "5");
  EXPECT_EQ(context.at("baseline"), "null");
  EXPECT_EQ(context.at("backend.null.name"), "null");
  EXPECT_EQ(context.at("backend.null.option.latency"), "3 us");
  EXPECT_EQ(context.at("backend.null.hash").size(), 16u);
  EXPECT_EQ(context.count("interrupted"), 0u);
  std::istringstream lines(test::read_text(bench.files / "out/s/samples.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_EQ(line, to_json_line(run.results.cases[0].samples.at(count)));
  EXPECT_EQ(count, 2u);
}

TEST_F(RunPlan, DoesEveryOperation) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 30, size: {min: 8 KiB, max: 100 KB}, directories: 4}
phases:
  - {name: create, op: create}
  - {name: read, op: read, consume: checksum}
  - {name: overwrite, op: overwrite}
  - {name: append, op: append}
  - {name: rewrite, op: rewrite, durability: end}
  - {name: replace, op: replace, durability: each}
  - {name: copy, op: copy}
  - {name: delete, op: delete}
  - {name: stat, op: stat}
  - {name: rename, op: rename}
  - {name: link, op: link}
  - {name: symlink, op: symlink}
  - {name: mkdir, op: mkdir}
  - {name: rmdir, op: rmdir}
  - {name: list, op: list}
  - {name: read_block, op: read_block, block: 4 KiB, consume: checksum}
  - {name: write_block, op: write_block, block: 1 KiB, order: sequential}
  - {name: fsync, op: fsync}
backends: [posix]
repetitions: 2
)");
  EXPECT_EQ(run.results.cases.size(), std::size_t{IODYNO_OP_COUNT});
  test::expect_all_good(run, 2);
  const Files files({.files = 30, .size = {8192, 100'000}, .directories = 4});
  for (const std::string name :
       {"create", "read", "overwrite", "append", "rewrite", "replace", "copy"}) {
    EXPECT_EQ(case_of(run, "/" + name + "/").samples[1].bytes, files.total_bytes()) << name;
    EXPECT_EQ(case_of(run, "/" + name + "/").samples[1].requests, 30u) << name;
  }
  for (const std::string name : {"mkdir", "rmdir", "list"})
    EXPECT_EQ(case_of(run, "/" + name + "/").samples[0].requests, 4u) << name;
}

TEST_F(RunPlan, WorksInOneDirectory) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 10, size: 1 KiB}
phases:
  - {name: create, op: create}
  - {name: copy, op: copy}
  - {name: list, op: list}
  - {name: mkdir, op: mkdir}
  - {name: rmdir, op: rmdir}
sweep: {depth: [1, 4]}
backends: [posix]
repetitions: 1
)");
  test::expect_all_good(run, 1);
}

TEST_F(RunPlan, DoesMixes) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 60, size: 2 KB, directories: 3}
phases:
  - {name: churn, op: {create: 1, read: 2, delete: 1, stat: 1}}
  - {name: names, op: {rename: 1, link: 1, symlink: 1}}
  - {name: tame, op: {read: 3, overwrite: 1}}
  - {name: blocks, op: {read_block: 2, write_block: 1, fsync: 1}, block: 1 KiB, count: 200}
backends: [posix]
repetitions: 3
)");
  test::expect_all_good(run, 3);
  EXPECT_EQ(case_of(run, "churn").samples[0].requests, 60u);
  EXPECT_EQ(case_of(run, "blocks").samples[2].requests, 200u);
}

class FromTree : public RunPlan {
 protected:
  FromTree() {
    fs::create_directories(bench.files / "tree/sub/deeper");
    fs::create_directory(bench.files / "tree/empty");
    test::write_text(bench.files / "tree/top", "at the top");
    test::write_text(bench.files / "tree/sub/caf\xe9", "not UTF-8");
    test::write_text(bench.files / "tree/sub/deeper/big", std::string(300'000, 'x'));
    test::write_text(bench.files / "tree/sub/deeper/nothing", "");
  }
};

TEST_F(FromTree, WorksOnACopy) {
  const auto run = bench.run(R"(
scenario: s
dataset: {from: tree}
phases:
  - {name: read, op: read}
  - {name: read-unknown, op: read, sizes: unknown}
  - {name: create, op: create}
  - {name: copy, op: copy}
  - {name: rename, op: rename}
  - {name: delete, op: delete}
  - {name: list, op: list}
  - {name: mixed, op: {read: 1, stat: 1}}
  - {name: churn, op: {create: 1, read: 1}}
backends: [posix]
repetitions: 2
)");
  test::expect_all_good(run, 2);
  for (const std::string name : {"read", "read-unknown", "create", "copy"})
    EXPECT_EQ(case_of(run, "/" + name + "/").samples[0].bytes, 300'019u) << name;
  EXPECT_EQ(test::read_text(bench.files / "tree/top"), "at the top");
  EXPECT_EQ(test::names_in(bench.files / "tree/sub"), (std::set<std::string>{"caf\xe9", "deeper"}));
}

TEST_F(RunPlan, DoesNotTellSizesWhereTheyAreUnknown) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 12, size: {min: 0 B, max: 300 KB}}
sizes: unknown
phases:
  - {name: read, op: read, consume: checksum}
  - {name: copy, op: copy}
backends: [posix, {liar: {how: reads_nothing}}]
repetitions: 1
)");
  EXPECT_TRUE(case_of(run, "read/backend:posix").samples.at(0).usable());
  EXPECT_TRUE(case_of(run, "copy/backend:posix").samples.at(0).usable());
  EXPECT_FALSE(case_of(run, "read/backend:liar").samples.at(0).invalid.empty());
  EXPECT_EQ(case_of(run, "copy/backend:liar").skipped, "liar has no operation copy");
}

TEST_F(RunPlan, PassesTheCacheByWhereItCan) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 4, size: 33 KiB}
direct: true
phases:
  - {name: create, op: create}
  - {name: read, op: read, consume: checksum}
  - {name: block, op: read_block, block: 4 KiB, consume: checksum}
backends: [posix]
repetitions: 1
)");
  if (!run.results.cases[0].skipped.empty()) GTEST_SKIP() << run.results.cases[0].skipped;
  test::expect_all_good(run, 1);
}

TEST_F(RunPlan, SkipsWhatDoesNotWorkHere) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 2, size: 10 B}
phases: [{name: create, op: create}, {name: read, op: read}]
backends: [{liar: {how: [no_create, open_fails]}}, {'null': {latency: 0 ns}}]
repetitions: 1
)");
  EXPECT_EQ(case_of(run, "create/backend:liar-no_create").skipped,
            "create does not work here: the moon is not full");
  EXPECT_TRUE(case_of(run, "read/backend:liar-no_create").samples.at(0).usable());
  for (const std::string phase : {"create", "read"})
    EXPECT_TRUE(contains(case_of(run, phase + "/backend:liar-open_fails").skipped,
                         "the stars are not right"));
  EXPECT_EQ(case_of(run, "create/backend:null").samples.size(), 1u);
}

TEST_F(RunPlan, GivesACalibrationToLaterTrials) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 2, size: 10 B}
phases: [{name: read, op: read}]
backends: [{liar: {say: forty-two}}]
repetitions: 2
)");
  test::expect_all_good(run, 2);
  const auto& samples = run.results.cases[0].samples;
  EXPECT_EQ(samples[0].notes.at("before"), "nothing");
  EXPECT_EQ(samples[1].notes.at("before"), "forty-two");
}

/// Seven phases that can't be done here take no share of the time.
TEST_F(RunPlan, GivesAllTheTimeToWhatCanRun) {
  std::string phases = "phases:\n  - {name: look, op: stat}\n";
  for (int i = 1; i < 8; ++i) phases += "  - {name: never-" + std::to_string(i) + ", op: create}\n";
  const auto yaml = "scenario: s\ndataset: {files: 1}\n" + phases +
                    "backends: [{liar: {how: no_create}}]\nrepetitions: 30\n";
  const auto began = now();
  bench.run(yaml);
  // An eighth of this would be too little.
  const auto enough_ns = 7 * (now() - began);
  const auto run = bench.run(yaml, {.deadline_ns = now() + enough_ns, .known_within = {}});
  EXPECT_FALSE(run.results.context.contains("time_limit_reached"));
  EXPECT_EQ(case_of(run, "look").samples.size(), 30u);
}

TEST_F(RunPlan, BeginsNothingBehindItsDeadline) {
  const auto run = bench.run(R"(
scenario: s
phases: [{name: look, op: stat}]
backends: ['null']
repetitions: 2
)",
                             {.deadline_ns = 1});
  EXPECT_EQ(run.results.cases.at(0).skipped, "the time limit was reached before its turn");
  EXPECT_TRUE(run.results.cases[0].samples.empty());
}

TEST_F(RunPlan, WorksInOneProcessForADebugger) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 5, size: 1 KB}
phases: [{name: create, op: create}, {name: read, op: read}]
backends: [posix, {crasher: {when: run, what: throw}}]
repetitions: 2
)",
                             {.in_process = true});
  EXPECT_EQ(case_of(run, "create/backend:posix").samples.size(), 2u);
  EXPECT_TRUE(case_of(run, "read/backend:posix").samples.at(1).usable());
}

/// The plugin sends the signal and hangs: the run must not wait for it.
TEST_F(RunPlan, StopsAtASignal) {
  const auto run_and_tell = [this] {
    catch_signals();
    const auto run = bench.run(R"(
scenario: s
dataset: {files: 2}
phases: [{name: first, op: stat}, {name: second, op: stat}]
backends: [{crasher: {when: run, what: interrupt}}]
repetitions: 3
)");
    const bool kept = run.results.context.count("interrupted") != 0 &&
                      fs::exists(bench.files / "out/s/results.json");
    _exit(run.interrupted && caught_signal() == SIGINT && kept ? 0 : 1);
  };
  EXPECT_EXIT(run_and_tell(), testing::ExitedWithCode(0), "");
}

TEST_F(RunPlan, BlamesWhoDamagesADataset) {
  const auto run = bench.run(R"(
scenario: s
dataset: {files: 5, size: 100 B}
phases: [{name: read, op: read, consume: checksum}, {name: stat, op: stat}]
backends:
  - posix
  - {liar: {how: deletes_behind}, as: deletes}
  - {liar: {how: writes_behind}, as: writes}
repetitions: 4
)");
  for (const std::string phase : {"s/read/", "s/stat/"}) {
    const auto& good = case_of(run, phase + "backend:posix");
    EXPECT_EQ(good.samples.size(), 4u);
    for (const auto& sample : good.samples) EXPECT_TRUE(sample.usable()) << sample.error;
    for (const auto& [label, what] :
         {std::pair("deletes", " is gone"), std::pair("writes", " has other bytes")}) {
      const auto& bad = case_of(run, phase + std::string("backend:") + label);
      ASSERT_EQ(bad.samples.at(0).invalid.size(), 1u) << bad.name;
      EXPECT_TRUE(contains(bad.samples[0].invalid[0], "damaged the dataset: "));
      EXPECT_TRUE(contains(bad.samples[0].invalid[0], what)) << bad.samples[0].invalid[0];
    }
  }
}

}  // namespace
}  // namespace iodyno::host
