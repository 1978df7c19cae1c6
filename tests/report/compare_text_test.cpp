#include "report/compare_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/compare_words.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::json;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Comparison comparison(const std::string& phase, const std::string& backend,
                      const std::string& depth, double ratio, Relation relation) {
  Comparison one;
  one.phase = phase;
  one.backend = backend;
  one.point = {{"depth", depth}};
  one.name = "tiny/" + phase + "/backend:" + backend + "/depth:" + depth + "/real_time";
  one.baseline_name = "tiny/" + phase + "/backend:posix/depth:" + depth + "/real_time";
  one.label = one.baseline_label = "ok";
  one.time_ns = 1000 * ratio, one.baseline_ns = 1000;
  one.assessment = {
      .blocks = 10,
      .ratio = {ratio, Interval{ratio * 0.99, ratio * 1.01}, Interval{ratio * 0.98, ratio * 1.02}},
      .p = {0.00195, PValue::How::exact},
      .p_adjusted = 0.0039,
      .relation = relation,
      .more_blocks = {},
      .reason = ""};
  return one;
}

Comparison not_compared(const std::string& phase, const std::string& backend, std::string why) {
  Comparison one = comparison(phase, backend, "1", 1, Relation::same);
  one.not_compared = std::move(why);
  return one;
}

Comparisons all_of(std::vector<Comparison> cases) {
  Comparisons all;
  all.scenario = "tiny";
  all.baseline = "posix";
  all.target = "ext4 in /mnt/t";
  all.threshold = 0.03;
  all.cases = std::move(cases);
  return all;
}

TEST(Words, RatiosKeepWhatCounts) {
  EXPECT_EQ(ratio_text(0.0123), "0.012");
  EXPECT_EQ(ratio_text(0.5555), "0.555");
  EXPECT_EQ(ratio_text(1.0244), "1.024");
  EXPECT_EQ(ratio_text(9.9996), "10.0");
  EXPECT_EQ(ratio_text(123.4), "123");
  EXPECT_EQ(ratio_text(1e300), ">9999");
  EXPECT_EQ(interval_text({}), "-");
  EXPECT_EQ(p_text(0.0001), "<0.001");
  EXPECT_EQ(p_text(0.0625), "0.062");
}

TEST(Words, OnePointIsOnePlainClause) {
  const auto sentence = [](double ratio, Relation relation) {
    return phase_sentence(all_of({comparison("read", "uring", "1", ratio, relation)}), "read");
  };
  EXPECT_EQ(sentence(0.5, Relation::faster),
            "read: uring is 2.00 × as fast as posix (1.98 to 2.02).");
  EXPECT_EQ(sentence(1.25, Relation::slower),
            "read: uring takes 1.25 × as long as posix (1.24 to 1.26).");
  EXPECT_EQ(sentence(1.01, Relation::same), "read: uring takes as long as posix.");
  EXPECT_EQ(sentence(1.1, Relation::inconclusive), "read: uring can't be told from posix yet.");
  EXPECT_EQ(phase_sentence(all_of({not_compared("read", "uring", "failed")}), "read"),
            "read: uring is not compared.");
}

TEST(Words, SeveralPointsAndRivals) {
  const auto all = all_of({comparison("read", "uring", "1", 0.5, Relation::faster),
                           comparison("read", "aio", "1", 0.8, Relation::faster),
                           comparison("read", "uring", "8", 0.25, Relation::faster),
                           comparison("read", "aio", "8", 1.5, Relation::slower),
                           not_compared("read", "null", "synthetic: does no I/O")});
  EXPECT_EQ(phase_sentence(all, "read"),
            "read: uring is 2.00 to 4.00 × as fast as posix; aio against posix: faster at depth 1 "
            "(1.25 × "
            "as fast, 1.24 to 1.26), slower at depth 8 (1.50 × as long, 1.48 to 1.52); null is not "
            "compared.");
}

TEST(Words, WhatIsAlikeIsSaidAtOnce) {
  std::vector<Comparison> cases;
  for (const char* backend : {"aio", "asio", "mmap"}) {
    cases.push_back(comparison("read", backend, "1", 1, Relation::inconclusive));
    cases.push_back(comparison("read", std::string("same-") + backend, "1", 1, Relation::same));
  }
  cases.push_back(comparison("read", "uring", "1", 0.5, Relation::faster));
  EXPECT_EQ(phase_sentence(all_of(cases), "read"),
            "read: uring is 2.00 × as fast as posix (1.98 to 2.02); same-aio, same-asio and "
            "same-mmap take as "
            "long as posix; aio, asio and mmap can't be told from posix yet.");
}

TEST(Words, OfAnEarlierRun) {
  auto all = all_of({comparison("read", "uring", "1", 1.25, Relation::slower)});
  all.baseline.clear();
  all.pairing = Pairing::none;
  EXPECT_EQ(phase_sentence(all, "read"),
            "read: uring takes 1.25 × as long as in the baseline (1.24 to 1.26).");
  EXPECT_TRUE(has(comparison_text(all, false), "Drift is not controlled"));
}

TEST(ComparisonText, IsWhatAReaderExpects) {
  auto all = all_of({comparison("read", "uring", "1", 0.5, Relation::faster),
                     comparison("read", "uring", "16", 1.01, Relation::inconclusive),
                     not_compared("copy", "uring", "failed: EIO (1 of 10 trials)")});
  all.cases[1].assessment.more_blocks = 12;
  all.means = {{"uring", 0.71, 2, 3}};
  EXPECT_EQ(comparison_text(all, false),
            "tiny  backends against posix, paired by block; ext4 in /mnt/t\n"
            "\n"
            "read: uring against posix: faster at depth 1 (2.00 × as fast, 1.98 to 2.02),\n"
            "  undecided at depth 16.\n"
            "                   as fast   95 % interval       p    n  verdict\n"
            "  uring  depth 1     2.000  1.980 to 2.020   0.004   10  faster\n"
            "  uring  depth 16    0.990  0.980 to 1.000   0.004   10  inconclusive\n"
            "      12 more blocks\n"
            "\n"
            "copy: uring is not compared.\n"
            "                  as fast   95 % interval       p    n  verdict\n"
            "  uring  depth 1  not compared: failed: EIO (1 of 10 trials)\n"
            "\n"
            "How many times as fast as posix: 2 is half the time per request, 0.5 twice the\n"
            "  time.\n"
            "A difference counts from 3 % on, and where the 99 % interval leaves out 1 and p,\n"
            "  for all of a phase and point at once, is at most 0.05.\n"
            "uring: 1.408 × as fast as posix, geometric mean over 2 of 3 cases\n"
            "3 cases: 1 faster, 1 inconclusive, 1 not compared\n");
}

TEST(ComparisonText, FitsATerminalAndHasNoColorUnlessAsked) {
  auto one = comparison("read", "uring-sqpoll", "16", 0.5, Relation::inconclusive);
  one.label = "degraded: cv 14 %; the trial was throttled (2 of 10 trials); and a third reason";
  one.unpaired = 3;
  const auto all = all_of({one});
  std::istringstream lines(comparison_text(all, false));
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }), 80) << line;
  EXPECT_FALSE(has(comparison_text(all, false), "\x1b"));
  EXPECT_TRUE(has(comparison_text(all, true), "\x1b[33minconclusive\x1b[0m"));
  EXPECT_TRUE(has(comparison_text(all, false), "3 trials without a partner"));
}

TEST(ComparisonText, ForceIsMarked) {
  auto all = all_of({comparison("read", "uring", "1", 1, Relation::same)});
  EXPECT_FALSE(has(comparison_text(all, false), "FORCED"));
  all.differences = {{"iodyno.file_system", "ext4", "xfs", true},
                     {"iodyno.kernel", "6.1", "6.2", false}};
  for (const auto& text : {comparison_text(all, false), comparison_markdown(all)}) {
    EXPECT_TRUE(has(text, "FORCED: these runs are not comparable"));
    EXPECT_TRUE(has(text, "iodyno.file_system: \"ext4\" in the baseline, \"xfs\" in the results"));
    EXPECT_TRUE(has(text, "differs: iodyno.kernel"));
  }
  EXPECT_EQ(Json::parse(comparison_json(all)).at("forced"), true);
}

TEST(ComparisonMarkdown, HasATableForEachPhase) {
  auto all = all_of({comparison("read", "uring", "1", 0.5, Relation::faster),
                     not_compared("copy", "uring", "failed: a|b")});
  const std::string text = comparison_markdown(all);
  EXPECT_TRUE(has(text, "**read: uring is 2.00 × as fast as posix (1.98 to 2.02).**\n"));
  EXPECT_TRUE(has(text, "| uring, depth 1 | 2.000 | 1.980 to 2.020 | 0.004 | 10 | faster |\n"));
  EXPECT_TRUE(has(text, "| uring, depth 1 |  |  |  |  | not compared: failed: a\\|b |\n"));
  all.cases[1].not_compared = "failed: <script>`x`";
  EXPECT_TRUE(has(comparison_markdown(all), "failed: &lt;script&gt;\\`x\\` |\n"));
}

TEST(ComparisonJson, HasEveryNumber) {
  auto all = all_of({comparison("read", "uring", "1", 0.5, Relation::inconclusive),
                     not_compared("copy", "uring", "skipped: no")});
  all.cases[0].assessment.more_blocks = 7;
  all.means = {{"uring", 0.5, 1, 2}};
  const Json json = Json::parse(comparison_json(all));
  EXPECT_EQ(json.at("by"), "backend");
  EXPECT_EQ(json.at("baseline"), "posix");
  EXPECT_EQ(json.at("threshold"), 0.03);
  EXPECT_EQ(json.at("drift_controlled"), true);
  EXPECT_EQ(json.at("forced"), false);
  const Json& one = json.at("comparisons").at(0);
  EXPECT_EQ(one.at("verdict"), "inconclusive");
  EXPECT_EQ(one.at("ratio"), 0.5);
  EXPECT_EQ(one.at("interval_95").at(1), 0.505);
  EXPECT_EQ(one.at("interval_99").at(0), 0.49);
  EXPECT_EQ(one.at("p"), 0.00195);
  EXPECT_EQ(one.at("p_adjusted"), 0.0039);
  EXPECT_EQ(one.at("p_method"), "exact");
  EXPECT_EQ(one.at("n"), 10);
  EXPECT_EQ(one.at("more_blocks"), 7);
  EXPECT_EQ(one.at("point").at("depth"), "1");
  EXPECT_EQ(json.at("comparisons").at(1).at("verdict"), "not_compared");
  EXPECT_EQ(json.at("comparisons").at(1).at("reason"), "skipped: no");
  EXPECT_EQ(json.at("geometric_means").at(0).at("compared"), 1);
}

/// Of two pairs an interval may reach beyond all numbers.
TEST(ComparisonJson, HasNoNumberThatIsNone) {
  auto all = all_of({comparison("read", "uring", "1", 0.5, Relation::inconclusive)});
  all.cases[0].assessment.ratio.within99 = Interval{0, std::numeric_limits<double>::infinity()};
  all.cases[0].assessment.ratio.within95.reset();
  const Json json = Json::parse(comparison_json(all)).at("comparisons").at(0);
  EXPECT_TRUE(json.at("interval_95").is_null());
  EXPECT_TRUE(json.at("interval_99").at(1).is_null());
}

}  // namespace
}  // namespace iodyno::host
