#include "report/gbench.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <locale>
#include <nlohmann/json.hpp>
#include <set>

#include "example_results.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;
using Json = nlohmann::json;

constexpr const char* kPosix = "tiny/read/backend:posix/depth:1/real_time";

Json results_json(const Results& results) { return Json::parse(gbench_results(results)); }
Json summary_json(const Results& results) { return Json::parse(gbench_summary(results)); }

/// The rows of one kind: "iteration", or an aggregate's name.
std::vector<Json> rows_of(const Json& file, const std::string& kind) {
  std::vector<Json> rows;
  for (const Json& row : file.at("benchmarks")) {
    if (row.value("aggregate_name", row.at("run_type").get<std::string>()) == kind) {
      rows.push_back(row);
    }
  }
  return rows;
}

std::set<std::string> keys_of(const Json& row) {
  std::set<std::string> keys;
  for (const auto& [key, value] : row.items()) keys.insert(key);
  return keys;
}

TEST(Gbench, ARepetitionIsARow) {
  CaseResult result = quiet_case("read", "posix");
  result.family = 4;
  result.instance = 2;
  const Json file = results_json(example::results({result}));
  const auto rows = rows_of(file, "iteration");
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& row = rows[i];
    EXPECT_EQ(row.at("name"), kPosix);
    EXPECT_EQ(row.at("run_name"), kPosix);
    EXPECT_EQ(row.at("family_index"), 4);
    EXPECT_EQ(row.at("per_family_instance_index"), 2);
    EXPECT_EQ(row.at("repetitions"), 3);
    EXPECT_EQ(row.at("repetition_index"), i);
    EXPECT_EQ(row.at("threads"), 1);
    EXPECT_EQ(row.at("iterations"), 100);
    EXPECT_DOUBLE_EQ(row.at("real_time"), 1000 + 10 * double(i));
    EXPECT_DOUBLE_EQ(row.at("cpu_time"), 500 + 5 * double(i));
    EXPECT_EQ(row.at("time_unit"), "ns");
    EXPECT_EQ(row.at("block"), i);
    EXPECT_EQ(row.at("setup_ns"), 5000);
    EXPECT_EQ(row.at("label"), "ok");
    EXPECT_FALSE(row.contains("error_occurred"));
  }
}

TEST(Gbench, AggregatesAreThoseOfGoogleBenchmark) {
  const Json file = results_json(example::results({quiet_case("read", "posix")}));
  ASSERT_EQ(file.at("benchmarks").size(), 7u);
  const auto check = [&](const char* name, const char* unit, double real, double cpu,
                         double setup) {
    const auto rows = rows_of(file, name);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("name"), std::string(kPosix) + "_" + name);
    EXPECT_EQ(rows[0].at("run_name"), kPosix);
    EXPECT_EQ(rows[0].at("run_type"), "aggregate");
    EXPECT_EQ(rows[0].at("aggregate_unit"), unit);
    EXPECT_EQ(rows[0].at("iterations"), 3);
    EXPECT_NEAR(rows[0].at("real_time"), real, 1e-9);
    EXPECT_NEAR(rows[0].at("cpu_time"), cpu, 1e-9);
    EXPECT_EQ(rows[0].at("setup_ns"), setup);
    EXPECT_FALSE(rows[0].contains("repetition_index"));
  };
  check("mean", "time", 1010, 505, 5000);
  check("median", "time", 1010, 505, 5000);
  check("stddev", "time", 10, 5, 0);
  check("cv", "percentage", 10.0 / 1010, 5.0 / 505, 0);
}

TEST(Gbench, OneRepetitionHasNoAggregates) {
  CaseResult result = quiet_case("read", "posix");
  result.samples.resize(1);
  const Json file = results_json(example::results({result}));
  ASSERT_EQ(file.at("benchmarks").size(), 1u);
  EXPECT_EQ(file.at("benchmarks")[0].at("label"), "degraded: only 1 repetition");
}

TEST(Gbench, UnequalIterationsAreNoMatter) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[1].requests = 50;
  result.samples[1].wall_ns = 50 * 1010;
  const Json file = results_json(example::results({result}));
  EXPECT_EQ(rows_of(file, "iteration")[1].at("iterations"), 50);
  EXPECT_NEAR(rows_of(file, "mean")[0].at("real_time"), 1010, 1e-9);
}

TEST(Gbench, TheFileOpensWithTheContext) {
  Results results = example::results({quiet_case("read", "posix")});
  results.context = {{"seed", "42"}, {"kernel", "6.1"}, {"format_version", "wrong"}};
  const Json context = results_json(results).at("context");
  EXPECT_EQ(context.at("executable"), "iodyno");
  EXPECT_TRUE(context.at("caches").is_array());
#ifdef NDEBUG
  EXPECT_EQ(context.at("library_build_type"), "release");
#else
  EXPECT_EQ(context.at("library_build_type"), "debug");
#endif
  EXPECT_EQ(context.at("iodyno.seed"), "42");
  EXPECT_EQ(context.at("iodyno.kernel"), "6.1");
  EXPECT_EQ(context.at("iodyno.format_version"), "1");
}

TEST(Gbench, AFailedOrInvalidCaseIsOneErrorRow) {
  CaseResult failed = quiet_case("read", "posix");
  failed.samples[1].error = "open of a: No such file or directory";
  CaseResult invalid = quiet_case("read", "uring");
  invalid.samples[0].invalid = {"residency 0.2 instead of 1"};
  const Results results = example::results({failed, quiet_case("read", "mmap"), invalid});
  const Json file = results_json(results);
  ASSERT_EQ(file.at("benchmarks").size(), 1u + 7u + 1u);

  const Json& row = file.at("benchmarks").front();
  EXPECT_EQ(row.at("name"), kPosix);
  EXPECT_EQ(row.at("error_occurred"), true);
  EXPECT_EQ(row.at("error_message"), "open of a: No such file or directory (1 of 3 trials)");
  EXPECT_EQ(row.at("label"), "failed: open of a: No such file or directory (1 of 3 trials)");
  EXPECT_EQ(row.at("real_time"), 0);
  EXPECT_EQ(row.at("cpu_time"), 0);
  EXPECT_EQ(row.at("iterations"), 0);
  EXPECT_FALSE(row.contains("items_per_second"));
  EXPECT_EQ(file.at("benchmarks").back().at("label"),
            "invalid: residency 0.2 instead of 1 (1 of 3 trials)");
  EXPECT_EQ(file.at("context").at(std::string("iodyno.validity.") + kPosix), row.at("label"));

  const Json summary = summary_json(results);
  ASSERT_EQ(summary.at("benchmarks").size(), 1u);
  EXPECT_EQ(summary.at("benchmarks")[0].at("label"), "ok");
}

TEST(Gbench, ASkippedCaseIsOnlyInTheContext) {
  CaseResult skipped = quiet_case("read", "posix");
  skipped.samples.clear();
  skipped.skipped = "cold cache on tmpfs";
  const Results results = example::results({skipped});
  for (const Json& file : {results_json(results), summary_json(results)}) {
    EXPECT_TRUE(file.at("benchmarks").empty());
    const Json& context = file.at("context");
    EXPECT_EQ(context.at(std::string("iodyno.skipped.") + kPosix), "cold cache on tmpfs");
    EXPECT_EQ(context.at(std::string("iodyno.validity.") + kPosix), "skipped: cold cache on tmpfs");
  }
}

TEST(Gbench, TheSummaryHasOneMedianRowForEachCase) {
  CaseResult noisy = quiet_case("read", "uring");
  noisy.samples[2].wall_ns = 900'000;
  noisy.samples[1].counters["submits"] = 3;
  const Json file = summary_json(example::results({quiet_case("read", "posix"), noisy}));
  ASSERT_EQ(file.at("benchmarks").size(), 2u);
  const Json& row = file.at("benchmarks")[0];
  EXPECT_EQ(row.at("name"), kPosix);
  EXPECT_EQ(row.at("run_type"), "iteration");
  EXPECT_EQ(row.at("repetitions"), 1);
  EXPECT_EQ(row.at("iterations"), 100);
  EXPECT_DOUBLE_EQ(row.at("real_time"), 1010);
  EXPECT_EQ(row.at("setup_ns"), 5000);
  EXPECT_FALSE(row.contains("block"));
  EXPECT_FALSE(row.contains("started_s"));
  EXPECT_DOUBLE_EQ(file.at("benchmarks")[1].at("real_time"), 1010);
  EXPECT_EQ(file.at("benchmarks")[1].at("label").get<std::string>().rfind("degraded: cv ", 0), 0u);
}

TEST(Gbench, EveryRepetitionHasTheSameKeys) {
  CaseResult result = quiet_case("read", "posix");
  result.samples[0].counters = {{"always", 1}, {"once", 1}};
  result.samples[1].counters = {{"always", 2}, {"bad", std::numeric_limits<double>::infinity()}};
  result.samples[2].counters = {{"always", 3}};
  result.samples[2].latency = Histogram();
  result.samples[0].residency = 1;
  const Json file = results_json(example::results({result}));
  const auto rows = rows_of(file, "iteration");
  for (const Json& row : rows) EXPECT_EQ(keys_of(row), keys_of(rows[0]));
  EXPECT_TRUE(rows[0].contains("always"));
  EXPECT_FALSE(rows[0].contains("once"));
  EXPECT_FALSE(rows[0].contains("bad"));
  EXPECT_FALSE(rows[0].contains("p50_ns"));
  EXPECT_FALSE(rows[0].contains("residency"));
}

TEST(Gbench, CountersOfZeroAndHugeOnesStayFinite) {
  CaseResult result = quiet_case("read", "posix");
  for (Sample& sample : result.samples) {
    sample.counters = {{"zero", 0}, {"huge", std::numeric_limits<double>::max()}};
  }
  const Json file = results_json(example::results({result}));
  EXPECT_EQ(rows_of(file, "cv")[0].at("zero"), 0);
  EXPECT_TRUE(rows_of(file, "iteration")[0].contains("huge"));
  EXPECT_FALSE(rows_of(file, "mean")[0].contains("huge"));
}

TEST(Gbench, WeirdTextCannotSpoilTheFile) {
  const std::string weird = "a\"b\\c\n\t\x1b[1m\xff\x01\x7f\u0085z";
  const std::string clean = "a\"b\\c   [1m\uFFFD   z";
  EXPECT_EQ(clean_text(weird), clean);
  CaseResult failed = quiet_case("read", "posix");
  for (Sample& sample : failed.samples) sample.error = weird;
  CaseResult degraded = quiet_case("read", "uring");
  for (Sample& sample : degraded.samples) {
    sample.degraded = {weird};
    sample.notes = {{weird, weird}};
  }
  Results results = example::results({failed, degraded});
  results.context = {{weird, weird}};
  const Json file = results_json(results);
  EXPECT_EQ(file.at("benchmarks").front().at("error_message"), clean);
  EXPECT_EQ(file.at("benchmarks").back().at("label"), "degraded: " + clean);
  EXPECT_EQ(file.at("context").at("iodyno." + clean), clean);
  EXPECT_EQ(file.at("context").at("iodyno.note.uring." + clean), clean);
  EXPECT_EQ(summary_json(results).at("benchmarks").size(), 1u);
}

TEST(Gbench, CleanTextKeepsWhatIsText) {
  EXPECT_EQ(clean_text(""), "");
  EXPECT_EQ(clean_text("± 3 µs, 日本, 🙂"), "± 3 µs, 日本, 🙂");
  EXPECT_EQ(clean_text(std::string_view("a\0b", 3)), "a b");
}

TEST(Gbench, AForeignLocaleIsNoMatterAndIsKept) {
  struct Grouping : std::numpunct<char> {
    std::string do_grouping() const override { return "\1"; }
    char do_thousands_sep() const override { return '.'; }
    char do_decimal_point() const override { return ','; }
  };
  CaseResult result = quiet_case("read", "posix");
  result.family = 1234;
  const std::locale foreign(std::locale::classic(), new Grouping);
  const std::locale before = std::locale::global(foreign);
  const std::string text = gbench_results(example::results({result}));
  const bool kept = std::locale() == foreign;
  std::locale::global(before);
  EXPECT_TRUE(kept);
  const Json file = Json::parse(text);
  EXPECT_EQ(file.at("benchmarks")[0].at("family_index"), 1234);
  EXPECT_EQ(file.at("benchmarks")[0].at("iterations"), 100);
  EXPECT_DOUBLE_EQ(file.at("benchmarks")[0].at("real_time"), 1000);
}

TEST(Gbench, NotesStandOnceWhereAllCasesAgree) {
  CaseResult read = quiet_case("read", "uring"), write = quiet_case("write", "uring");
  for (Sample& sample : read.samples) sample.notes = {{"ring", "256"}, {"buffers", "fixed"}};
  for (Sample& sample : write.samples) sample.notes = {{"ring", "256"}, {"buffers", "none"}};
  write.samples[2].notes["buffers"] = "fixed";
  write.samples[0].notes["only"] = "here";
  const Json context = results_json(example::results({read, write})).at("context");
  EXPECT_EQ(context.at("iodyno.note.uring.ring"), "256");
  EXPECT_EQ(context.at("iodyno.note.uring.only"), "here");
  EXPECT_FALSE(context.contains("iodyno.note.uring.buffers"));
  EXPECT_EQ(context.at("iodyno.note.uring.buffers." + read.name), "fixed");
  EXPECT_EQ(context.at("iodyno.note.uring.buffers." + write.name), "none (differs between trials)");
}

TEST(Gbench, NoCaseIsAFileWithoutRows) {
  EXPECT_TRUE(results_json(Results()).at("benchmarks").empty());
  EXPECT_TRUE(summary_json(Results()).at("benchmarks").empty());
}

}  // namespace
}  // namespace iodyno::host
