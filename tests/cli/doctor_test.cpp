// `doctor`: what it says, what it leaves alone, how it ends.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kMistake = 2;

class DoctorCommand : public Cli {};

TEST_F(DoctorCommand, TellsAndLeavesNothing) {
  const auto before = entries_of(target());
  const auto ended = iodyno({"doctor", "target"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "");
  for (const char* part : {"kernel", "io_uring", "O_DIRECT", "file system", " missing\n"})
    EXPECT_TRUE(contains(ended.out, part));
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(DoctorCommand, TheCurrentDirectory) {
  EXPECT_EQ(iodyno({"doctor"}).status, 0);
  EXPECT_EQ(names_in(work()), std::set<std::string>{"target"});
}

TEST_F(DoctorCommand, AsJson) {
  const auto all = json::parse(iodyno({"doctor", "target", "--json"}).out);
  ASSERT_TRUE(all.is_array());
  EXPECT_GT(all.size(), 10u);
  for (const json& one : all) {
    const std::string state = one.at("state");
    EXPECT_TRUE(state == "ok" || state == "warning" || state == "missing") << state;
    EXPECT_TRUE(one.at("name").is_string());
    EXPECT_TRUE(one.at("found").is_string());
    EXPECT_EQ(one.at("remedy").is_null(), state == "ok");
  }
}

TEST_F(DoctorCommand, WhatCannotBeUsed) {
  fs::create_directory(work() / "theirs");
  fs::create_directory(work() / "theirs/iodyno-1");
  const std::pair<const char*, const char*> cases[] = {
      {"absent", "absent: No such file"},
      {"target/someone's.txt", "not a directory"},
      {"/proc/self", "/proc/self"},
      {"theirs", "iodyno-1 has a name of ours but not our mark"}};
  for (const auto& [path, message] : cases) {
    const auto ended = iodyno({"doctor", path, "--json"});
    EXPECT_EQ(ended.status, kEnvironment) << path;
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, message));
    EXPECT_TRUE(is_one_line(ended.err));
  }
  EXPECT_EQ(iodyno({"doctor", "target", "target"}).status, kMistake);
  EXPECT_EQ(iodyno({"doctor", "--jsn"}).status, kMistake);
}

TEST_F(DoctorCommand, FindsWhatWasLeft) {
  ASSERT_EQ(iodyno({"run", "smoke", "--backend", "null", "--filter", "/read/", "--target", "target",
                    "--repetitions", "1", "--keep", "--out", "out"})
                .status,
            0);
  EXPECT_TRUE(contains(iodyno({"doctor", "target"}).out, "`iodyno clean target`"));
}

}  // namespace
}  // namespace iodyno::test
