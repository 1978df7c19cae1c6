// What all exports have in common, and those in JSON: each held to the rules of its readers.
#include "report/export.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "exported.hpp"
#include "report/export_figures.hpp"
#include "report/find_results.hpp"

namespace iodyno::host {
namespace {

using example::Export;
using example::harmful;
using example::quiet_case;
using test::contains;
using Json = nlohmann::ordered_json;

const std::string kPosix = "tiny/read/backend:posix/depth:1/real_time";
const std::string kUring = "tiny/read/backend:uring/depth:1/real_time";

/// Nowhere a control character that is not the end of a line.
void expect_harmless(const std::string& text) {
  EXPECT_TRUE(std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r') || c == 0x7f;
  }));
}

TEST_F(Export, EveryFormatOnce) {
  std::set<std::string_view> names;
  for (const ExportFormat& format : export_formats()) names.insert(format.name);
  EXPECT_EQ(names, (std::set<std::string_view>{"gbench", "gbench-summary", "csv", "gha-custom",
                                               "bmf", "gobench", "openmetrics"}));
}

TEST_F(Export, WhatIsLeftOutIsSaid) {
  const auto lines = cases_without_figures(runs_of(all_kinds()));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "tiny/read/backend:aio/depth:1/real_time: failed: EIO (1 of 3 trials)");
  EXPECT_EQ(lines[1], "tiny/read/backend:copy/depth:1/real_time: skipped: no reflink here");
}

TEST_F(Export, EachCaseOnce) {
  const std::string text = gbench_results(all_kinds());
  const ExportedRuns twice = runs_in({text, text});
  for (const ExportFormat& format : export_formats()) {
    const std::string why = refuse_export(format, twice);
    EXPECT_EQ(why.empty(), format.name == "csv") << format.name;
    EXPECT_TRUE(why.empty() || contains(why, "both have " + kPosix + ": "));
  }
}

TEST_F(Export, HarmDoesNone) {
  const ExportedRuns runs = runs_in({harmful(gbench_results(all_kinds()))});
  ASSERT_EQ(runs[0].results.cases.size(), 4u);
  for (const ExportFormat& format : export_formats()) {
    const std::string text = format.write(runs);
    expect_harmless(text);
    EXPECT_FALSE(text.empty());
    const bool is_json = text.starts_with('{') || text.starts_with('[');
    EXPECT_TRUE(!is_json || Json::accept(text)) << format.name;
  }
  for (const std::string& line : cases_without_figures(runs)) EXPECT_LT(line.size(), 1000u);
}

TEST_F(Export, RunsOfDirectories) {
  const std::string text = gbench_results(all_kinds());
  for (const char* name : {"a", "b", ".part-1", "a/interrupted"}) {
    test::fs::create_directories(directory() / name);
    test::write_text(directory() / name / "results.json", text);
  }
  test::fs::create_directory_symlink("b", directory() / "latest");
  test::fs::create_symlink("nowhere", directory() / "Dangling");
  const std::string at = directory().path();
  EXPECT_EQ(find_results(at), (std::vector{at + "/a/results.json", at + "/b/results.json"}));
  EXPECT_EQ(find_results(at + "/a"), std::vector{at + "/a/results.json"});
  EXPECT_EQ(find_results(at + "/latest"), std::vector{at + "/latest/results.json"});
  EXPECT_EQ(find_results("absent"), std::vector<std::string>{"absent"});
  test::fs::create_directory(directory() / "empty");
  // Beside the runs that have directories of their own: one with --out.
  std::filesystem::create_directory(at + "/a/2026");
  std::filesystem::copy_file(at + "/a/results.json", at + "/a/2026/results.json");
  EXPECT_EQ(find_results(at + "/a"),
            (std::vector{at + "/a/2026/results.json", at + "/a/results.json"}));
  std::filesystem::remove_all(at + "/a/2026");
  EXPECT_THROW(find_results(at + "/empty"), UnreadableResults);
  EXPECT_EQ(read_runs({at + "/a", at + "/a/results.json"}).size(), 1u) << "named twice";
}

TEST_F(Export, FiguresAreMedians) {
  const ExportedRuns runs = runs_of(all_kinds());
  const CaseFigures figures = figures_of(runs[0].results.cases[0]);
  EXPECT_EQ(figures.trials, 3u);
  EXPECT_NEAR(figures.real_time_ns.median, 1010, 1e-6);
  EXPECT_NEAR(figures.real_time_ns.low, 1005, 1e-6);
  EXPECT_NEAR(figures.real_time_ns.high, 1015, 1e-6);
  EXPECT_NEAR(figures.cpu_time_ns.value(), 505, 1e-6);
  EXPECT_NEAR(figures.requests_per_second.median, 1e9 / 1010, 1e-3);
  EXPECT_EQ(figures.counters.at("setup_ns"), 5000);
  EXPECT_FALSE(figures.counters.contains("block"));
  EXPECT_FALSE(figures.counters.contains("bytes_per_second"));
}

TEST_F(Export, StatesAreTheFirstWord) {
  const auto state = [](const std::string& label, const std::string& missing = "") {
    ReadCase one;
    one.label = label;
    one.missing = missing;
    return state_of(one);
  };
  EXPECT_EQ(state("ok"), "ok");
  EXPECT_EQ(state("ok, shared"), "ok");
  EXPECT_EQ(state("degraded: cv 14 %"), "degraded");
  EXPECT_EQ(state("synthetic; degraded: cv"), "synthetic");
  EXPECT_EQ(state("failed: EIO", "failed: EIO"), "failed");
  EXPECT_EQ(state("", "skipped: no"), "skipped");
  EXPECT_EQ(state("", "synthetic; failed: EIO"), "failed") << "an alarm waits for it";
  EXPECT_EQ(state("<script>"), "unknown");
}

// --- Google Benchmark's format

TEST_F(Export, GbenchHasNoErrorRows) {
  const ExportedRuns runs = runs_of(all_kinds());
  const Json file = Json::parse(export_gbench(runs));
  EXPECT_EQ(file.at("benchmarks").size(), 2u * (3 + 4));
  for (const Json& row : file.at("benchmarks")) {
    EXPECT_FALSE(row.contains("error_occurred"));
    EXPECT_GT(row.at("real_time"), 0);
  }
  EXPECT_TRUE(file.at("context").at("caches").is_array()) << "Bencher needs it";
  EXPECT_EQ(file.at("context"), Json::parse(test::read_text(runs[0].file)).at("context"));
}

TEST_F(Export, GbenchOfSeveralRuns) {
  Results other = all_kinds();
  other.scenario = "other";
  for (CaseResult& one : other.cases) one.name.replace(0, 4, "other");
  other.context["version"] = "0.2";
  other.context["seed"] = "7";
  const Json file =
      Json::parse(export_gbench(runs_in({gbench_results(all_kinds()), gbench_results(other)})));
  EXPECT_EQ(file.at("benchmarks").size(), 4u * (3 + 4));
  const Json& context = file.at("context");
  EXPECT_EQ(context.at("iodyno.file_system"), "ext4");
  EXPECT_EQ(context.at("iodyno.seed"), "7");
  EXPECT_FALSE(context.contains("iodyno.version")) << "the runs don't agree";
  EXPECT_TRUE(context.contains("date"));

  Results third = other;
  for (CaseResult& one : third.cases) one.name.replace(0, 5, "third");
  third.context["version"] = "0.3";
  const Json three = Json::parse(export_gbench(
      runs_in({gbench_results(all_kinds()), gbench_results(other), gbench_results(third)})));
  EXPECT_FALSE(three.at("context").contains("iodyno.version")) << "nor do they with a third";
}

TEST_F(Export, GbenchSummaryIsThatOfTheRun) {
  Json summary = Json::parse(export_gbench_summary(runs_of(all_kinds())));
  Json written = Json::parse(gbench_summary(all_kinds()));
  ASSERT_EQ(summary.at("benchmarks").size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& [key, value] : written["benchmarks"][i].items()) {
      ASSERT_TRUE(summary["benchmarks"][i].contains(key)) << key;
      const Json& found = summary["benchmarks"][i][key];
      if (value.is_number())
        EXPECT_NEAR(found.get<double>(), value.get<double>(), 1e-9 * value.get<double>()) << key;
      else
        EXPECT_EQ(found, value) << key;
    }
}

TEST_F(Export, GbenchOfADeepFile) {
  std::string text = gbench_results(all_kinds());
  const std::string row = "\"family_index\": 0,";
  const std::string deep(1'000'000, '['), end(1'000'000, ']');
  text.insert(text.find(row), "\"deep\": " + deep + end + ",\"huge\": 1e308, ");
  const ExportedRuns runs = runs_in({text});
  EXPECT_EQ(Json::parse(export_gbench(runs)).at("benchmarks").size(), 14u);
  EXPECT_EQ(Json::parse(export_gbench_summary(runs)).at("benchmarks").size(), 2u);
}

// --- github-action-benchmark

/// It is read twice.
TEST_F(Export, GbenchOfAFileThatChangesMeanwhile) {
  const ExportedRuns runs = runs_of(all_kinds());
  for (const char* now : {"", "no JSON", "[]", R"({"benchmarks": []})"}) {
    test::write_text(runs[0].file, now);
    EXPECT_EQ(test::thrown_by<UnreadableResults>([&] { export_gbench(runs); }),
              runs[0].file + ": has changed since it was read");
  }
}

TEST_F(Export, GhaCustom) {
  const Json file = Json::parse(export_gha_custom(runs_of(all_kinds())));
  ASSERT_TRUE(file.is_array());
  ASSERT_EQ(file.size(), 2u);
  for (const Json& one : file) {
    EXPECT_TRUE(one.at("name").is_string());
    EXPECT_TRUE(one.at("unit").is_string());
    EXPECT_TRUE(one.at("value").is_number());
    EXPECT_TRUE(one.at("range").is_string());
    EXPECT_TRUE(one.at("extra").is_string());
  }
  EXPECT_EQ(file[0].at("name"), kPosix);
  EXPECT_EQ(file[0].at("unit"), "ns");
  EXPECT_NEAR(file[0].at("value").get<double>(), 1010, 1e-6);
  EXPECT_EQ(file[0].at("range"), "± 5");
  EXPECT_EQ(file[0].at("extra"), "requests/s: 990099\nCPU ns/request: 505\ntrials: 3\nok");
  EXPECT_TRUE(contains(file[1].at("extra"), "bytes/s: 4.05545e+09"));
}

// --- Bencher Metric Format

TEST_F(Export, Bmf) {
  const Json file = Json::parse(export_bmf(runs_of(all_kinds())));
  ASSERT_TRUE(file.is_object());
  ASSERT_EQ(file.size(), 2u);
  for (const auto& [name, measures] : file.items()) {
    EXPECT_LE(name.size(), 1024u);
    for (const char* measure : {"latency", "throughput"})
      for (const char* value : {"value", "lower_value", "upper_value"})
        EXPECT_TRUE(measures.at(measure).at(value).is_number());
  }
  const Json& latency = file.at(kUring).at("latency");
  EXPECT_NEAR(latency.at("value").get<double>(), 1010, 1e-6) << "in nanoseconds";
  EXPECT_NEAR(latency.at("lower_value").get<double>(), 1005, 1e-6);
  EXPECT_NEAR(file.at(kUring).at("throughput").at("value").get<double>(), 1e9 / 1010, 1e-3);
}

TEST_F(Export, BmfOfAnOpenLoopHasTheLatencyAndNotItsRate) {
  CaseResult loop = quiet_case("read", "posix");
  for (Sample& sample : loop.samples) {
    sample.rate_per_second = 1e6;
    sample.latency = {};
    sample.latency.record(70);
  }
  Results results = all_kinds();
  results.cases = {loop};
  const Json file = Json::parse(export_bmf(runs_of(results)));
  ASSERT_EQ(file.size(), 1u);
  const double value = file.front().at("latency").at("value").get<double>();
  EXPECT_NEAR(value, 70, 2);
  EXPECT_NE(file.front().at("throughput").at("value"), 0);
}

TEST_F(Export, BmfNamesAreNotTooLong) {
  const auto runs = runs_in({harmful(gbench_results(all_kinds()))});
  const Json file = Json::parse(export_bmf(runs));
  ASSERT_EQ(file.size(), 2u);
  for (const auto& [name, measures] : file.items()) EXPECT_LE(name.size(), 1024u);
}

}  // namespace
}  // namespace iodyno::host
