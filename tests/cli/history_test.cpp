// `history`: which runs it finds, and how it ends. What it says of them: tests/report.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kMistake = 2;

class HistoryCommand : public Cli {
 protected:
  static json file_of(const std::string& scenario, const std::string& date, double ns) {
    const json row = {{"name", scenario + "/read/backend:posix/real_time"},
                      {"run_type", "iteration"},
                      {"repetition_index", 0},
                      {"real_time", ns},
                      {"time_unit", "ns"},
                      {"block", 0},
                      {"label", "ok"}};
    return {{"context", {{"date", date}, {"iodyno.format_version", "1"}}},
            {"benchmarks", json::array({row})}};
  }
  void write(const std::string& directory, const json& file) const {
    fs::create_directories(work() / directory);
    write_text(work() / directory / "results.json", file.dump());
  }
  void write_two() const {
    write("results/s/b", file_of("s", "2026-01-02T00:00:00+00:00", 110));
    write("results/s/a", file_of("s", "2026-01-01T00:00:00+00:00", 100));
    fs::create_directory_symlink("b", work() / "results/s/latest");
  }
  void expect_mistake(std::vector<std::string> arguments, const std::string& message) const {
    arguments.insert(arguments.begin(), "history");
    const auto ended = iodyno(arguments);
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, message));
  }
};

TEST_F(HistoryCommand, RunsOfAScenario) {
  write_two();
  const auto ended = iodyno({"history", "s"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "");
  EXPECT_TRUE(contains(ended.out, "s  2 runs, oldest first"));
  EXPECT_TRUE(contains(ended.out, "+10.0 %"));
  EXPECT_EQ(iodyno({"history", "results/s"}).out, ended.out);
  EXPECT_EQ(iodyno({"history", "results/s/"}).status, 0);
  const auto parsed = json::parse(iodyno({"history", "s", "--json"}).out);
  EXPECT_EQ(parsed.at("runs").size(), 2u) << "`latest` is no run of its own";
  EXPECT_EQ(parsed.at("cases").at(0).at("runs").at(1).at("real_time_ns"), 110);
}

TEST_F(HistoryCommand, Elsewhere) {
  write("kept/s/a", file_of("s", "2026-01-01T00:00:00+00:00", 100));
  EXPECT_EQ(iodyno({"history", "s", "--in", "kept"}).status, 0);
  write_text(work() / "mine.yaml",
             "scenario: s\nphases: [{name: read, op: read}]\nbackends: [posix]\n");
  EXPECT_EQ(iodyno({"history", "mine.yaml", "--in", "kept"}).status, 0);
  expect_mistake({"absent.yaml", "--in", "kept"}, "absent.yaml");
}

TEST_F(HistoryCommand, OnlySome) {
  write_two();
  EXPECT_TRUE(contains(iodyno({"history", "s", "--filter", "/read/"}).out, "read  posix"));
  expect_mistake({"s", "--filter", "/write/"}, "--filter: no case of these runs has such a name");
  expect_mistake({"s", "--filter", "("}, "not a regular expression");
}

TEST_F(HistoryCommand, FiltersLongNames) {
  auto file = file_of("s", "2026-01-01T00:00:00+00:00", 100);
  file["benchmarks"][0]["name"] = "s/" + std::string(4'000, 'x') + "/backend:b/real_time";
  write("results/s/a", file);
  EXPECT_EQ(iodyno({"history", "s", "--filter", "s/x*/"}).status, 0);
  expect_mistake({"s", "--filter", "(x*)*y"}, "--filter: no case of these runs has such a name");
  file["benchmarks"][0]["name"] = "s/" + std::string(50'000, 'x') + "/backend:b/real_time";
  write("results/s/a", file);
  expect_mistake({"s", "--filter", "(x*)*y"}, "has a name that is too long to be searched");
  EXPECT_EQ(iodyno({"history", "s"}).status, 0) << "it need not be searched";
}

TEST_F(HistoryCommand, WhatCannotBeReadIsTold) {
  write_two();
  fs::create_directories(work() / "results/s/c");
  write_text(work() / "results/s/c/results.json", "{");
  const auto ended = iodyno({"history", "s"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_TRUE(contains(ended.err, "left out: results/s/c/results.json: is not JSON"));
  EXPECT_TRUE(contains(ended.out, "2 runs"));
}

TEST_F(HistoryCommand, Mistakes) {
  expect_mistake({}, "SCENARIO");
  expect_mistake({"s"}, "results has no runs of \"s\"");
  write("results/smoke/a", file_of("smoke", "2026-01-01T00:00:00+00:00", 100));
  expect_mistake({"smke"}, "did you mean \"smoke\"?");
  fs::create_directories(work() / "results/empty");
  expect_mistake({"empty"}, "results/empty: no results.json");
  write("results/other/a", file_of("other", "2026-01-01T00:00:00+00:00", 100));
  expect_mistake({"./results"}, "has runs of other and of smoke");
}

TEST_F(HistoryCommand, RunsOfOurs) {
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(iodyno({"run", "smoke", "--backend", "posix", "--filter", "/read/", "--repetitions",
                      "1", "--target", "target"})
                  .status,
              0);
  const auto parsed = json::parse(iodyno({"history", "smoke", "--json"}).out);
  ASSERT_EQ(parsed.at("runs").size(), 2u);
  for (const json& run : parsed.at("runs")) {
    EXPECT_EQ(run.at("comparable"), true) << run.dump();
    EXPECT_TRUE(run.at("host").is_string());
    EXPECT_TRUE(run.at("time_s").is_number());
  }
}

}  // namespace
}  // namespace iodyno::test
