// `compare`: what it takes, what it refuses, and how it ends.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kMistake = 2, kFailed = 3, kSlower = 4;

/// A run of ten blocks as the files have it, on a machine that becomes slower and slower.
class Compare : public Cli {
 protected:
  static json rows_of(const std::string& backend, double ns) {
    json rows = json::array();
    const std::string name = "s/read/backend:" + backend + "/depth:1/real_time";
    for (int block = 0; block < 10; ++block)
      rows.push_back({{"name", name},
                      {"run_type", "iteration"},
                      {"repetition_index", block},
                      {"real_time", ns * (1 + 0.001 * block)},
                      {"time_unit", "ns"},
                      {"block", block},
                      {"label", "ok"}});
    return rows;
  }
  static json file_of(const std::map<std::string, double>& backends) {
    json file = {{"context",
                  {{"iodyno.format_version", "1"},
                   {"iodyno.scenario_hash", "1234"},
                   {"iodyno.file_system", "ext4"},
                   {"iodyno.baseline", "posix"}}},
                 {"benchmarks", json::array()}};
    for (const auto& [backend, ns] : backends)
      for (const auto& row : rows_of(backend, ns)) file["benchmarks"].push_back(row);
    return file;
  }
  void write(const std::string& name, const json& file) const {
    write_text(work() / name, file.dump());
  }
  Ended compare(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "compare");
    return iodyno(arguments);
  }
  void expect_mistake(const std::vector<std::string>& arguments, const std::string& message) const {
    const auto ended = compare(arguments);
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, message));
    EXPECT_TRUE(contains(ended.err, "iodyno: error: "));
  }
};

TEST_F(Compare, BackendsOfARun) {
  write("run.json", file_of({{"posix", 100}, {"uring", 50}, {"aio", 150}}));
  const auto ended = compare({"run.json"});
  EXPECT_EQ(ended.status, 0) << "a slower backend is no failure";
  EXPECT_EQ(ended.err, "");
  EXPECT_TRUE(contains(ended.out, "uring is 2.00 × as fast\n  as posix (2.00 to 2.00)"));
  EXPECT_TRUE(contains(ended.out, "aio takes 1.50 × as long as posix"));
  EXPECT_EQ(compare({"run.json", "--by", "backend"}).out, ended.out);
  EXPECT_EQ(compare({"run.json", "--fail-on-slower"}).status, kSlower);
  EXPECT_EQ(compare({"run.json", "--fail-on-slower", "--baseline", "aio"}).status, 0);
  EXPECT_EQ(compare({"run.json", "--fail-on-slower", "--threshold", "60%"}).status, 0);
}

TEST_F(Compare, AsJsonAndMarkdown) {
  write("run.json", file_of({{"posix", 100}, {"uring", 50}}));
  const auto parsed = json::parse(compare({"run.json", "--json", "--threshold", "1%"}).out);
  EXPECT_EQ(parsed.at("threshold"), 0.01);
  EXPECT_EQ(parsed.at("comparisons").at(0).at("verdict"), "faster");
  EXPECT_TRUE(contains(compare({"run.json", "--markdown"}).out, "| uring, depth 1 | 2.000 |"));
  expect_mistake({"run.json", "--markdown", "--json"}, "--markdown");
}

TEST_F(Compare, TwoRuns) {
  write("old.json", file_of({{"posix", 100}, {"uring", 50}}));
  write("slow.json", file_of({{"posix", 120}, {"uring", 50}}));
  write("fast.json", file_of({{"posix", 80}, {"uring", 50}}));
  const auto slow = compare({"old.json", "slow.json"});
  EXPECT_EQ(slow.status, kSlower);
  EXPECT_TRUE(contains(slow.out, "posix takes 1.20 × as long as in the baseline"));
  EXPECT_TRUE(contains(slow.out, "Drift is not controlled"));
  EXPECT_EQ(compare({"old.json", "fast.json"}).status, 0);
  EXPECT_EQ(compare({"old.json", "slow.json", "--threshold", "30%"}).status, 0);
  expect_mistake({"old.json", "fast.json", "--by", "backend"}, "two were given");
  expect_mistake({"old.json", "fast.json", "--baseline", "posix"}, "two were given");
}

TEST_F(Compare, ACaseThatFailsNow) {
  write("old.json", file_of({{"posix", 100}, {"uring", 50}}));
  auto broken = file_of({{"posix", 100}});
  broken["benchmarks"].push_back({{"name", "s/read/backend:uring/depth:1/real_time"},
                                  {"run_type", "iteration"},
                                  {"error_occurred", true},
                                  {"error_message", "EIO"},
                                  {"label", "failed: EIO"}});
  write("broken.json", broken);
  const auto ended = compare({"old.json", "broken.json"});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_TRUE(contains(ended.out, "not compared: failed: EIO"));
  EXPECT_EQ(compare({"broken.json"}).status, 0) << "the run has said so itself";
}

TEST_F(Compare, ApplesAndOranges) {
  auto other = file_of({{"posix", 100}, {"uring", 50}});
  write("old.json", other);
  other["context"]["iodyno.file_system"] = "xfs";
  other["context"]["iodyno.quick"] = "true";
  write("other.json", other);
  expect_mistake({"old.json", "other.json"}, "iodyno.file_system: \"ext4\" in the baseline");
  expect_mistake({"old.json", "other.json"}, "iodyno.quick");
  const auto forced = compare({"old.json", "other.json", "--force"});
  EXPECT_EQ(forced.status, 0);
  EXPECT_TRUE(contains(forced.out, "FORCED"));
  EXPECT_EQ(json::parse(compare({"old.json", "other.json", "--force", "--json"}).out).at("forced"),
            true);
}

TEST_F(Compare, WhatCannotBeRead) {
  write_text(work() / "text.json", "no JSON at all");
  auto later = file_of({{"posix", 100}});
  later["context"]["iodyno.format_version"] = "2";
  write("later.json", later);
  write("alone.json", file_of({{"posix", 100}}));
  expect_mistake({}, "");
  expect_mistake({"absent.json"}, "absent.json: No such file or directory");
  expect_mistake({"text.json"}, "text.json: is not JSON");
  expect_mistake({"later.json"}, "later.json: has version 2 of the format");
  expect_mistake({"alone.json"}, "no other backend than posix");
  expect_mistake({"alone.json", "text.json"}, "text.json: is not JSON");
  expect_mistake({"target"}, "target/results.json: No such file");
}

TEST_F(Compare, WhatIsNotTaken) {
  write("run.json", file_of({{"posix", 100}, {"uring", 50}}));
  expect_mistake({"run.json", "--baseline", "urng"}, "no backend \"urng\"; did you mean \"uring\"");
  expect_mistake({"run.json", "--threshold", "3"}, "--threshold");
  expect_mistake({"run.json", "--threshold", "much"}, "--threshold");
  expect_mistake({"run.json", "--by", "phase"}, "--by");
  expect_mistake({"run.json", "run.json", "run.json"}, "");
}

TEST_F(Compare, ARunOfOurs) {
  ASSERT_EQ(measure({"smoke", "--backend", "posix", "--backend", "null", "--backend", "twin=posix",
                     "--filter", "/read/", "--repetitions", "6"})
                .status,
            0);
  const auto parsed = json::parse(compare({"out/smoke", "--json"}).out);
  ASSERT_EQ(parsed.at("comparisons").size(), 2u);
  EXPECT_EQ(parsed.at("baseline"), "posix");
  EXPECT_EQ(parsed.at("comparisons").at(0).at("verdict"), "not_compared") << "null does no I/O";
  EXPECT_EQ(parsed.at("comparisons").at(1).at("n"), 6);
  expect_mistake({"out/smoke", "--baseline", "null"}, "null is synthetic");
  expect_mistake({"out/smoke/results.summary.json"}, "is a summary");
  const auto itself = json::parse(compare({"out/smoke", "out/smoke", "--json"}).out);
  for (const auto& one : itself.at("comparisons")) EXPECT_EQ(one.value("ratio", 1.0), 1) << one;
}

}  // namespace
}  // namespace iodyno::test
