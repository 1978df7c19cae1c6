// new-backend and new-scenario: what they write, and what they refuse. That it builds, passes the
// check and is measured is tested where it is installed.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kMistake = 2;

class Begin : public Cli {
 protected:
  std::set<std::string> files_in(const fs::path& directory) const {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      if (!entry.is_directory()) all.insert(entry.path().lexically_relative(directory));
    return all;
  }
  /// Nothing is made or changed.
  void expect_refused(const std::vector<std::string>& arguments, int status,
                      const std::string& said) const {
    const auto before = entries_of(work());
    const auto ended = iodyno(arguments);
    EXPECT_EQ(ended.status, status);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, said));
    EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
    EXPECT_EQ(entries_of(work()), before);
  }
};

TEST_F(Begin, ABackendIsAProjectInEachLanguage) {
  const std::map<std::string, std::set<std::string>> all = {
      {"c++", {".gitignore", "CMakeLists.txt", "README.md", "my-own.cpp"}},
      {"c", {".gitignore", "CMakeLists.txt", "README.md", "my-own.c"}},
      {"rust", {".gitignore", "Cargo.toml", "README.md", "src/iodyno.rs", "src/lib.rs"}}};
  for (const auto& [language, files] : all) {
    const auto into = "in-" + language;
    const auto ended = iodyno({"new-backend", "my-own", "--language", language, "--into", into});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(files_in(work() / into), files);
    for (const auto& file : files) {
      const auto text = read_text(work() / into / file);
      EXPECT_EQ(text.find("newcomer"), text.npos) << file;
      EXPECT_FALSE(std::regex_search(text, std::regex("@[a-z]+@"))) << file;
    }
    EXPECT_TRUE(ended.out.starts_with("cd -- " + into + "\n")) << ended.out;
    EXPECT_EQ(std::ranges::count(ended.out, '\n'), 4) << "cd, and three commands";
    EXPECT_TRUE(contains(read_text(work() / into / "README.md"),
                         ended.out.substr(ended.out.find('\n') + 1)));
  }
}

TEST_F(Begin, ABackendIsInCppAndInADirectoryOfItsName) {
  fs::create_directory(work() / "mine");
  EXPECT_EQ(iodyno({"new-backend", "mine"}).status, 0) << "an empty directory will do";
  EXPECT_TRUE(fs::exists(work() / "mine/mine.cpp"));
  EXPECT_EQ(iodyno({"new-backend", "other", "--into", "a/b/c d"}).status, 0);
  EXPECT_TRUE(fs::exists(work() / "a/b/c d/other.cpp"));
}

TEST_F(Begin, CommandsAreQuotedForTheShell) {
  const auto ended = iodyno({"new-backend", "mine", "--into", "it's $HOME; <b>"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_TRUE(ended.out.starts_with("cd -- 'it'\\''s $HOME; <b>'\n")) << ended.out;
}

TEST_F(Begin, ABackendNeedsANameThatIsFree) {
  for (const std::string name :
       {"", "Upper", "a/b", "../x", "_x", "a b", "a\nb", "\xc3\xa9", "x.y"})
    expect_refused({"new-backend", name}, kMistake, "can't be a backend's name");
  expect_refused({"new-backend", std::string(10'000, 'x')}, kMistake, "at most 64");
  expect_refused({"new-backend", "posix"}, kMistake, "there is a backend \"posix\" already");
  expect_refused({"new-backend", "mine", "--language", "go"}, kMistake, "go");
}

TEST_F(Begin, NothingIsReplaced) {
  expect_refused({"new-backend", "mine", "--into", "target"}, kMistake, "\"target\" is not empty");
  expect_refused({"new-backend", "mine", "--into", "target/someone's.txt"}, kMistake,
                 "is not a directory");
  expect_refused({"new-backend", "mine", "--into", "a\nb/" + std::string(300, 'x')}, kEnvironment,
                 "");
  ASSERT_EQ(iodyno({"new-scenario", "mine"}).status, 0);
  expect_refused({"new-scenario", "mine"}, kMistake, "\"./mine.yaml\" is there already");
}

TEST_F(Begin, AScenarioIsValidAndHasItsSchema) {
  const auto ended = iodyno({"new-scenario", "my_own.1", "--into", "scenarios"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(files_in(work() / "scenarios"),
            (std::set<std::string>{"my_own.1.yaml", "scenario.schema.json"}));
  EXPECT_EQ(read_text(work() / "scenarios/scenario.schema.json"), iodyno({"schema"}).out);
  EXPECT_TRUE(contains(read_text(work() / "scenarios/my_own.1.yaml"), "scenario: my_own.1\n"));
  std::istringstream lines(ended.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(contains(line, " scenarios/my_own.1.yaml"));
    if (count == 2) continue;  // the run
    EXPECT_EQ(run({"sh", "-c", line}, here()).status, 0) << line;
  }
  EXPECT_EQ(count, 3);
  EXPECT_EQ(iodyno({"new-scenario", "second.yaml", "--into", "scenarios"}).status, 0);
  EXPECT_TRUE(fs::exists(work() / "scenarios/second.yaml"));
}

TEST_F(Begin, AScenarioNeedsANameThatCanStandInResults) {
  for (const std::string name : {"", "a/b", "a b", "a\nb", "<script>", ".", "..", "-", "-x"})
    expect_refused({"new-scenario", "--", name}, kMistake, "can't be a scenario's name");
  expect_refused({"new-scenario", std::string(10'000, 'x')}, kMistake, "at most 100");
  expect_refused({"new-scenario", std::string(101, 'x')}, kMistake, "at most 100");
}

}  // namespace
}  // namespace iodyno::test
