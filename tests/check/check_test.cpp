// What `iodyno check` says and leaves, whatever the plugin is like.
#include <signal.h>

#include <memory>
#include <set>

#include "check/fixture.hpp"

namespace iodyno::test {
namespace {

using std::chrono::seconds;

/// Passed, or was skipped for a reason that is not the plugin's.
void expect_good(const Checked& found) {
  ASSERT_EQ(found.ended.status, 0) << found.ended.out << found.ended.err;
  for (const auto& finding : found.report.at("checks")) {
    const std::string result = finding.at("result");
    EXPECT_TRUE(result == "pass" || (result == "skip" && finding.at("text") != "")) << finding;
  }
}

TEST_F(CheckOf, WhatIsRightPasses) {
  const auto found = check({broken_backend("none"), "--filter", "^(?!.*100000)"});
  expect_good(found);
  EXPECT_GT(found.report.at("checks").size(), 200u);
  EXPECT_EQ(entries_of(target()), before());
}

TEST_F(CheckOf, TheReportIsComplete) {
  const auto found =
      check({broken_backend("wrong-errno"), "--filter", "^read/(refusals|batch-of-7)"});
  EXPECT_EQ(found.ended.status, 3);
  EXPECT_EQ(found.ended.err, "");
  EXPECT_EQ(found.report.at("plugin"), broken_backend("wrong-errno"));
  EXPECT_TRUE(found.report.at("seed").is_number_unsigned());
  std::map<std::string, std::string> results;
  for (const auto& finding : found.report.at("checks")) {
    results[finding.at("name")] = finding.at("result");
    EXPECT_EQ(finding.at("text") == "", finding.at("result") == "pass") << finding;
    EXPECT_GE(finding.at("seconds"), 0.0);
    EXPECT_LT(finding.at("seconds"), 30.0);
  }
  EXPECT_EQ(results, (std::map<std::string, std::string>{{"load", "pass"},
                                                         {"read/batch-of-7", "pass"},
                                                         {"read/refusals/depth-1", "fail"},
                                                         {"read/refusals/depth-8", "fail"}}));
}

TEST_F(CheckOf, ForPeopleItSaysWhatIsWrong) {
  const auto ended = iodyno(
      words({broken_backend("wrong-errno"), "--filter", "^read/refusals/depth-1", "--seed", "7"}));
  EXPECT_EQ(ended.status, 3);
  EXPECT_TRUE(contains(ended.out, "FAIL read/refusals/depth-1: read missing"));
  EXPECT_TRUE(contains(ended.out, "expected ENOENT (No such file or directory), came EIO"));
  EXPECT_TRUE(contains(ended.out, "2 checks: 1 passed, 1 failed\n"));
  EXPECT_EQ(ended.err, "checking " + broken_backend("wrong-errno") + "; seed 7\n");
}

TEST_F(CheckOf, WhatEveryCheckWouldSayIsSaidOnce) {
  const auto ended =
      iodyno(words({broken_backend("open-says-nothing"), "--filter", "^read/(batch-of-1|names)$"}));
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.out.find("said nothing"), ended.out.rfind("said nothing")) << ended.out;
  EXPECT_TRUE(contains(ended.out, "FAIL read/names: as read/batch-of-1\n"));
  EXPECT_TRUE(contains(ended.out, "3 checks: 1 passed, 2 failed\n"));
}

TEST_F(CheckOf, AWarningIsNoFailure) {
  const auto ended = iodyno(words({broken_backend("mutters"), "--filter", "^read/batch-of-1$"}));
  EXPECT_EQ(ended.status, 0);
  EXPECT_TRUE(contains(ended.out, "warn read/batch-of-1: "));
  EXPECT_TRUE(contains(ended.out, "2 checks: 1 passed, 1 with warnings\n"));
}

TEST_F(CheckOf, TheSeedRepeatsTheRandomChecks) {
  const std::vector<std::string> arguments = {broken_backend("wrong-errno"), "--filter",
                                              "^random/"};
  const auto first = check(arguments);
  EXPECT_EQ(first.ended.status, 3);
  auto again = arguments;
  again.insert(again.end(),
               {"--seed", std::to_string(first.report.at("seed").get<std::uint64_t>())});
  const auto second = check(again);
  EXPECT_EQ(first.report.at("seed"), second.report.at("seed"));
  for (int i = 1; i <= 5; ++i) {
    const auto name = "random/" + std::to_string(i);
    EXPECT_EQ(first.finding(name).at("text"), second.finding(name).at("text"));
  }
  again.back() = "another one";
  EXPECT_EQ(check(again).ended.status, 2);
}

TEST_F(CheckOf, MistakesOfTheCommandLine) {
  const auto expect_mistake = [&](const std::vector<std::string>& arguments, const char* text) {
    const auto ended = iodyno(words(arguments));
    EXPECT_EQ(ended.status, 2) << ended.out;
    EXPECT_TRUE(contains(ended.err, text));
    EXPECT_EQ(ended.out, "");
  };
  expect_mistake({"no-such-backend"}, "no backend is called no-such-backend");
  expect_mistake({broken_backend("no-such-one")}, "there is no such file");
  expect_mistake({broken_backend("none"), "--filter", "("}, "--filter: ");
  expect_mistake({broken_backend("none"), "--filter", "no check is called so"},
                 "--filter: no check of this backend has such a name");
  EXPECT_EQ(entries_of(target()), before());
}

TEST_F(CheckOf, WhatIsNoPlugin) {
  write_text(work() / "text", "not a library");
  for (const auto& file : {(work() / "text").string(), std::string(NO_ENTRY_LIBRARY)}) {
    const auto found = check({file});
    EXPECT_EQ(found.ended.status, 3);
    ASSERT_EQ(found.report.at("checks").size(), 1u);
    EXPECT_EQ(found.finding("load").at("result"), "fail");
    EXPECT_TRUE(contains(found.finding("load").at("text"), file));
  }
}

TEST_F(CheckOf, WhatIsThrownStopsAtTheBoundary) {
  const auto expect_fail = [&](const std::string& what, const std::string& text) {
    const auto name = "option/what/" + what;
    const auto found = check({CRASHER_PLUGIN, "--filter", exactly(name)});
    EXPECT_EQ(found.ended.status, 3);
    EXPECT_EQ(found.finding(name).at("result"), "fail") << found.finding(name);
    EXPECT_TRUE(contains(found.finding(name).at("text"), text));
  };
  expect_fail("throw", "run() let an exception out: thrown through the wall");
  expect_fail("throw_int", "run() let an exception out: of unknown type");
}

TEST_F(CheckOf, WhatItDoesToTheProcessIsSeen) {
  for (const std::string what : {"exit3", "abort", "close_all", "print", "no_session"}) {
    const auto name = "option/what/" + what;
    const auto found = check({CRASHER_PLUGIN, "--filter", exactly(name), "--timeout", "5 s"});
    EXPECT_EQ(found.ended.status, 3) << what;
    EXPECT_NE(found.finding(name).at("result"), "pass") << found.finding(name);
    EXPECT_EQ(entries_of(target()), before());
  }
}

class Unfinished : public CheckOf {
 protected:
  /// A check that hangs. Its directories are there, also the one in memory, if it has one.
  std::unique_ptr<Process> begin(const std::string& limit) {
    const auto arguments = words({broken_backend("hangs-in-run"), "--filter",
                                  "^(read|stat)/batch-of-1$", "--timeout", limit, "--json"});
    auto process = std::make_unique<Process>(command(arguments), bare());
    EXPECT_TRUE(eventually([&] { return is_there("check-1-second"); })) << process->said();
    children_ = children_of(process->pid());
    EXPECT_EQ(children_.size(), 1u);
    for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(process->pid()) + "/fd"))
      if (const auto path = fs::read_symlink(fd); path.string().starts_with("/dev/shm/iodyno-"))
        in_memory_.insert(path);
    EXPECT_EQ(in_memory_.empty(), in_memory(target()));
    return process;
  }
  void expect_all_is_gone() const {
    EXPECT_EQ(entries_of(target()), before());
    for (const auto& path : in_memory_) EXPECT_FALSE(fs::exists(path)) << path;
    for (const auto child : children_) EXPECT_TRUE(is_gone(child));
  }

 private:
  bool is_there(const std::string& name) const {
    for (const auto& run : fs::directory_iterator(target()))
      if (run.is_directory() && fs::exists(run.path() / name)) return true;
    return false;
  }

  std::vector<pid_t> children_;
  std::set<fs::path> in_memory_;
};

TEST_F(Unfinished, ASignalEndsItAndLeavesNothing) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto process = begin("60 s");
    process->send(signal);
    EXPECT_EQ(process->wait(seconds(20)).status, 128 + signal);
    expect_all_is_gone();
  }
}

TEST_F(Unfinished, AHangEndsInTimeAndLeavesNothing) {
  const auto ended = begin("1 s")->wait(seconds(20));
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(json::parse(ended.out).at("checks").size(), 3u);  // one hang does not end the others
  expect_all_is_gone();
}

TEST_F(CheckOf, ACrashLeavesNothing) {
  EXPECT_EQ(check({broken_backend("crashes-in-run"), "--filter", "^(read|pace)"}).ended.status, 3);
  EXPECT_EQ(entries_of(target()), before());
}

TEST_F(CheckOf, ATargetThatCannotBe) {
  const auto ended = iodyno({"check", broken_backend("none"), "--target", "is-not-there"});
  EXPECT_NE(ended.status, 0);
  EXPECT_TRUE(contains(ended.err, "is-not-there"));
}

}  // namespace
}  // namespace iodyno::test
