// What each option of `run` changes in the results.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class Options : public Cli {
 protected:
  std::set<std::string> cases(const std::string& scenario = "smoke") const {
    std::set<std::string> all;
    for (const auto& row : summary_rows(scenario)) all.insert(row.at("name"));
    return all;
  }
  std::string context(const std::string& key) const {
    return results("smoke").at("context").value("iodyno." + key, "");
  }
};

TEST_F(Options, Filter) {
  EXPECT_EQ(measure({"smoke", "--backend", "null", "--filter", "/(read|update)/"}).status, 0);
  EXPECT_EQ(cases(), (std::set<std::string>{"smoke/read/backend:null/real_time",
                                            "smoke/update/backend:null/real_time"}));
}

TEST_F(Options, Set) {
  EXPECT_EQ(measure({"smoke", "--backend", "null", "--filter", "/read/", "--set", "dataset.files=7",
                     "--set", "sweep.depth=[1,2]"})
                .status,
            0);
  EXPECT_EQ(cases(), (std::set<std::string>{"smoke/read/backend:null/depth:1/real_time",
                                            "smoke/read/backend:null/depth:2/real_time"}));
  for (const auto& row : summary_rows("smoke")) EXPECT_EQ(row.at("iterations"), 7);
}

TEST_F(Options, SetOfOnePhase) {
  EXPECT_EQ(measure({"smoke", "--backend", "null", "--filter", "/(read|create)/", "--repetitions",
                     "1", "--set", "phases.read.timed=false"})
                .status,
            0);
  for (const auto& row : summary_rows("smoke"))
    EXPECT_EQ(row.contains("p50_ns"), row.at("name") == "smoke/create/backend:null/real_time");
}

TEST_F(Options, Repetitions) {
  EXPECT_EQ(
      measure({"smoke", "--backend", "null", "--filter", "/read/", "--repetitions", "4"}).status,
      0);
  EXPECT_EQ(samples("smoke").size(), 4u);
  EXPECT_EQ(context("repetitions"), "4");
}

TEST_F(Options, SeedMakesTheOrder) {
  const auto order = [&](const std::string& seed) {
    EXPECT_EQ(measure({"smoke", "--filter", "/read/", "--repetitions", "4", "--seed", seed,
                       "--backend", "a=null", "--backend", "b=null", "--backend", "c=null"})
                  .status,
              0);
    EXPECT_EQ(context("seed"), seed);
    return names(samples("smoke"));
  };
  const auto first = order("1");
  EXPECT_EQ(first.size(), 12u);
  EXPECT_EQ(order("1"), first);
  EXPECT_NE(order("2"), first);
}

TEST_F(Options, Quick) {
  EXPECT_EQ(
      measure({"smoke", "--backend", "null", "--filter", "/read/", "--quick", "--repetitions", "9"})
          .status,
      0);
  EXPECT_EQ(context("quick"), "true");
  EXPECT_EQ(samples("smoke").size(), 3u);
  EXPECT_EQ(measure({"smoke", "--backend", "null", "--filter", "/read/"}).status, 0);
  EXPECT_EQ(context("quick"), "false");
}

TEST_F(Options, TimeLimit) {
  // Without the limit it would be four minutes.
  const auto ended =
      measure({"smoke", "--backend", "null:latency=10ms", "--filter", "/read/", "--set",
               "dataset.files=10", "--repetitions", "1000", "--time-limit", "2 s"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(context("time_limit_reached"), "true");
  EXPECT_EQ(cases().size(), 1u);
  EXPECT_GE(samples("smoke").size(), 1u);
  EXPECT_LT(samples("smoke").size(), 1000u);
}

TEST_F(Options, TimeLimitThatLeavesNoTime) {
  const auto ended = measure({"smoke", "--backend", "null", "--time-limit", "0 s"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(contains(ended.out, "skipped: the time limit was reached before its turn"));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

TEST_F(Options, MemoryLimitThatASanitizerTakesAway) {
  const auto ended = measure({"smoke", "--backend", "null", "--memory-limit", "64 MiB"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(contains(ended.err, "workers have no limit of memory\n"));
}

#else

TEST_F(Options, MemoryLimit) {
  const auto crasher = fs::path(CRASHER_PLUGIN).parent_path().string();
  write_text(work() / "own.yaml",
             "scenario: smoke\nphases: [{name: stat, op: stat}]\n"
             "backends: ['null', {crasher: {when: run, what: exhaust}}]\nrepetitions: 1\n");
  const auto ended = measure({"./own.yaml", "--backend-path", crasher, "--memory-limit", "64 MiB"});
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_EQ(context("memory_limit"), "64 MiB");
  EXPECT_TRUE(contains(ended.err, "failed: no more memory: a worker may have 64 MiB "));
  EXPECT_EQ(summary_rows("smoke").size(), 1u) << "the limit is enough for who needs little";
}

#endif

/// Before anything is made, and once.
TEST_F(Options, WhatABackendLacksByALimit) {
  const auto liar = fs::path(LIAR_PLUGIN).parent_path().string();
  const auto ended =
      measure({"smoke", "--backend-path", liar, "--backend", "liar:say=off: RLIMIT_MEMLOCK",
               "--filter", "/(read|read-block)/", "--repetitions", "1"});
  const std::string warning = "warning: liar: said: off: RLIMIT_MEMLOCK\n";
  const auto at = ended.err.find(warning);
  ASSERT_NE(at, ended.err.npos) << ended.err;
  EXPECT_EQ(ended.err.find(warning, at + 1), ended.err.npos);
}

TEST_F(Options, PlanTellsOfTheMemoryLimit) {
  const auto ended = iodyno({"plan", "smoke", "--backend", "null", "--memory-limit", "64 MiB"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(contains(ended.out, " MiB, of 64 MiB that it may have\n"));
  EXPECT_EQ(iodyno({"plan", "smoke", "--backend", "null", "--memory-limit", "1 MiB"}).status, 2);
}

TEST_F(Options, InProcess) {
  const auto before = entries_of(target());
  const auto ended = measure({"smoke", "--backend", "posix", "--in-process"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(cases().size(), 5u);
  EXPECT_TRUE(contains(context("warning.in_process"), "for debugging"));
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(Options, BackendsWithLabels) {
  EXPECT_EQ(measure({"smoke", "--filter", "/read/", "--backend", "A=null:latency=0ns", "--backend",
                     "B=null"})
                .status,
            0);
  EXPECT_EQ(cases(), (std::set<std::string>{"smoke/read/backend:A/real_time",
                                            "smoke/read/backend:B/real_time"}));
  EXPECT_EQ(context("baseline"), "A");
  EXPECT_EQ(context("backend.A.option.latency"), "0 ns");
  EXPECT_EQ(context("backend.B.option.latency"), "1 us");
  EXPECT_EQ(context("backend.A.name"), "null");
}

TEST_F(Options, BackendOfAFile) {
  fs::copy(NULL_PLUGIN, work() / "libiodyno-mine.so");
  EXPECT_EQ(measure({"smoke", "--filter", "/read/", "--backend", "./libiodyno-mine.so"}).status, 0);
  EXPECT_EQ(cases(), std::set<std::string>{"smoke/read/backend:mine/real_time"});
}

TEST_F(Options, WhereBackendsAreLookedFor) {
  for (const char* directory : {"first", "second"}) fs::create_directory(work() / directory);
  fs::copy(NULL_PLUGIN, work() / "first" / "libiodyno-mine.so");
  fs::copy(LIAR_PLUGIN, work() / "second" / "libiodyno-mine.so");
  const auto name_of_mine = [&](std::vector<std::string> more, const std::string& environment) {
    more.insert(more.begin(), {"describe", "mine", "--json"});
    const auto ended = iodyno(more, here({{"IODYNO_BACKEND_PATH", environment}}));
    return ended.status == 0 ? json::parse(ended.out).at("name").get<std::string>() : ended.err;
  };
  EXPECT_EQ(name_of_mine({}, "first"), "null");
  EXPECT_EQ(name_of_mine({}, "absent:second:first"), "liar");
  EXPECT_EQ(name_of_mine({"--backend-path", "first"}, "second"), "null");
  EXPECT_EQ(name_of_mine({"--backend-path", "absent:second:first"}, ""), "liar");
  EXPECT_EQ(name_of_mine({"--backend-path", "second", "--backend-path", "first"}, ""), "liar");
  EXPECT_TRUE(contains(name_of_mine({}, ""), "is called \"mine\""));
}

/// Then the figures stand, and it is told what they lack: once, whatever the phases.
TEST_F(Options, ANullThatCannotBeHadIsToldAsAWarning) {
  const std::string told = "what the host itself costs is not measured: ";
  fs::create_directory(work() / "first");
  for (const auto& [plugin, why] : {std::pair<const char*, const char*>{LIAR_PLUGIN, "does I/O"},
                                    {CRASHES_ON_LOAD_PLUGIN, "SIGSEGV"}}) {
    fs::copy(plugin, work() / "first" / "libiodyno-null.so", fs::copy_options::overwrite_existing);
    const auto ended = measure({"smoke", "--backend", "posix", "--filter", "/(read|delete)/",
                                "--repetitions", "1", "--backend-path", "first"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    const auto at = ended.err.find("warning: " + told);
    ASSERT_NE(at, std::string::npos) << ended.err;
    EXPECT_EQ(ended.err.find(told, at + 10), std::string::npos) << ended.err;
    const auto context = results("smoke").at("context");
    const std::string reason = context.at("iodyno.host_overhead");
    EXPECT_TRUE(reason.starts_with("not measured: ") && contains(reason, why)) << reason;
    bool kept = false;
    for (const auto& [key, value] : context.items())
      kept |= key.starts_with("iodyno.warning.") && contains(value.get<std::string>(), told);
    EXPECT_TRUE(kept);
  }
}

TEST_F(Options, Keep) {
  EXPECT_EQ(
      measure({"smoke", "--filter", "/read/", "--repetitions", "1", "--keep", "--quiet"}).status,
      0);
  EXPECT_EQ(names_in(target()).size(), 2u);
}

}  // namespace
}  // namespace iodyno::test
