// `report`: what it takes, how it ends. What it says: tests/report.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kMistake = 2, kFailed = 3;

class ReportCommand : public Cli {
 protected:
  static json row_of(const std::string& backend, int block, double ns) {
    return {{"name", "s/read/backend:" + backend + "/real_time"},
            {"run_type", "iteration"},
            {"repetition_index", block},
            {"iterations", 10},
            {"real_time", ns},
            {"cpu_time", ns / 2},
            {"time_unit", "ns"},
            {"label", "ok"},
            {"block", block}};
  }
  static json failed_row_of(const std::string& backend) {
    return {{"name", "s/read/backend:" + backend + "/real_time"},
            {"run_type", "iteration"},
            {"repetition_index", 0},
            {"real_time", 0},
            {"time_unit", "ns"},
            {"label", "failed: EIO"},
            {"error_occurred", true}};
  }
  /// Ten blocks in which uring takes half of the time.
  static json ten_blocks() {
    json rows = json::array();
    for (int block = 0; block < 10; ++block) {
      rows.push_back(row_of("posix", block, 1000 + block));
      rows.push_back(row_of("uring", block, 500 + block));
    }
    return rows;
  }
  void write(const std::string& directory, const json& rows) const {
    fs::create_directories(work() / directory);
    const json context = {{"iodyno.format_version", "1"}, {"iodyno.baseline", "posix"}};
    write_text(work() / directory / "results.json",
               json{{"context", context}, {"benchmarks", rows}}.dump());
  }
  void expect_mistake(const std::vector<std::string>& arguments, const std::string& message) const {
    const auto ended = iodyno(arguments);
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, message)) << ended.err;
  }
};

TEST_F(ReportCommand, OfARun) {
  write("run", ten_blocks());
  const auto ended = iodyno({"report", "run"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "");
  EXPECT_TRUE(contains(ended.out, "read: use uring instead of posix."));
  EXPECT_FALSE(contains(ended.out, "\x1b")) << "colour is for terminals";
  EXPECT_EQ(iodyno({"report", "run/results.json"}).out, ended.out);
  EXPECT_TRUE(contains(iodyno({"report", "run", "--markdown"}).out, "\n|"));
}

TEST_F(ReportCommand, AgainstAnotherBaseline) {
  write("run", ten_blocks());
  EXPECT_NE(iodyno({"report", "run", "--baseline", "uring"}).out, iodyno({"report", "run"}).out);
  expect_mistake({"report", "run", "--baseline", "urin"}, "did you mean \"uring\"?");
}

TEST_F(ReportCommand, SeveralRuns) {
  write("results/s/1", ten_blocks());
  write("results/s/2", ten_blocks());
  fs::create_directory_symlink("2", work() / "results/s/latest");
  const auto one = iodyno({"report", "results/s/latest"}).out;
  EXPECT_EQ(iodyno({"report", "results"}).out, one + "\n" + one);
}

TEST_F(ReportCommand, WithoutAnyFigures) {
  write("run", json::array({failed_row_of("posix")}));
  const auto ended = iodyno({"report", "run"});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_NE(ended.out, "");
}

TEST_F(ReportCommand, ARunOfOurs) {
  const auto measured =
      measure({"smoke", "--filter", "/(create|read)/", "--repetitions", "6", "--backend", "posix",
               "--backend", "null", "--backend", "other=posix"});
  ASSERT_EQ(measured.status, 0) << measured.err;
  const auto ended = iodyno({"report", "out", "--markdown"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  for (const char* part : {"# smoke: what to use, and why", "\n| create | ", "\n| read | ",
                           "## What bounds it", "| null | ", "synthetic", "## Not measured"})
    EXPECT_TRUE(contains(ended.out, part)) << part << " in\n" << ended.out;
  EXPECT_FALSE(contains(ended.out, "use null"));
  EXPECT_FALSE(contains(ended.out, "nan"));
}

TEST_F(ReportCommand, Mistakes) {
  write("run", ten_blocks());
  write_text(work() / "text.json", "no JSON");
  write_text(work() / "half.json", read_text(work() / "run/results.json").substr(0, 500));
  expect_mistake({"report"}, "RESULTS");
  expect_mistake({"report", "absent"}, "absent: No such file");
  expect_mistake({"report", "text.json"}, "text.json: is not JSON");
  expect_mistake({"report", "half.json"}, "half.json: is not JSON, or not all of it");
  expect_mistake({"report", "target"}, "target: no results.json in it");
  expect_mistake({"report", "run", "--markdwn"}, "--markdwn");
  expect_mistake({"report", "run", "--threshold", "3"}, "--threshold");
}

}  // namespace
}  // namespace iodyno::test
