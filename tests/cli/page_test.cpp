// `report --html`: where it writes, how it ends. What is on the page: tests/report.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kMistake = 2, kFailed = 3;

class PageCommand : public Cli {
 protected:
  void write(const std::string& directory, const std::string& text) const {
    fs::create_directories(work() / directory);
    write_text(work() / directory / "results.json", text);
  }
  static std::string results_of(double ns, const std::string& version = "1") {
    json rows = json::array();
    for (int block = 0; block < 3; ++block)
      for (const char* backend : {"posix", "uring"})
        rows.push_back({{"name", std::string("s/read/backend:") + backend + "/real_time"},
                        {"run_type", "iteration"},
                        {"repetition_index", block},
                        {"iterations", 10},
                        {"real_time", ns},
                        {"cpu_time", ns / 2},
                        {"time_unit", "ns"},
                        {"label", "ok"},
                        {"block", block}});
    if (ns == 0)
      for (json& row : rows) row["error_occurred"] = true, row["label"] = "failed: EIO";
    return json{{"context", {{"iodyno.format_version", version}}}, {"benchmarks", rows}}.dump();
  }
  Ended page(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "report");
    return iodyno(arguments);
  }
  /// Where npm was missing when this was built there is no page, and that is said.
  bool has_no_page() const {
    const auto ended = page({"absent", "--html", "page.html"});
    if (ended.status != kEnvironment) return false;
    EXPECT_TRUE(contains(ended.err, "built without the page"));
    EXPECT_TRUE(contains(ended.err, "install nodejs and npm"));
    return true;
  }
};

TEST_F(PageCommand, ReplacesAFile) {
  if (has_no_page()) GTEST_SKIP() << "built without the page";
  write("run", results_of(100));
  write_text(work() / "page.html", "old");
  const auto ended = page({"run", "--html", "page.html"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out + ended.err, "");
  const auto text = read_text(work() / "page.html");
  EXPECT_TRUE(text.starts_with("<!doctype html>"));
  EXPECT_TRUE(text.ends_with("</html>\n"));
  EXPECT_TRUE(contains(text, "default-src 'none'; script-src 'sha256-"));
  EXPECT_EQ(text.find("<!--slot:"), text.npos);
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"page.html", "run", "target"}));
  EXPECT_EQ(page({"run", "--html", "-"}).out, text);
  EXPECT_EQ(page({"run", "--html", "/dev/null"}).status, 0);
  EXPECT_TRUE(contains(page({"run", "--html", "page.html", "--markdown"}).out, "posix"));
}

TEST_F(PageCommand, LeavesTheOldFileWhereItFails) {
  if (has_no_page()) GTEST_SKIP() << "built without the page";
  write_text(work() / "page.html", "old");
  const std::string whole = results_of(100);
  write("run", whole);
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {whole.substr(0, whole.size() / 2), "is not JSON, or not all of it"},
      {"no JSON", "is not JSON"},
      {"", "is not JSON"},
      {"[]", "is not an object"},
      {"{}", "not a result of iodyno"},
      {results_of(100, "2"), "has version 2 of the format"}};
  for (const auto& [text, message] : wrong) {
    write("wrong", text);
    const auto ended = page({"run", "wrong", "--html", "page.html"});
    EXPECT_EQ(ended.status, kMistake) << message;
    EXPECT_TRUE(is_one_line(ended.err));
    EXPECT_TRUE(contains(ended.err, message));
  }
  EXPECT_TRUE(contains(page({"absent", "--html", "page.html"}).err, "absent: No such file"));
  EXPECT_EQ(page({"run", "--html", "page.html", "--baseline", "aio"}).status, kMistake);
  EXPECT_EQ(read_text(work() / "page.html"), "old");
  EXPECT_EQ(page({"run", "--html", "./run/results.json"}).status, kMistake);
  EXPECT_EQ(read_text(work() / "run" / "results.json"), whole);
  const auto nowhere = page({"run", "--html", "absent/page.html"});
  EXPECT_EQ(nowhere.status, kEnvironment);
  EXPECT_TRUE(contains(nowhere.err, "absent/page.html"));
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"page.html", "run", "target", "wrong"}));
}

TEST_F(PageCommand, AllFailedIsAPageToo) {
  if (has_no_page()) GTEST_SKIP() << "built without the page";
  write("run", results_of(0));
  EXPECT_EQ(page({"run", "--html", "page.html"}).status, kFailed);
  EXPECT_TRUE(contains(read_text(work() / "page.html"), "2 cases: 2 failed."));
}

TEST_F(PageCommand, ManyRepetitionsAndCases) {
  if (has_no_page()) GTEST_SKIP() << "built without the page";
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "takes minutes with AddressSanitizer";
#endif
  std::string rows;
  for (int number = 0; number < 300; ++number)
    for (int block = 0; block < 300; ++block)
      rows += std::string(rows.empty() ? "" : ",") + R"({"name":"s/p)" +
              std::to_string(number / 2) + "/backend:" + (number % 2 ? "uring" : "posix") +
              R"(/real_time","run_type":"iteration","repetition_index":)" + std::to_string(block) +
              R"(,"real_time":)" + std::to_string(1000 + block % 17 + number % 2) +
              R"(,"cpu_time":1,"time_unit":"ns","label":"ok","block":)" + std::to_string(block) +
              "}";
  write("run", R"({"context":{"iodyno.format_version":"1"},"benchmarks":[)" + rows + "]}");
  EXPECT_EQ(page({"run", "--html", "page.html"}).status, 0);
  EXPECT_LT(fs::file_size(work() / "page.html"), 4u << 20);
  EXPECT_TRUE(contains(read_text(work() / "page.html"), "\"trials_thinned\":200"));
}

}  // namespace
}  // namespace iodyno::test
