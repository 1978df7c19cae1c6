// The page's markup and data. What a browser makes of it: page/browser.mjs.
#include "report/page.hpp"

#include <nlohmann/json.hpp>
#include <regex>

#include "exported.hpp"
#include "report/document.hpp"
#include "report/page_scenario.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::json;
using test::contains;

constexpr const char* kFrame =
    "<title><!--slot:title--></title><nav><!--slot:navigation--></nav><main><!--slot:content-->"
    "</main><data><!--slot:data--></data>";

class Page : public example::Export {
 protected:
  static std::string page_of(const ExportedRuns& runs, const std::string& baseline = {}) {
    return page(kFrame, runs, {.baseline = baseline, .threshold = 0.03, .program = "iodyno 1"});
  }
  static std::string part(const std::string& page, const std::string& tag) {
    const auto begin = page.find("<" + tag + ">") + tag.size() + 2;
    return page.substr(begin, page.find("</" + tag + ">") - begin);
  }
  static Json data_of(const std::string& page) { return Json::parse(part(page, "data")); }
  static std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++found;
    return found;
  }
  /// The row of the table of cases for the case of this number.
  static std::string row(const std::string& page, int number) {
    const auto begin = page.find("<tr data-case=\"" + std::to_string(number) + "\"");
    return page.substr(begin, page.find("</tr>", begin) - begin);
  }
};

TEST_F(Page, HasACaseOfEachKind) {
  const auto text = page_of(runs_of(all_kinds()));
  EXPECT_EQ(count(text, "<tr data-case="), 4u);
  EXPECT_TRUE(contains(row(text, 0), "1.01 us"));
  EXPECT_TRUE(contains(row(text, 0), "data-relation=\"baseline\""));
  EXPECT_TRUE(contains(row(text, 1), "B/s"));
  EXPECT_TRUE(contains(row(text, 2), "data-state=\"failed\">failed: EIO"));
  EXPECT_TRUE(contains(row(text, 3), "data-state=\"skipped\">skipped: no reflink here"));
  EXPECT_TRUE(contains(text, "4 cases: 2 ok, 1 failed, 1 skipped."));
}

TEST_F(Page, WhatHasNoFiguresIsNeverZero) {
  const auto text = page_of(runs_of(all_kinds()));
  for (const int number : {2, 3}) {
    EXPECT_EQ(count(row(text, number), "data-value=\"\""), 7u) << row(text, number);
    EXPECT_FALSE(std::regex_search(row(text, number), std::regex("[> ]0[ <]")));
    const Json one = data_of(text)["scenarios"][0]["cases"][number];
    EXPECT_TRUE(one.contains("missing"));
    EXPECT_FALSE(one.contains("real_time_ns") || one.contains("counters"));
  }
}

TEST_F(Page, TheDataHaveEveryTrialAndEveryBaseline) {
  const Json data = data_of(page_of(runs_of(all_kinds())));
  EXPECT_EQ(data["format"], 1);
  const Json scenario = data["scenarios"][0];
  EXPECT_EQ(scenario["name"], "tiny");
  EXPECT_EQ(scenario["cases"][0]["real_time_ns"], Json({1000, 1010, 1020}));
  EXPECT_EQ(scenario["cases"][0]["blocks"], Json({0, 1, 2}));
  EXPECT_EQ(scenario["cases"][0]["point"], Json({0}));
  EXPECT_EQ(scenario["swept"][0]["texts"], Json({"1"}));
  EXPECT_TRUE(scenario["trials_thinned"].is_null());
  EXPECT_EQ(scenario["comparisons"].size(), 2u) << "posix and uring; the others have no figures";
  EXPECT_EQ(scenario["comparisons"][1]["baseline"], "uring");
  EXPECT_EQ(scenario["counter_names"].size(), scenario["cases"][0]["counters"].size());
}

TEST_F(Page, AnotherBaselineComesFirst) {
  const auto text = page_of(runs_of(all_kinds()), "uring");
  EXPECT_EQ(data_of(text)["scenarios"][0]["comparisons"][0]["baseline"], "uring");
  EXPECT_TRUE(contains(row(text, 1), "data-relation=\"baseline\""));
}

TEST_F(Page, HarmfulTextIsText) {
  const auto text = page_of(runs_in({example::harmful(gbench_results(all_kinds()))}));
  EXPECT_EQ(count(text, "<script>"), 0u);
  EXPECT_TRUE(contains(part(text, "main"), "&lt;script&gt;"));
  EXPECT_FALSE(contains(part(text, "data"), "<"));
  EXPECT_EQ(data_of(text)["scenarios"].size(), 1u);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c < 0 || c >= ' ') || c == '\x7f') << int(c);
  EXPECT_LT(text.size(), 100'000u) << "a long text is not in it again and again";
}

/// Scripts of old end a line at them, and with it a string.
TEST_F(Page, LineEndsOfUnicodeAreEscapedInTheData) {
  Results results = all_kinds();
  const std::string text =
      "a\xE2\x80\xA8"
      "b\xE2\x80\xA9"
      "c\xE2\x80\xA6";
  results.context["about"] = text;
  const auto data = part(page_of(runs_of(results)), "data");
  EXPECT_TRUE(contains(data, "\"a\\u2028b\\u2029c\xE2\x80\xA6\"")) << data;
  EXPECT_EQ(Json::parse(data)["scenarios"][0]["context"]["iodyno.about"], text);
}

TEST_F(Page, AContextWithoutEndIsCutAndSaysSo) {
  Results results = all_kinds();
  for (int i = 0; i < 3000; ++i) results.context["key" + std::to_string(i)] = "value";
  const Json context = data_of(page_of(runs_of(results)))["scenarios"][0]["context"];
  EXPECT_EQ(context.size(), 2001u);
  EXPECT_EQ(context["…"], "there is more in the result file");
}

TEST_F(Page, SaysWhereItRan) {
  Results results = all_kinds();
  results.context["memory_bytes"] = "2147483648";
  results.context["clock_share"] = "0.42";
  results.context["backend.posix.version"] = "1.0";
  results.context["backend.uring.version"] = "<2>";
  results.context["warning.1"] = "another run is working here";
  const auto text = page_of(runs_of(results));
  EXPECT_TRUE(contains(text, "<dt>Memory</dt><dd>2.15 GB</dd>")) << part(text, "main");
  EXPECT_TRUE(contains(text, "<dt>Inside the clock</dt><dd>42 %</dd>"));
  EXPECT_TRUE(contains(text, "<dt>Backends</dt><dd>posix 1.0, uring &lt;2&gt;</dd>"));
  EXPECT_TRUE(contains(text, "<li>another run is working here</li>"));
  results.context["memory_bytes"] = "2 or so";
  EXPECT_TRUE(contains(page_of(runs_of(results)), "<dt>Memory</dt><dd>2 or so</dd>"));
}

TEST_F(Page, EachElementIsClosed) {
  const auto text = page_of(runs_in({example::harmful(gbench_results(all_kinds()))}));
  std::vector<std::string> open;
  const std::regex tag(R"(<(/?)(\w+)[^>]*>)");
  for (std::sregex_iterator at(text.begin(), text.end(), tag), end; at != end; ++at) {
    if ((*at)[2] == "br") continue;
    if ((*at)[1].length() == 0) {
      open.push_back((*at)[2]);
    } else {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*at)[2]);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST_F(Page, SeveralRunsAreAHistoryOfTheNewest) {
  Results older = all_kinds(), newer = all_kinds();
  newer.cases[0].samples.pop_back();
  auto texts = std::vector{gbench_results(newer), gbench_results(older)};
  texts[0] = std::regex_replace(texts[0], std::regex("\"date\": \"[^\"]*"),
                                "\"date\": \"2026-11-27T10:00:00+00:00");
  texts[1] = std::regex_replace(texts[1], std::regex("\"date\": \"[^\"]*"),
                                "\"date\": \"2026-11-26T10:00:00+00:00");
  const auto text = page_of(runs_in(texts));
  const Json scenario = data_of(text)["scenarios"][0];
  EXPECT_EQ(scenario["cases"][0]["trials"], 2);
  EXPECT_EQ(scenario["history"]["runs"][0]["time"], "2026-11-26 10:00");
  EXPECT_EQ(scenario["history"]["cases"]["0"].size(), 2u);
  EXPECT_TRUE(contains(text, "<h3>Runs</h3>"));
}

TEST_F(Page, ScenariosAreChapters) {
  Results other = all_kinds();
  other.scenario = "other";
  for (CaseResult& one : other.cases) one.name.replace(0, 4, "other");
  const auto text = page_of(runs_in({gbench_results(all_kinds()), gbench_results(other)}));
  EXPECT_TRUE(contains(text, "<title>2 scenarios"));
  EXPECT_EQ(count(part(text, "nav"), "<a href="), 2u);
  EXPECT_EQ(count(text, "<article "), 2u);
  EXPECT_FALSE(contains(text, "<h3>Runs</h3>"));
}

TEST_F(Page, ADocumentBecomesMarkup) {
  const Document document = {Heading{2, "a <b>"}, Paragraph{"c & d"}, List{{{"e", {"f <"}}}},
                             Table{{{"g", false}, {"h", true}}, {{"i", "1"}}}};
  EXPECT_EQ(document_html(document, 3),
            "<h4>a &lt;b&gt;</h4>\n<p>c &amp; d</p>\n<ul>\n<li>e<br><span class=\"muted\">f "
            "&lt;</span></li>\n</ul>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
            "aria-label=\"a &lt;b&gt;\"><table><caption class=\"unseen\">a &lt;b&gt;</caption>\n"
            "<thead><tr><th scope=\"col\">g</th><th scope=\"col\" class=\"figure\">h</th></tr>"
            "</thead>\n<tbody><tr><th scope=\"row\">i</th><td class=\"figure\">1</td></tr>\n"
            "</tbody></table></div>\n");
}

TEST_F(Page, SaysWhatToUse) {
  const auto text = page_of(runs_of(all_kinds()));
  EXPECT_TRUE(contains(text, "<h3>What to use, and why</h3>"));
  EXPECT_TRUE(contains(text, "<h4>Not measured</h4>"));
}

TEST_F(Page, OneBackendAloneIsNotCompared) {
  const auto text = page_of(runs_of(example::results({example::quiet_case("read", "posix")})));
  EXPECT_TRUE(contains(text, "nothing to compare it with"));
  EXPECT_EQ(data_of(text)["scenarios"][0]["comparisons"][0]["cases"], Json::array());
}

TEST_F(Page, ALongRunIsThinnedAndSaysSo) {
  ExportedRuns runs = runs_of(example::results({example::quiet_case("read", "posix")}));
  auto& trials = runs[0].results.cases[0].repetitions;
  for (std::uint32_t block = 3; block < 70'000; ++block)
    trials.push_back({block, 1000. + block % 7, 1, 1, {}});
  const Json scenario = data_of(page_of(runs))["scenarios"][0];
  EXPECT_EQ(scenario["trials_thinned"], 60'000);
  EXPECT_EQ(scenario["cases"][0]["trials"], 70'000);
  EXPECT_EQ(scenario["cases"][0]["blocks"].size(), 60'000u);
}

/// Each is compared with each other, which many backends make long.
TEST_F(Page, BaselinesBeyondWhatAPageCanCompareAreNamed) {
  ExportedRuns runs = runs_of(example::results({example::quiet_case("read", "posix")}));
  auto& cases = runs[0].results.cases;
  for (int i = 1; i < 102; ++i) {
    ReadCase& one = cases.emplace_back(cases[0]);
    one.backend = "b" + std::to_string(i);
    one.name = "tiny/read/backend:" + one.backend + "/depth:1/real_time";
  }
  const auto text = page_of(runs);
  EXPECT_EQ(data_of(text)["scenarios"][0]["comparisons"].size(), 98u);
  EXPECT_TRUE(contains(text, "no comparison with b98, b99, b100, b101 is on this page"));
  EXPECT_TRUE(contains(page_of(runs, "b101"), "no comparison with b97, b98, b99, b100 is on this"));
}

/// As one that was filtered away.
TEST_F(Page, WithoutItsBaselineTheFirstBackendIsOne) {
  Results results = all_kinds();
  results.baseline = "mmap";
  const Json data = data_of(page_of(runs_of(results)));
  EXPECT_EQ(data["scenarios"][0]["comparisons"][0]["baseline"], "posix");
}

TEST_F(Page, CasesBeyondWhatAPageCanShowAreCounted) {
  ExportedRuns runs = runs_of(example::results({example::quiet_case("read", "posix")}));
  auto& cases = runs[0].results.cases;
  for (int i = 1; i < 5003; ++i) {
    ReadCase& one = cases.emplace_back(cases[0]);
    one.phase = "p" + std::to_string(i);
    one.name = "tiny/" + one.phase + "/backend:posix/depth:1/real_time";
    one.repetitions.resize(1);
  }
  const auto text = page_of(runs);
  EXPECT_EQ(count(text, "<tr data-case="), 5000u);
  EXPECT_TRUE(contains(text, "3 further cases are not on this page"));
}

}  // namespace
}  // namespace iodyno::host
