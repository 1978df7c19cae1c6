// A run that was interrupted or killed is gone on with.
#include <signal.h>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

using std::chrono::seconds;

const std::set<std::string> kSet{"results.json", "results.summary.json", "samples.jsonl"};
const std::set<std::string> kInterrupted{"results.json", "results.summary.json", "samples.jsonl",
                                         "run.json"};
constexpr std::size_t kTrials = 20;

class Resume : public Cli {
 protected:
  Resume() {
    // A trial of `slow` takes 200 ms: the run goes on for a while when the first ones are there.
    write_text(work() / "long.yaml",
               "scenario: long\ndataset: {files: 40, size: 100 B}\n"
               "phases: [{name: read, op: read}]\n"
               "backends: [{null: {latency: 0 ns}}, {null: {latency: 5 ms}, as: slow}]\n"
               "repetitions: 10\nrehearse: false\n");
  }

  static std::vector<std::string> run_of(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {"run", "long.yaml", "--target", "target", "--out", "out"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Ended resume(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"run", "--resume", "out/long"};
    all.insert(all.end(), more.begin(), more.end());
    return iodyno(all);
  }
  fs::path place() const { return work() / "out" / "long"; }

  /// The samples of the run that goes on now: it has more than others have left.
  std::size_t measured() const {
    std::size_t most = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(place(), error))
      if (entry.path().filename().string().starts_with(".part-"))
        most = std::max(most, samples_in(entry.path() / "samples.jsonl").size());
    return most;
  }
  std::size_t kept() const { return samples("long").size(); }
  /// Sends the signal when it has measured so many trials more than there were.
  Ended end(const std::vector<std::string>& arguments, int signal, std::size_t trials) const {
    const auto before = measured();
    Process run(command(arguments), here());
    EXPECT_TRUE(eventually([&] { return measured() >= before + trials; }, seconds(60)))
        << run.said();
    run.send(signal);
    return run.wait(seconds(20));
  }
  /// The order in which a run of the same seed makes them in one go.
  std::vector<std::string> order_in_one_go() const {
    const auto all =
        iodyno({"run", "long.yaml", "--target", "target", "--out", "whole", "--seed", "7"});
    EXPECT_EQ(all.status, 0) << all.err;
    return names(samples_in(work() / "whole/long/samples.jsonl"));
  }
  void expect_whole(const Ended& ended, const std::string& times) const {
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(names_in(place()), kSet);
    EXPECT_EQ(names(samples("long")), order_in_one_go());
    const auto context = results("long").at("context");
    EXPECT_EQ(context.at("iodyno.resumed"), times);
    EXPECT_EQ(context.at("iodyno.seed"), "7");
    EXPECT_FALSE(context.contains("iodyno.interrupted"));
    EXPECT_TRUE(contains(ended.out, "resumed after "));
  }
};

TEST_F(Resume, AfterSigint) {
  const auto ended = end(run_of({"--seed", "7"}), SIGINT, 3);
  EXPECT_EQ(ended.status, 130);
  EXPECT_TRUE(contains(ended.err, "go on with: iodyno run --resume out/long\n"));
  EXPECT_EQ(names_in(place()), kInterrupted);
  expect_whole(resume(), "1");
}

TEST_F(Resume, AfterSigkill) {
  EXPECT_EQ(end(run_of({"--seed", "7"}), SIGKILL, 3).status, -SIGKILL);
  for (const auto& entry : fs::directory_iterator(place()))
    if (entry.is_directory())
      std::ofstream(entry.path() / "samples.jsonl", std::ios::app) << "{\"version\": 1, \"na";
  const auto ended = resume();
  EXPECT_TRUE(contains(ended.err, "the last line of samples.jsonl is not whole, and is left out"));
  EXPECT_TRUE(contains(ended.err, "trials are kept"));
  expect_whole(ended, "1");
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_EQ(names_in(target()), std::set<std::string>{"someone's.txt"});
}

TEST_F(Resume, AgainAndAgain) {
  EXPECT_EQ(end(run_of({"--seed", "7"}), SIGKILL, 3).status, -SIGKILL);
  EXPECT_EQ(end({"run", "--resume", "out/long"}, SIGKILL, 2).status, -SIGKILL);
  EXPECT_EQ(end({"run", "--resume", "out/long"}, SIGINT, 2).status, 130);
  EXPECT_EQ(names_in(place()), kInterrupted) << "what was gone on with is not kept twice";
  EXPECT_EQ(end({"run", "--resume", "out/long"}, SIGINT, kept() + 1).status, 130);
  EXPECT_EQ(names_in(place()), kInterrupted);
  expect_whole(resume(), "4");
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
}

/// As an arrow key gives it again.
TEST_F(Resume, WithTheCommandLineAsItWas) {
  EXPECT_EQ(end(run_of(), SIGINT, 1).status, 130);
  const auto ended = iodyno(run_of({"--resume", "out/long"}));
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(samples("long").size(), kTrials);
}

TEST_F(Resume, LandsWhereTheRunWouldHave) {
  const std::vector<std::string> words = {"run", "long.yaml", "--target", "target"};
  Process run(command(words), here());
  fs::path at;
  ASSERT_TRUE(eventually([&] {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(work() / "results", error))
      if (entry.path().filename() == "samples.jsonl" && !samples_in(entry.path()).empty())
        at = entry.path().parent_path().parent_path();
    return !at.empty();
  }));
  run.send(SIGINT);
  EXPECT_EQ(run.wait(seconds(20)).status, 130);
  EXPECT_EQ(names_in(at), kInterrupted);
  const auto ended = iodyno({"run", "--resume", at.lexically_relative(work())});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(names_in(at), kSet);
  EXPECT_EQ(fs::read_symlink(work() / "results/long/latest"), at.filename());
}

TEST_F(Resume, OfAWholeResultHasNothingToDo) {
  ASSERT_EQ(iodyno(run_of({"--repetitions", "1", "--filter", "null"})).status, 0);
  const auto before = listing(place());
  const auto ended = resume();
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, "iodyno: out/long: the results are whole, nothing is left to run\n");
  EXPECT_EQ(listing(place()), before);
}

class ResumeIsRefused : public Resume {
 protected:
  /// With one line for each of the mistakes, and nothing is changed.
  void expect(const std::vector<std::string>& more, const std::string& part) {
    const auto before = listing(place());
    const auto ended = resume(more);
    EXPECT_EQ(ended.status, 2);
    EXPECT_TRUE(contains(ended.err, part));
    EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
    EXPECT_EQ(listing(place()), before);
  }
};

TEST_F(ResumeIsRefused, ForWhatIsNotAsItWas) {
  fs::create_directory(work() / "plugins");
  const auto plugin = work() / "plugins/libiodyno-null.so";
  fs::copy(NULL_PLUGIN, plugin);
  const auto ended =
      end(run_of({"--seed", "7", "--backend-path", "plugins", "--repetitions", "6"}), SIGINT, 2);
  ASSERT_EQ(ended.status, 130) << ended.err;
  expect({"--seed", "6"}, "--seed: is \"6\", and the run was begun with \"7\"");
  expect({"--filter", "slow"}, "--filter: is \"slow\", and the run was begun without it");
  expect({"--repetitions", "7"}, "--repetitions: is \"7\", and the run was begun with \"6\"");
  write_text(work() / "other.yaml", read_text(work() / "long.yaml") + "about: another\n");
  expect({"other.yaml"}, "out/long/run.json: error: scenario_hash: was \"");
  expect({"long.yaml", "other.yaml"}, "--resume: goes on with one scenario, and several are named");
  const auto elsewhere = run(command({"run", "--resume", "../out/long"}), {.directory = target()});
  EXPECT_EQ(elsewhere.status, 2);
  EXPECT_TRUE(contains(elsewhere.err, "--resume: the run was begun in " + work().string()));
  std::ofstream(plugin, std::ios::app) << "another";
  const auto other = resume();
  EXPECT_EQ(other.status, 2);
  EXPECT_TRUE(contains(other.err, "backend.null.hash: was \""));
  EXPECT_TRUE(contains(other.err, "backend.slow.hash: was \""));
  fs::remove(place() / "run.json");
  expect({}, "out/long: has no run.json, which says what it was begun with");
}

TEST_F(ResumeIsRefused, WhereThereIsNothing) {
  fs::create_directories(place());
  expect({}, "out/long: holds no interrupted run");
  write_text(place() / "run.json", "<script>");
  expect({}, "out/long/run.json: ");
  const auto ended = iodyno({"run", "--resume", "nowhere"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_TRUE(contains(ended.err, "nowhere: is not a directory"));
}

TEST_F(ResumeIsRefused, WhileTheRunGoesOn) {
  Process run(command(run_of()), here());
  ASSERT_TRUE(eventually([&] { return measured() > 0; }));
  const auto ended = resume();
  EXPECT_EQ(ended.status, 2);
  EXPECT_TRUE(contains(ended.err, "the run goes on"));
  run.send(SIGINT);
  EXPECT_EQ(run.wait(seconds(20)).status, 130);
}

}  // namespace
}  // namespace iodyno::test
