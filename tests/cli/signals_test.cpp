// A run that is interrupted, killed or met by another.
#include <signal.h>
#include <sys/file.h>

#include <thread>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

using std::chrono::seconds, std::chrono::steady_clock;
constexpr seconds kWatchdog(20);

class Signals : public Cli {
 protected:
  Signals() {
    // A trial of `slow` takes two seconds, the whole run minutes.
    write_text(work() / "long.yaml",
               "scenario: long\ndataset: {files: 400, size: 100 B}\n"
               "phases: [{name: read, op: read}]\n"
               "backends: [posix, {null: {latency: 5 ms}, as: slow}]\n"
               "repetitions: 100\nrehearse: false\n");
    before_ = entries_of(target());
  }

  /// A run of which a trial has ended.
  Process begin(Process::Output output = Process::Output::pipes) {
    return Process(command({"run", "long.yaml", "--target", "target", "--out", "out"}),
                   here({}, output));
  }
  bool has_measured() const {
    return eventually([&] { return !samples_in(unfinished()).empty(); }, seconds(60));
  }
  /// samples.jsonl, before all three files are put in their place.
  fs::path unfinished() const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(work() / "out" / "long", error))
      if (entry.path().filename().string().starts_with(".part-"))
        return entry.path() / "samples.jsonl";
    return work() / "none yet";
  }
  std::vector<std::string> run_directories() const {
    std::vector<std::string> all;
    for (const auto& name : names_in(target()))
      if (name.starts_with("iodyno-")) all.push_back(name);
    return all;
  }
  void expect_clean_removes_the_rest() {
    ASSERT_EQ(run_directories().size(), 1u);
    const auto name = run_directories()[0];
    const auto ended = iodyno({"clean", "target"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended.out, "removed target/" + name + "\n");
    EXPECT_EQ(entries_of(target()), before_);
  }

  std::map<std::string, std::string> before_;
};

class EachSignal : public Signals, public testing::WithParamInterface<int> {};

TEST_P(EachSignal, EndsTheRunAndKeepsWhatWasMeasured) {
  auto run = begin();
  ASSERT_TRUE(has_measured()) << run.said();
  const auto sent = steady_clock::now();
  run.send(GetParam());
  const auto ended = run.wait(kWatchdog);
  RecordProperty("ms", int((steady_clock::now() - sent) / std::chrono::milliseconds(1)));
  EXPECT_EQ(ended.status, 128 + GetParam());
  EXPECT_TRUE(contains(ended.err, "interrupted: what was measured is kept"));
  EXPECT_TRUE(contains(ended.out, "out/long/results.json\n"));
  EXPECT_EQ(entries_of(target()), before_);
  EXPECT_EQ(
      names_in(work() / "out" / "long"),
      (std::set<std::string>{"results.json", "results.summary.json", "run.json", "samples.jsonl"}));
  EXPECT_EQ(results("long").at("context").at("iodyno.interrupted"), "true");
  EXPECT_EQ(summary("long").at("context").at("iodyno.interrupted"), "true");
  EXPECT_GE(samples("long").size(), 1u);
  EXPECT_LT(samples("long").size(), 200u);
  EXPECT_GE(summary_rows("long").size(), 1u);
  for (const auto& sample : samples("long")) EXPECT_EQ(sample.at("error"), "");
}

INSTANTIATE_TEST_SUITE_P(, EachSignal, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& signal) {
                           return "SIG" + std::string(sigabbrev_np(signal.param));
                         });

TEST_F(Signals, WhatIsInterruptedDoesNotReplaceWhatIsWhole) {
  ASSERT_EQ(iodyno({"run", "long.yaml", "--target", "target", "--out", "out", "--repetitions", "1",
                    "--filter", "posix"})
                .status,
            0);
  const auto whole = read_text(work() / "out" / "long" / "results.json");
  auto run = begin();
  ASSERT_TRUE(has_measured()) << run.said();
  run.send(SIGINT);
  const auto ended = run.wait(kWatchdog);
  EXPECT_EQ(ended.status, 130);
  EXPECT_TRUE(contains(ended.out, "out/long/interrupted/results.json\n"));
  EXPECT_EQ(read_text(work() / "out" / "long" / "results.json"), whole);
  EXPECT_FALSE(samples_in(work() / "out" / "long" / "interrupted" / "samples.jsonl").empty());
}

TEST_F(Signals, BeforeAnythingIsMeasured) {
  auto run = begin();
  ASSERT_TRUE(eventually([&] { return contains(run.said(), "long: 200 trials"); }));
  run.send(SIGTERM);
  EXPECT_EQ(run.wait(kWatchdog).status, 143);
  EXPECT_EQ(entries_of(target()), before_);
}

TEST_F(Signals, ASecondOneEndsItAtOnce) {
  // Nobody reads its table, so that it can't come to cleaning up.
  auto run = begin(Process::Output::stalled);
  ASSERT_TRUE(has_measured()) << run.said();
  run.send(SIGINT);
  const auto sent = steady_clock::now();
  // The last of the three files to come into its place.
  ASSERT_TRUE(eventually([&] { return fs::exists(work() / "out/long/samples.jsonl"); }));
  ASSERT_EQ(run_directories().size(), 1u);
  // What comes within 200 ms is taken for an echo of the first.
  std::this_thread::sleep_until(sent + std::chrono::milliseconds(300));
  run.send(SIGTERM);
  EXPECT_EQ(run.wait(kWatchdog).status, 143);
  EXPECT_FALSE(samples("long").empty());
  expect_clean_removes_the_rest();
}

TEST_F(Signals, KilledItLeavesNoWorker) {
  auto run = begin();
  ASSERT_TRUE(has_measured()) << run.said();
  std::vector<pid_t> workers;
  // Stopped, it starts and reaps none meanwhile; between two trials it has none.
  ASSERT_TRUE(eventually([&] {
    run.send(SIGSTOP);
    EXPECT_TRUE(eventually([&] { return is_stopped(run.pid()); }));
    workers = children_of(run.pid());
    if (workers.empty()) run.send(SIGCONT);
    return !workers.empty();
  }));
  run.send(SIGKILL);
  EXPECT_EQ(run.wait(kWatchdog).status, -SIGKILL);
  for (const auto worker : workers) EXPECT_TRUE(eventually([&] { return is_gone(worker); }));
  EXPECT_FALSE(samples_in(unfinished()).empty());
  expect_clean_removes_the_rest();
}

/// Not even what has a session of its own.
TEST_F(Signals, KilledItLeavesNoDaemonOfAPlugin) {
  Process run(command({"run", "long.yaml", "--target", "target", "--out", "out", "--backend-path",
                       fs::path(CRASHER_PLUGIN).parent_path(), "--backend",
                       "crasher:when=run,what=daemon_hang", "--set", "phases.read.op=stat"}),
              here());
  const auto lock = [&]() -> fs::path {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(target(), error))
      if (entry.path().filename() == "child") return entry.path();
    return {};
  };
  ASSERT_TRUE(eventually([&] { return !lock().empty(); })) << run.said();
  const Fd held = open_at(AT_FDCWD, lock().c_str(), O_RDWR);
  const auto is_held = [&] { return flock(held, LOCK_EX | LOCK_NB) != 0; };
  ASSERT_TRUE(eventually([&] { return is_held() || flock(held, LOCK_UN) != 0; }));
  run.send(SIGKILL);
  EXPECT_EQ(run.wait(kWatchdog).status, -SIGKILL);
  EXPECT_TRUE(eventually([&] { return !is_held(); }));
}

TEST_F(Signals, AWorkerThatIsKilledIsThatCasesFailure) {
  auto run = begin();
  ASSERT_TRUE(has_measured()) << run.said();
  ASSERT_TRUE(eventually([&] {
    for (const auto worker : children_of(run.pid())) kill(worker, SIGKILL);
    return contains(run.said(), "crashed with SIGKILL");
  }));
  run.send(SIGINT);
  EXPECT_EQ(run.wait(kWatchdog).status, 130);
  EXPECT_EQ(entries_of(target()), before_);
}

TEST_F(Signals, NohupIsHonoured) {
  const auto program = command({"run", "long.yaml", "--target", "target", "--out", "out"});
  std::vector<std::string> nohup = {"nohup"};
  nohup.insert(nohup.end(), program.begin(), program.end());
  Process run(nohup, here());
  ASSERT_TRUE(has_measured()) << run.said();
  const auto measured = samples_in(unfinished()).size();
  run.send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return samples_in(unfinished()).size() > measured; }, seconds(60)));
  run.send(SIGTERM);
  EXPECT_EQ(run.wait(kWatchdog).status, 143);
  EXPECT_EQ(entries_of(target()), before_);
}

TEST_F(Signals, CleanLeavesARunThatGoesOn) {
  auto run = begin();
  ASSERT_TRUE(has_measured()) << run.said();
  const auto clean = iodyno({"clean", "target"});
  EXPECT_EQ(clean.status, 1);
  EXPECT_EQ(clean.out, "");
  EXPECT_TRUE(contains(clean.err, "is in use by a run that goes on; left alone"));
  const auto other = iodyno({"run", "smoke", "--backend", "null", "--filter", "/read/", "--target",
                             "target", "--repetitions", "1"});
  EXPECT_EQ(other.status, 0);
  EXPECT_TRUE(contains(other.err, "another run is working in target/iodyno-"));
  run.send(SIGINT);
  EXPECT_EQ(run.wait(kWatchdog).status, 130);
  EXPECT_EQ(entries_of(target()), before_);
}

}  // namespace
}  // namespace iodyno::test
