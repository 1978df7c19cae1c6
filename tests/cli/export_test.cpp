// `export`: what it takes, where it writes, how it ends. Its formats: tests/report.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kMistake = 2, kFailed = 3;

class ExportCommand : public Cli {
 protected:
  static json row_of(const std::string& backend, bool failed = false) {
    json row = {{"name", "s/read/backend:" + backend + "/real_time"},
                {"run_type", "iteration"},
                {"repetition_index", 0},
                {"iterations", 10},
                {"real_time", failed ? 0 : 100},
                {"cpu_time", failed ? 0 : 50},
                {"time_unit", "ns"},
                {"label", failed ? "failed: EIO" : "ok"}};
    if (failed)
      row["error_occurred"] = true;
    else
      row["block"] = 0;
    return row;
  }
  void write(const std::string& directory, const json& rows) const {
    fs::create_directories(work() / directory);
    const json file = {{"context", {{"iodyno.format_version", "1"}}}, {"benchmarks", rows}};
    write_text(work() / directory / "results.json", file.dump());
  }
  Ended export_as(const std::string& format, std::vector<std::string> arguments) const {
    const std::vector<std::string> more = {"export", "--format", format};
    arguments.insert(arguments.begin(), more.begin(), more.end());
    return iodyno(arguments);
  }
  void expect_mistake(const std::vector<std::string>& arguments, const std::string& message) const {
    const auto ended = iodyno(arguments);
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, message));
  }
};

TEST_F(ExportCommand, EachFormat) {
  write("run", json::array({row_of("posix"), row_of("uring", true)}));
  for (const char* format :
       {"gbench", "gbench-summary", "csv", "gha-custom", "bmf", "gobench", "openmetrics"}) {
    const auto ended = export_as(format, {"run"});
    EXPECT_EQ(ended.status, 0) << format;
    EXPECT_TRUE(contains(ended.out, "posix")) << format;
    EXPECT_EQ(ended.err, "iodyno: no figures of s/read/backend:uring/real_time: failed: EIO\n");
    EXPECT_EQ(export_as(format, {"run/results.json"}).out, export_as(format, {"run/"}).out);
  }
}

TEST_F(ExportCommand, ToAFile) {
  write("run", json::array({row_of("posix")}));
  write_text(work() / "old.json", "old");
  const auto ended = export_as("bmf", {"run", "--out", "old.json"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out + ended.err, "");
  EXPECT_EQ(read_text(work() / "old.json"), export_as("bmf", {"run"}).out);
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"old.json", "run", "target"}));
  EXPECT_EQ(export_as("bmf", {"run", "--out", "/dev/null"}).status, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const auto nowhere = export_as("bmf", {"run", "--out", "absent/file"});
  EXPECT_EQ(nowhere.status, kEnvironment);
  EXPECT_TRUE(contains(nowhere.err, "absent/file"));
}

TEST_F(ExportCommand, ALinkAndAPrivateFileStayWhatTheyWere) {
  write("run", json::array({row_of("posix")}));
  write_text(work() / "private.json", "old");
  fs::permissions(work() / "private.json", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("private.json", work() / "link.json");
  EXPECT_EQ(export_as("bmf", {"run", "--out", "link.json"}).status, 0);
  EXPECT_TRUE(fs::is_symlink(work() / "link.json"));
  EXPECT_EQ(read_text(work() / "private.json"), export_as("bmf", {"run"}).out);
  EXPECT_EQ(fs::status(work() / "private.json").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("absent", work() / "dangling.json");
  EXPECT_EQ(export_as("bmf", {"run", "--out", "dangling.json"}).status, kEnvironment);
  EXPECT_TRUE(fs::is_symlink(work() / "dangling.json"));
}

TEST_F(ExportCommand, NeverOverResults) {
  write("run", json::array({row_of("posix")}));
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl", "run.json"}) {
    const auto file = std::string("run/") + name;
    if (!fs::exists(work() / file)) write_text(work() / file, "all that is left of a night");
    const auto before = listing(work() / "run");
    expect_mistake({"export", "--format", "bmf", "run", "--out", file},
                   file + " holds results: write to another file");
    fs::create_symlink(file, work() / "link");
    expect_mistake({"export", "--format", "bmf", "run", "--out", "link"}, "holds results");
    fs::remove(work() / "link");
    EXPECT_EQ(listing(work() / "run"), before);
  }
}

TEST_F(ExportCommand, SeveralRuns) {
  write("results/s/1", json::array({row_of("posix")}));
  write("results/s/2", json::array({row_of("posix")}));
  fs::create_directory_symlink("2", work() / "results/s/latest");
  expect_mistake({"export", "--format", "bmf", "results"}, "name one of them, as results/s/latest");
  EXPECT_EQ(export_as("bmf", {"results/s/latest"}).status, 0);
  EXPECT_EQ(export_as("csv", {"results"}).status, 0);
}

TEST_F(ExportCommand, NothingToShow) {
  write("run", json::array({row_of("posix", true)}));
  const auto ended = export_as("gha-custom", {"run"});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_EQ(json::parse(ended.out), json::array());
}

TEST_F(ExportCommand, ManyWithoutFiguresAreCounted) {
  json rows = json::array({row_of("posix")});
  for (int i = 0; i < 12; ++i) rows.push_back(row_of("b" + std::to_string(i), true));
  write("run", rows);
  const auto ended = export_as("csv", {"run"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 11);
  EXPECT_TRUE(ended.err.ends_with("\niodyno: and none of 2 others\n")) << ended.err;
}

TEST_F(ExportCommand, Mistakes) {
  write("run", json::array({row_of("posix")}));
  write_text(work() / "text.json", "no JSON");
  expect_mistake({"export", "run"}, "--format");
  expect_mistake({"export", "--format", "bmf"}, "RESULTS");
  expect_mistake({"export", "--format", "xml", "run"}, "xml");
  expect_mistake({"export", "--format", "bmf", "absent"}, "absent: No such file");
  expect_mistake({"export", "--format", "bmf", "text.json"}, "text.json: is not JSON");
  expect_mistake({"export", "--format", "bmf", "target"}, "target: no results.json in it");
  expect_mistake({"export", "--formt", "bmf", "run"}, "--formt");
}

TEST_F(ExportCommand, ThePageKnowsEachFormatAndTheWorkflow) {
  const fs::path docs = fs::path(IODYNO_SOURCE) / "docs";
  const std::string page = read_text(docs / "dashboards.md");
  for (const char* format :
       {"gbench", "gbench-summary", "csv", "gha-custom", "bmf", "gobench", "openmetrics"})
    EXPECT_TRUE(contains(page, "| `" + std::string(format) + "` |"));
  const std::string workflow = read_text(docs / "examples/benchmark.yml");
  EXPECT_TRUE(contains(workflow, "--fail-on-slower"));
  EXPECT_TRUE(contains(page, "```yaml\n" + workflow + "```\n")) << "the page has another workflow";
}

TEST_F(ExportCommand, ARunOfOurs) {
  ASSERT_EQ(
      measure({"smoke", "--backend", "posix", "--filter", "/read/", "--repetitions", "2"}).status,
      0);
  const auto exported = json::parse(export_as("gbench-summary", {"out"}).out);
  EXPECT_EQ(exported.at("benchmarks").size(), summary_rows("smoke").size());
  EXPECT_EQ(exported.at("context"), results("smoke").at("context"));
}

}  // namespace
}  // namespace iodyno::test
