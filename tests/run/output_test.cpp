// Results stand in their place when they are whole, and not before.
#include "run/output.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Output("out", "s").finish(results("s/cut/backend:null/real_time"), true),
              "out/s/interrupted");
    EXPECT_EQ(test::read_text("out/s/results.json"), old);
    EXPECT_EQ(test::names_in("out/s/interrupted"), kSet);
  }
  EXPECT_EQ(Output("fresh", "s").finish(results(), true), "fresh/s") << "nothing is in the way";
}

TEST_F(Outputs, NeedAPlaceThatCanBeWrittenTo) {
  test::write_text("file", "");
  EXPECT_NE(test::thrown_by<std::system_error>([] { Output("file", "s"); }), "");
}

}  // namespace
}  // namespace iodyno::host
