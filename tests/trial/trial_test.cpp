// A whole trial in this process, on the real backends.
#include "trial/trial.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <thread>

#include "scenario/content.hpp"
#include "scenario/workload.hpp"
#include "trial/rig.hpp"
#include "trial/worker.hpp"

namespace iodyno::host {
namespace {

using test::contains;

class RunTrial : public testing::Test {
 protected:
  static Phase phase(iodyno_op op) { return {.name = "p", .ops = {{op}}}; }
  Sample posix(const Phase& one, const Dataset& dataset = {.files = 20, .size = {5000, 5000}}) {
    last = rig.spec(POSIX_PLUGIN, {}, one, dataset);
    return rig.trial(last);
  }
  std::set<std::string> left_in_set() const { return test::names_in(rig.run / last.directory); }

  test::Rig rig;
  TrialSpec last;
};

TEST_F(RunTrial, GoesThroughItsStages) {
  const auto sample = posix(phase(IODYNO_OP_READ));
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(rig.stages,
            (std::vector<std::string>{"load", "open", "rehearse", "settle", "layout", "memory",
                                      "look", "calm", "run", "verify", "close"}));
  EXPECT_EQ(sample.requests, 20u);
  EXPECT_EQ(sample.bytes, 100'000u);
  EXPECT_EQ(sample.residency, 1.0);
  EXPECT_GT(sample.setup_ns, 0u);
  EXPECT_GT(sample.max_rss_bytes, 0u);
  EXPECT_EQ(sample.drain_ns, 0u) << "nothing is left to be written";
  EXPECT_EQ(left_in_set().count("rehearsal"), 0u);
}

TEST_F(RunTrial, LeavesOutWhatASyntheticBackendDoesNotNeed) {
  const auto sample =
      rig.trial(rig.spec(NULL_PLUGIN, {{"latency", "0 ns"}}, phase(IODYNO_OP_READ)));
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(rig.stages, (std::vector<std::string>{"load", "open", "rehearse", "run", "close"}));
  EXPECT_FALSE(sample.residency);
}

TEST_F(RunTrial, DrainsWhatItWrote) {
  const auto sample = posix(phase(IODYNO_OP_OVERWRITE));
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(std::vector(rig.stages.end() - 4, rig.stages.end()),
            (std::vector<std::string>{"run", "drain", "verify", "close"}));
  EXPECT_GT(sample.drain_ns, 0u);
}

TEST_F(RunTrial, WhatABackendHasInACacheOfItsOwnIsNotMissedOnTheDevice) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory have no O_DIRECT";
  auto twice = phase(IODYNO_OP_READ_BLOCK);
  twice.block = 4096;
  twice.count = 400;  // of 100 blocks
  twice.direct = true;
  const auto sample =
      rig.trial(rig.spec(CACHED_PLUGIN, {}, twice, {.files = 1, .size = {409'600, 409'600}}));
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.cached, 300u);
  EXPECT_LT(sample.device_read_bytes.value(), 0.5 * double(sample.bytes));
  EXPECT_FALSE(contains(test::joined(sample.degraded), "device")) << test::joined(sample.degraded);
}

TEST_F(RunTrial, MakesTheCacheCold) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory can't be cold";
  for (const auto op : {IODYNO_OP_READ, IODYNO_OP_READ_BLOCK}) {
    auto one = phase(op);
    one.cache = CacheState::cold;
    one.block = op == IODYNO_OP_READ_BLOCK ? 1000 : 0;
    const auto sample = posix(one);
    EXPECT_TRUE(sample.usable()) << sample.error;
    EXPECT_EQ(sample.residency, 0.0);
  }
}

/// Some of its files are not there yet.
TEST_F(RunTrial, MakesTheCacheColdForTheReadersOfAMix) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory can't be cold";
  Phase mix{.name = "mix", .ops = {{IODYNO_OP_READ, 1}, {IODYNO_OP_CREATE, 1}}};
  const Dataset dataset{.files = 20, .size = {5000, 5000}};
  for (const auto state : {CacheState::cold, CacheState::warm}) {
    mix.cache = state;
    const auto spec = rig.spec(POSIX_PLUGIN, {}, mix, dataset);
    for (std::uint64_t i = 0; i < 20; ++i)
      if (op_at(mix, spec.seed, i) == IODYNO_OP_CREATE)
        std::filesystem::remove(rig.run / spec.directory / Files(dataset).path(i));
    const auto sample = rig.trial(spec);
    EXPECT_TRUE(sample.usable()) << sample.error;
    EXPECT_EQ(sample.residency, state == CacheState::cold ? 0.0 : 1.0);
  }
}

TEST_F(RunTrial, SaysThatFilesInMemoryCannotBeCold) {
  if (!test::in_memory("/dev/shm")) GTEST_SKIP() << "no file system in memory here";
  auto one = phase(IODYNO_OP_READ);
  one.cache = CacheState::cold;
  const Dataset dataset{.files = 2, .size = {10, 10}};
  const auto spec = rig.spec(POSIX_PLUGIN, {}, one, dataset);
  const test::TempDir memory("/dev/shm");
  make_directory(memory.fd(), spec.directory);
  make_directory(memory.fd(), spec.second_directory);
  make_dataset(open_below(memory.fd(), spec.directory), Files(dataset), {}, {});
  const auto sample = run_trial(spec, memory.fd(), [](const std::string&) {});
  EXPECT_EQ(sample.error, "");
  EXPECT_EQ(sample.invalid,
            std::vector<std::string>{
                "the files could not be kept out of the page cache: 2 of 2 pages are there"});
}

TEST_F(RunTrial, PassesTheCacheByWhenDirect) {
  auto one = phase(IODYNO_OP_READ);
  one.direct = true;
  const auto sample = posix(one);
  if (contains(sample.error, "O_DIRECT does not work")) GTEST_SKIP() << sample.error;
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.residency, 0.0);
  EXPECT_EQ(sample.notes.count("host.cache"), 1u);
}

/// The CPUs that this thread may use.
std::vector<int> own_cpus() {
  cpu_set_t set;
  check(sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

TEST_F(RunTrial, RunsOnTheCpusOfPin) {
  const auto all = own_cpus();
  if (all.size() == 1) GTEST_SKIP() << "there is one CPU";
  auto one = phase(IODYNO_OP_READ);
  one.pin = {all.back()};
  std::map<std::string, std::vector<int>> cpus;
  rig.at_stage = [&](const std::string& stage) { cpus[stage] = own_cpus(); };
  Sample sample;
  std::thread([&] { sample = posix(one); }).join();  // with which the pin ends
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(cpus.at("open"), one.pin) << "threads of the backend begin there, and inherit them";
  EXPECT_EQ(cpus.at("run"), one.pin);
  EXPECT_EQ(own_cpus(), all);
}

TEST_F(RunTrial, DoesNotRunElsewhereWhereACpuOfPinIsNotThere) {
  constexpr int kMissing = CPU_SETSIZE - 1;
  for (const auto& cpus : {std::vector{kMissing}, {kMissing, own_cpus()[0]}}) {
    std::string said;
    auto one = phase(IODYNO_OP_READ);
    one.pin = cpus;
    std::thread([&] { said = test::thrown_by([&] { posix(one); }); }).join();
    EXPECT_TRUE(contains(said, "`pin`: CPU 1023: Invalid")) << said;
  }
}

TEST_F(RunTrial, RefusesBuffersThatTakeTooMuchMemory) {
  auto one = phase(IODYNO_OP_READ_BLOCK);
  one.block = 1 << 20;
  one.depth = 4097;
  const auto sample = posix(one, {.files = 1, .size = {1 << 20, 1 << 20}});
  EXPECT_TRUE(contains(sample.error, "depth × block needs more than 4 GiB")) << sample.error;
}

TEST_F(RunTrial, HoldsTheChecksumAgainstWhatWasWritten) {
  for (const auto& [op, block] : {std::pair{IODYNO_OP_READ, 0}, {IODYNO_OP_READ_BLOCK, 6000}})
    for (const std::uint64_t depth : {1, 4}) {
      auto one = phase(op);
      one.consume.kind = Consume::Kind::checksum;
      one.block = std::uint64_t(block);
      one.depth = depth;
      const Dataset dataset{.files = 7, .size = {20'000, 40'000}, .directories = 3};
      auto spec = rig.spec(POSIX_PLUGIN, {}, one, dataset);
      EXPECT_TRUE(rig.trial(spec).usable());

      test::write_text(rig.run / spec.directory / Files(dataset).path(5),
                       std::string(Files(dataset).size(5), 'x'));
      const auto sample = rig.trial(spec);
      EXPECT_EQ(sample.error, "");
      EXPECT_EQ(sample.invalid.size(), 1u);
    }
}

/// What the host does to know the right sum is not the trial's, nor the machine's meanwhile.
TEST_F(RunTrial, ComparesTheChecksumWhenAllAroundTheClockIsRead) {
  constexpr std::uint64_t kChecksNs = 500'000'000, kTicksNs = 50'000'000;
  std::uint64_t began = 0, ended = 0;
  rig.at_stage = [&](const std::string& stage) {
    if (stage == "run") began = now();
    if (stage != "verify") return;
    ended = now();
    while (now() < ended + kChecksNs) continue;
  };
  auto one = phase(IODYNO_OP_READ);
  one.consume.kind = Consume::Kind::checksum;
  auto spec = rig.spec(POSIX_PLUGIN, {}, one);
  spec.verify = false;
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << sample.error;
  ASSERT_NE(ended, 0u);
  const auto cpus = std::uint64_t(sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_LE(sample.system_cpu_ns, cpus * (ended - began + kTicksNs)) << "of so long";
  EXPECT_GE(sample.spent_ns.at("verify"), double(kChecksNs));
}

TEST_F(RunTrial, CountsATextInWhatWasRead) {
  auto one = phase(IODYNO_OP_READ);
  one.consume = {Consume::Kind::count, "needle"};
  auto spec = rig.spec(POSIX_PLUGIN, {}, one);
  std::string text(5000, '.');
  text.replace(100, 6, "needle");
  text.replace(4900, 6, "needle");
  test::write_text(rig.run / spec.directory / "f03", text);
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.counters.at("text_found"), 2.0);
}

/// Every byte of what a trial writes can be foretold.
TEST_F(RunTrial, WritesTheBytesOfItsVersion) {
  const auto spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_OVERWRITE));
  ASSERT_TRUE(rig.trial(spec).usable());
  std::vector<std::byte> source(kSourceSize);
  fill_source(source, {});
  const auto text = test::read_text(rig.run / spec.directory / "f07");
  ASSERT_EQ(text.size(), 5000u);
  for (std::size_t x = 0; x < text.size(); ++x)
    ASSERT_EQ(text[x], char(source[(source_base(7, spec.version) + x) % kSourceSize])) << x;
}

TEST_F(RunTrial, TakesFilesThatAreSmallerThanTheyShouldBeForAFailure) {
  const auto spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_READ));
  std::filesystem::resize_file(rig.run / spec.directory / "f03", 10);
  EXPECT_TRUE(contains(rig.trial(spec).error, "read f03: No data available (ENODATA); 1 of 20"));
}

TEST_F(RunTrial, NeedsItsDirectories) {
  auto spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_READ));
  spec.directory = "missing";
  EXPECT_EQ(test::errno_of([&] { rig.trial(spec); }), ENOENT);
  spec.directory = "..";
  EXPECT_EQ(test::errno_of([&] { rig.trial(spec); }), EXDEV);
}

TEST_F(RunTrial, RehearsesInThePlaceOfTheRealThing) {
  for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_MKDIR, IODYNO_OP_COPY, IODYNO_OP_DELETE}) {
    const Dataset dataset{.files = 12, .size = {100, 100}, .directories = 3};
    auto spec = rig.spec(POSIX_PLUGIN, {}, phase(op), dataset);
    const auto set = rig.run / spec.directory;
    if (op == IODYNO_OP_CREATE)
      for (std::uint64_t i = 0; i < 12; ++i) std::filesystem::remove(set / Files(dataset).path(i));
    if (op == IODYNO_OP_MKDIR)
      for (const auto& name : test::names_in(set)) std::filesystem::remove_all(set / name);
    if (op == IODYNO_OP_COPY)
      make_dataset(open_below(rig.run.fd(), spec.second_directory), Files(dataset), {},
                   {.file = [](std::uint64_t) { return false; }});
    const auto sample = rig.trial(spec);
    EXPECT_TRUE(sample.usable()) << op << sample.error;
    EXPECT_EQ(sample.requests, op == IODYNO_OP_MKDIR ? 3u : 12u);
    EXPECT_EQ(test::names_in(set).count("rehearsal"), 0u);
    EXPECT_EQ(test::names_in(rig.run / spec.second_directory).count("rehearsal"), 0u);
  }
}

TEST_F(RunTrial, OfALifecycleCountsItsSteps) {
  TrialSpec spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_CREATE), {.files = 1});
  spec.dataset = {.files = 30, .size = {5000, 5000}};
  std::filesystem::remove(rig.run / spec.directory / "f0");
  spec.lifecycle = true;
  spec.steps.clear();
  for (const auto& [name, op] : {std::pair{"make", IODYNO_OP_CREATE},
                                 {"look", IODYNO_OP_READ},
                                 {"grow", IODYNO_OP_APPEND},
                                 {"look-again", IODYNO_OP_STAT},
                                 {"remove", IODYNO_OP_DELETE}})
    spec.steps.push_back({.name = name, .ops = {{op}}});
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << sample.error
                               << (sample.invalid.empty() ? "" : sample.invalid.front());
  EXPECT_EQ(sample.requests, 1u);
  EXPECT_EQ(sample.step_requests, 5 * 30);
  EXPECT_EQ(sample.bytes, 3u * 30 * 5000);
  double steps = 0;
  for (const auto& step : spec.steps) steps += sample.counters.at(step.name + "_ns");
  EXPECT_EQ(steps, double(sample.wall_ns));
  EXPECT_EQ(sample.latency.count(), 0u);
  EXPECT_FALSE(sample.achieved_depth);
}

TEST_F(RunTrial, OfALifecycleStopsAtAFailedStep) {
  TrialSpec spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_READ));
  spec.lifecycle = true;
  spec.steps.push_back({.name = "again", .ops = {{IODYNO_OP_CREATE}}, .rehearse = false});
  spec.steps.push_back({.name = "never", .ops = {{IODYNO_OP_READ}}});
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(contains(sample.error, "create f00: File exists (EEXIST); 20 of 20"));
  EXPECT_EQ(sample.counters.count("never_ns"), 0u);
}

TEST_F(RunTrial, ProbesWhatWorks) {
  auto spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_READ));
  const auto probe = run_probe(spec, rig.run.fd());
  EXPECT_NE(probe.ops & IODYNO_BIT(IODYNO_OP_READ), 0u);
  EXPECT_EQ(probe.notes.count("copy"), 1u);

  spec = rig.spec(LIAR_PLUGIN, {{"how", "no_create"}}, phase(IODYNO_OP_READ));
  const auto other = run_probe(spec, rig.run.fd());
  EXPECT_EQ(other.ops, IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_STAT));
  EXPECT_EQ(other.unsupported.at(IODYNO_OP_CREATE), "the moon is not full");
}

TEST_F(RunTrial, JobsGiveAReplyOrAReason) {
  const auto quiet = [](const std::string&) {};
  const auto spec = rig.spec(POSIX_PLUGIN, {}, phase(IODYNO_OP_READ));
  EXPECT_EQ(do_job({Job::Kind::describe, spec}, rig.run.fd(), quiet).description->name, "posix");
  EXPECT_TRUE(do_job({Job::Kind::probe, spec}, rig.run.fd(), quiet).probe);
  EXPECT_TRUE(do_job({Job::Kind::trial, spec}, rig.run.fd(), quiet).sample);
  EXPECT_TRUE(contains(do_job({Job::Kind::describe, {.plugin_file = "/missing"}}, -1, quiet).error,
                       "/missing: there is no such file"));
  EXPECT_TRUE(
      contains(do_job({Job::Kind::trial, {.directory = "missing"}}, rig.run.fd(), quiet).error,
               "missing: No such file or directory"));
}

/// An exception that comes through the C boundary ends the trial, and not more.
TEST_F(RunTrial, SurvivesAnExceptionOutOfAPlugin) {
  const auto quiet = [](const std::string&) {};
  for (const std::string when : {"open", "rehearse", "run"}) {
    auto spec =
        rig.spec(CRASHER_PLUGIN, {{"when", when}, {"what", "throw"}}, phase(IODYNO_OP_STAT));
    EXPECT_EQ(do_job({Job::Kind::trial, spec}, rig.run.fd(), quiet).error,
              "thrown through the wall");
    spec = rig.spec(CRASHER_PLUGIN, {{"when", when}, {"what", "throw_int"}}, phase(IODYNO_OP_STAT));
    EXPECT_EQ(do_job({Job::Kind::trial, spec}, rig.run.fd(), quiet).error,
              "an exception of unknown type crossed the plugin's boundary");
  }
}

}  // namespace
}  // namespace iodyno::host
