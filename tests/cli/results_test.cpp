// The result files, read as those read them who know only Google Benchmark's format.
#include <cmath>
#include <regex>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class ResultFiles : public Cli {
 protected:
  void SetUp() override {
    const auto ended = measure({"smoke", "--backend", "posix", "--backend", "twin=posix",
                                "--filter", "/(create|read-block)/", "--set", "sweep.depth=[1,2]",
                                "--set", "dataset.files=9"});
    ASSERT_EQ(ended.status, 0) << ended.err;
    line_ = ended.out.substr(ended.out.rfind("compare.py"));
  }
  std::string line_;  ///< the command that the run ends with
};

TEST_F(ResultFiles, Names) {
  const std::regex name("smoke/(create|read-block)/backend:(posix|twin)/depth:[12]/real_time");
  std::set<std::string> in_summary, in_results;
  for (const auto& row : summary_rows("smoke")) {
    EXPECT_TRUE(std::regex_match(row.at("name").get<std::string>(), name)) << row;
    EXPECT_EQ(row.at("name"), row.at("run_name"));
    EXPECT_EQ(row.at("run_type"), "iteration");
    EXPECT_TRUE(in_summary.insert(row.at("name")).second) << "one row for each case";
  }
  EXPECT_EQ(in_summary.size(), 8u);
  std::map<std::string, int> rows;
  for (const auto& row : results_rows("smoke")) {
    in_results.insert(row.at("run_name"));
    ++rows[row.value("aggregate_name", "repetition")];
  }
  EXPECT_EQ(in_results, in_summary);
  EXPECT_EQ(rows, (std::map<std::string, int>{
                      {"repetition", 24}, {"mean", 8}, {"median", 8}, {"stddev", 8}, {"cv", 8}}));
}

TEST_F(ResultFiles, Figures) {
  for (const auto& row : results_rows("smoke")) {
    if (row.at("run_type") != "iteration") continue;
    EXPECT_EQ(row.at("time_unit"), "ns");
    const bool creates = row.at("name").get<std::string>().starts_with("smoke/create");
    EXPECT_EQ(row.at("iterations"), creates ? 9 : 9 * 4) << "5000 bytes are four whole blocks";
    EXPECT_GT(row.at("real_time"), 0);
    for (const char* counter :
         {"items_per_second", "p50_ns", "p90_ns", "max_ns", "drain_ns", "setup_ns", "teardown_ns",
          "host_ns", "user_cpu_ns", "sys_cpu_ns", "max_rss_bytes", "achieved_depth"})
      EXPECT_TRUE(row.contains(counter)) << counter << " in " << row.at("name");
    EXPECT_EQ(row.contains("bytes_per_second"), !creates);
    for (const auto& [key, value] : row.items())
      EXPECT_TRUE(!value.is_number() || std::isfinite(value.get<double>())) << key;
  }
}

TEST_F(ResultFiles, Context) {
  for (const auto& file : {results("smoke"), summary("smoke")}) {
    const auto& context = file.at("context");
    for (const char* key :
         {"date", "host_name", "num_cpus", "library_build_type", "iodyno.format_version",
          "iodyno.version", "iodyno.seed", "iodyno.scenario_hash", "iodyno.backend.posix.hash",
          "iodyno.file_system", "iodyno.kernel", "iodyno.baseline"})
      EXPECT_TRUE(context.contains(key)) << key;
    for (const auto& [key, value] : context.items())
      EXPECT_TRUE(!key.starts_with("iodyno.") || value.is_string()) << key;
    EXPECT_FALSE(context.contains("iodyno.interrupted"));
  }
}

TEST_F(ResultFiles, EachTrialIsALine) {
  const auto all = samples("smoke");
  EXPECT_EQ(all.size(), 24u);
  for (const auto& sample : all) {
    EXPECT_EQ(sample.at("error"), "");
    EXPECT_TRUE(sample.contains("latency_ns"));
  }
}

TEST_F(ResultFiles, ForJq) {
  if (run({"jq", "--version"}).status != 0) GTEST_SKIP() << "there is no jq";
  for (const char* file : {"results.json", "results.summary.json", "samples.jsonl"}) {
    const auto ended = run({"jq", "-e", ".", (work() / "out/smoke" / file).string()});
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
}

TEST_F(ResultFiles, ForComparePy) {
  const std::string tool = "/usr/share/benchmark/compare.py";
  if (!fs::exists(tool)) GTEST_SKIP() << "there is no " << tool;
  std::string python;
  for (const char* candidate : {"python3", "/usr/bin/python3"})
    if (run({candidate, "-c", "import numpy, scipy"}).status == 0) python = candidate;
  if (python.empty()) GTEST_SKIP() << "no Python here has the modules numpy and scipy";
  EXPECT_EQ(line_, "compare.py filters out/smoke/results.json backend:posix/ backend:twin/\n");
  const auto ended = run({python, "-B", tool, "--no-color", "filters", "out/smoke/results.json",
                          "backend:posix/", "backend:twin/"},
                         here());
  EXPECT_EQ(ended.status, 0) << ended.err;
  for (const char* part : {"Comparing backend:posix/ to backend:twin/",
                           "smoke/create/[backend:posix/ vs. backend:twin/]"
                           "depth:1/real_time",
                           "depth:2/real_time_median", "depth:2/real_time_pvalue"})
    EXPECT_TRUE(contains(ended.out, part));
}

}  // namespace
}  // namespace iodyno::test
