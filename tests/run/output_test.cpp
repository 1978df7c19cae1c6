// Results stand in their place when they are whole, and not before.
#include "run/output.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "report/find_results.hpp"
#include "run/replaceable.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

const std::set<std::string> kSet{"results.json", "results.summary.json", "samples.jsonl"};

/// The current directory, as long as it lives.
class Inside {
 public:
  explicit Inside(const fs::path& directory) : before_(fs::current_path()) {
    fs::current_path(directory);
  }
  ~Inside() { fs::current_path(before_); }

 private:
  fs::path before_;
};

Sample sample(const std::string& name) {
  Sample made;
  made.name = name;
  made.requests = 10;
  made.wall_ns = 1000;
  return made;
}

Results results(const std::string& name = "s/p/backend:null/real_time") {
  return {.scenario = "s",
          .baseline = "null",
          .repetitions = 1,
          .cases = {{.name = name, .phase = "p", .backend = "null", .samples = {sample(name)}}},
          .context = {{"seed", "1"}}};
}

class Outputs : public testing::Test {
 protected:
  test::TempDir dir;
  Inside inside{dir.path()};
};

TEST_F(Outputs, GoBelowTheCurrentDirectory) {
  Output output("", "s");
  EXPECT_FALSE(fs::exists("results/s/latest"));
  output.append(sample("first"));
  output.append(sample("second"));
  const auto where = output.finish(results(), false);
  EXPECT_TRUE(where.starts_with("results/s/20")) << where;
  EXPECT_EQ(test::names_in(where), kSet);
  EXPECT_EQ(test::names_in("results/s"),
            (std::set<std::string>{fs::path(where).filename(), "latest"}));
  EXPECT_EQ(fs::read_symlink("results/s/latest"), fs::path(where).filename());
  EXPECT_TRUE(nlohmann::json::parse(test::read_text(where + "/results.json")).contains("context"));
  EXPECT_TRUE(nlohmann::json::accept(test::read_text(where + "/results.summary.json")));
  EXPECT_EQ(test::read_text(where + "/samples.jsonl"),
            to_json_line(sample("first")) + "\n" + to_json_line(sample("second")) + "\n");
}

TEST_F(Outputs, OfTheSameSecondHavePlacesOfTheirOwn) {
  std::set<std::string> places;
  std::string last;
  for (int i = 0; i < 5; ++i) {
    Output output("", "s");
    places.insert(last = output.finish(results(), false));
  }
  EXPECT_EQ(places.size(), 5u);
  EXPECT_EQ(fs::read_symlink("results/s/latest"), fs::path(last).filename());
}

TEST_F(Outputs, AreKeptAsTheyCome) {
  Output output("out", "s");
  output.append(sample("kept"));
  std::size_t found = 0;
  for (const auto& entry : fs::recursive_directory_iterator("out")) {
    if (entry.path().filename() != "samples.jsonl") continue;
    ++found;
    EXPECT_EQ(test::read_text(entry.path()), to_json_line(sample("kept")) + "\n");
  }
  EXPECT_EQ(found, 1u);
  EXPECT_FALSE(fs::exists("out/s/samples.jsonl"));
}

TEST_F(Outputs, ReplaceAnOlderSetOnlyWhole) {
  Output("out", "s").finish(results("s/old/backend:null/real_time"), false);
  const auto old = test::read_text("out/s/results.json");
  {
    Output abandoned("out", "s");
    abandoned.append(sample("lost"));
  }
  EXPECT_EQ(test::read_text("out/s/results.json"), old);
  EXPECT_EQ(test::read_text("out/s/samples.jsonl"), "");
  EXPECT_EQ(Output("out", "s").finish(results("s/new/backend:null/real_time"), false), "out/s");
  EXPECT_NE(test::read_text("out/s/results.json").find("s/new/"), std::string::npos);
  EXPECT_FALSE(fs::exists("out/s/latest"));
}

TEST_F(Outputs, ThatWereInterruptedStandBeside) {
  Output("out", "s").finish(results("s/old/backend:null/real_time"), false);
  const auto old = test::read_text("out/s/results.json");
  std::string first;
  for (const char* place : {"out/s/interrupted", "out/s/interrupted-2", "out/s/interrupted-3"}) {
    EXPECT_EQ(Output("out", "s").finish(results("s/cut/backend:null/real_time"), true), place);
    EXPECT_EQ(test::read_text("out/s/results.json"), old);
    EXPECT_EQ(test::names_in(place), kSet);
    if (first.empty()) first = test::read_text("out/s/interrupted/results.json");
    EXPECT_EQ(test::read_text("out/s/interrupted/results.json"), first);
  }
  EXPECT_EQ(find_results("out"), std::vector<std::string>{"out/s/results.json"});
  EXPECT_EQ(Output("fresh", "s").finish(results(), true), "fresh/s") << "nothing is in the way";
}

TEST_F(Outputs, AreKeptWhereTheyCannotBePutInPlace) {
  Output output("out", "s");
  output.append(sample("kept"));
  output.remember("{}");
  const auto part = output.kept();
  ASSERT_EQ(test::names_in(part), (std::set<std::string>{"run.json", "samples.jsonl"}));
  // Somebody's, and made after the run had begun.
  fs::create_directories("out/s/results.json");
  EXPECT_NE(test::thrown_by<std::runtime_error>([&] { output.finish(results(), false); }), "");
  EXPECT_TRUE(test::names_in(part).contains("samples.jsonl"));
  EXPECT_TRUE(test::names_in(part).contains("run.json"));
  EXPECT_EQ(output.kept(), part);
}

TEST_F(Outputs, OfARunWithoutATrialAreNothing) {
  { Output output("", "s"); }
  EXPECT_EQ(test::names_in("results/s"), std::set<std::string>{});
  { Output output("out", "s"); }
  EXPECT_EQ(test::names_in("out/s"), std::set<std::string>{});
}

TEST_F(Outputs, LeaveALinkAloneThatIsNone) {
  fs::create_directories("results/s/latest/theirs");
  EXPECT_NE(test::thrown_by<std::system_error>([] { Output("", "s").finish(results(), false); }),
            "");
  EXPECT_TRUE(fs::exists("results/s/latest/theirs"));
  EXPECT_EQ(test::names_in("results/s").size(), 2u) << "the results, and no link half made";
}

TEST_F(Outputs, AreRefusedWhereTheyWouldReplaceOthersFiles) {
  EXPECT_EQ(refuse_output("", "s"), "");
  EXPECT_EQ(refuse_output("out", "s"), "");
  EXPECT_FALSE(fs::exists("out")) << "nothing is made";
  Output("out", "s").finish(results(), false);
  EXPECT_EQ(refuse_output("out", "s"), "") << "its own";
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl", "run.json"}) {
    const auto file = std::string("theirs/s/") + name;
    fs::create_directories("theirs/s");
    test::write_text(file, "{\"their\": \"figures\"}\n");
    EXPECT_TRUE(test::contains(refuse_output("theirs", "s"), file + " was not written by a run"));
    fs::remove(file);
    fs::create_symlink("elsewhere", file);
    EXPECT_TRUE(test::contains(refuse_output("theirs", "s"), file));
    fs::remove(file);
    fs::create_directory(file);
    EXPECT_TRUE(test::contains(refuse_output("theirs", "s"), file));
    fs::remove(file);
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_TRUE(test::contains(refuse_output("theirs", "s"), file));
    fs::remove(file);
  }
  test::write_text("theirs/s/notes.txt", "");
  EXPECT_EQ(refuse_output("theirs", "s"), "") << "is in nobody's way";
  EXPECT_TRUE(test::contains(refuse_output("theirs/s/notes.txt", "s"), "is not a directory"));
  fs::create_directories("results/s");
  test::write_text("results/s/latest", "theirs");
  EXPECT_TRUE(test::contains(refuse_output("", "s"), "results/s/latest is not a link"));
}

TEST_F(Outputs, RemoveWhatWasKilledAsItBegan) {
  const auto make = [](const fs::path& directory, std::chrono::hours age) {
    fs::create_directories(directory);
    fs::last_write_time(directory, fs::file_time_type::clock::now() - age);
  };
  const std::chrono::hours old(2), young(0);
  test::write_text("theirs", "");
  make("out/s/.part-old", old);
  make("out/s/.resuming-old", old);
  make("out/s/.part-young", young);
  make("out/s/.part-theirs/more", old);
  make("out/s/.part-theirs", old);
  fs::create_directories("out/s/.part-trials");
  test::write_text("out/s/.part-trials/samples.jsonl", to_json_line(sample("kept")) + "\n");
  make("out/s/.part-trials", old);
  fs::create_directory("elsewhere");
  test::write_text("elsewhere/samples.jsonl", "");
  make("elsewhere", old);
  fs::create_directory_symlink("../../elsewhere", "out/s/.part-link");
  fs::create_directory_symlink("../../elsewhere", "out/s/.resuming-link");
  make("results/s/killed/.part-old", old);
  Output("out", "s").finish(results(), false);
  auto names = kSet;
  names.insert({".part-young", ".part-theirs", ".part-trials", ".part-link", ".resuming-link"});
  EXPECT_EQ(test::names_in("out/s"), names);
  EXPECT_TRUE(fs::exists("elsewhere/samples.jsonl"));
  Output("", "s").finish(results(), false);
  EXPECT_FALSE(fs::exists("results/s/killed"));
}

TEST_F(Outputs, NeedAPlaceThatCanBeWrittenTo) {
  test::write_text("file", "");
  EXPECT_NE(test::thrown_by<std::system_error>([] { Output("file", "s"); }), "");
}

}  // namespace
}  // namespace iodyno::host
