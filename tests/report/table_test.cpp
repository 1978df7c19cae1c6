#include "report/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "example_results.hpp"
#include "read_back.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string table_of(const Results& results, bool color = false) {
  return results_table(example::read_back(results, Keep::figures), color);
}
std::string table_of(std::vector<CaseResult> cases) {
  return table_of(example::results(std::move(cases)));
}

/// Ten trials that vary by some percent.
CaseResult long_case(const std::string& phase, const std::string& backend, const std::string& depth,
                     std::uint64_t ns) {
  CaseResult result = quiet_case(phase, backend);
  result.name = "tiny/" + phase + "/backend:" + backend + "/depth:" + depth + "/real_time";
  result.point = {{"depth", depth}};
  result.samples.clear();
  for (std::uint32_t block = 0; block < 10; ++block) {
    const auto noise = ns / 100 * ((block * block * 7 + ns) % 6);
    result.samples.push_back(example::sample(block, ns + noise));
    result.samples.back().name = result.name;
  }
  return result;
}

/// With posix as the baseline.
Results compared(std::vector<CaseResult> cases) {
  Results results = example::results(std::move(cases));
  results.baseline = "posix";
  results.context = {{"baseline", "posix"}};
  return results;
}

/// Of the widest line; a byte that starts a character is a column.
std::ptrdiff_t columns_of(const std::string& text) {
  std::istringstream lines(text);
  std::ptrdiff_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    widest = std::max(
        widest, std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }
  return widest;
}

TEST(Format, DurationsHaveThreeDigits) {
  EXPECT_EQ(format_duration(0), "0 ns");
  EXPECT_EQ(format_duration(0.42), "0.420 ns");
  EXPECT_EQ(format_duration(1.5), "1.50 ns");
  EXPECT_EQ(format_duration(412), "412 ns");
  EXPECT_EQ(format_duration(999.4), "999 ns");
  EXPECT_EQ(format_duration(999.6), "1.00 us");
  EXPECT_EQ(format_duration(1234), "1.23 us");
  EXPECT_EQ(format_duration(9996), "10.0 us");
  EXPECT_EQ(format_duration(99960), "100 us");
  EXPECT_EQ(format_duration(45.6e6), "45.6 ms");
  EXPECT_EQ(format_duration(1e9), "1.00 s");
  EXPECT_EQ(format_duration(12345e9), "12345 s");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(Format, RoughBytesHaveThreeDigits) {
  EXPECT_EQ(format_rough_bytes(0), "0 B");
  EXPECT_EQ(format_rough_bytes(999), "999 B");
  EXPECT_EQ(format_rough_bytes(1000), "0.977 KiB");
  EXPECT_EQ(format_rough_bytes(3'000'000), "2.86 MiB");
  EXPECT_EQ(format_rough_bytes(std::uint64_t{100} << 30), "100 GiB");
  EXPECT_EQ(format_rough_bytes(UINT64_MAX), "16777216 TiB");
}

TEST(Format, RatesHaveAPrefix) {
  EXPECT_EQ(format_rate(0, "/s"), "0 /s");
  EXPECT_EQ(format_rate(70, "/s"), "70.0 /s");
  EXPECT_EQ(format_rate(1.23e6, "/s"), "1.23 M/s");
  EXPECT_EQ(format_rate(4.56e9, "B/s"), "4.56 GB/s");
  EXPECT_EQ(format_rate(999'999, "B/s"), "1.00 MB/s");
  EXPECT_EQ(format_rate(std::numeric_limits<double>::infinity(), "B/s"), "-");
}

TEST(Format, SizesAreExact) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(100), "100 B");
  EXPECT_EQ(format_bytes(1000), "1 KB");
  EXPECT_EQ(format_bytes(1024), "1 KiB");
  EXPECT_EQ(format_bytes(65536), "64 KiB");
  EXPECT_EQ(format_bytes(65537), "65537 B");
  EXPECT_EQ(format_bytes(1'000'000), "1 MB");
  EXPECT_EQ(format_bytes(3ull << 40), "3 TiB");
}

TEST(Table, IsWhatAReaderExpects) {
  Results results =
      compared({long_case("read", "posix", "1", 1000), long_case("read", "uring", "1", 1500),
                long_case("read", "auto", "1", 1001), long_case("read", "posix", "32", 1000),
                long_case("read", "uring", "32", 500), long_case("read", "auto", "32", 800)});
  results.context.insert({{"file_system", "ext4"}, {"target", "/mnt/data"}, {"seed", "42"}});
  EXPECT_EQ(table_of(results),
            "tiny  ext4 in /mnt/data, 10 repetitions, seed 42\n"
            "\n"
            "read: posix and auto are fastest at depth 1, not told apart; uring is fastest at\n"
            "  depth 32 (2.02 × as fast as posix, 1.98 to 2.07).\n"
            "            median  throughput      CPU       as fast as posix  validity\n"
            "  depth 1\n"
            "~   posix  1.03 us     971 k/s   515 ns               baseline  ok\n"
            "    uring  1.53 us     654 k/s   765 ns  0.67 × (0.65 to 0.69)  ok\n"
            "~   auto   1.03 us     975 k/s   513 ns  1.00 × (0.98 to 1.03)  ok\n"
            "  depth 32\n"
            "    posix  1.03 us     971 k/s   515 ns               baseline  ok\n"
            "*   uring   512 ns    1.95 M/s   256 ns  2.02 × (1.98 to 2.07)  ok\n"
            "    auto    820 ns    1.22 M/s   410 ns  1.27 × (1.24 to 1.29)  ok\n"
            "\n"
            "Times and CPU are per request; 2 × as fast is half the time. Intervals: 95 %.\n"
            "Times are medians; ratios are means over the blocks, trimmed from seven on.\n"
            "* is faster than all others; ~ are the fastest, which can't be told apart.\n"
            "6 cases: 6 ok\n");
}

/// Three blocks decide nothing: no sentence, no mark, but what to do is said once.
TEST(Table, OfFewBlocksDecidesNothing) {
  CaseResult fast = quiet_case("read", "uring");
  for (Sample& sample : fast.samples) sample.wall_ns /= 4;
  const auto results = compared({quiet_case("read", "posix"), fast, quiet_case("write", "posix"),
                                 quiet_case("write", "uring")});
  const std::string text = table_of(results);
  EXPECT_TRUE(has(text, "    uring  ")) << text;
  EXPECT_TRUE(has(text, "4.00 × (4.00 to 4.00)")) << text;
  EXPECT_TRUE(has(text,
                  "3 blocks can't tell which is faster: it takes 6 at least, better 10\n"
                  "  (--repetitions 10).\n"))
      << text;
  EXPECT_FALSE(has(text, "read: ")) << text;
  auto quick = results;
  quick.context["quick"] = "true";
  EXPECT_TRUE(has(table_of(quick), "--quick)."));
}

/// Six blocks tell one rival from the baseline; of two rivals they tell neither.
TEST(Table, ManyRivalsNeedMoreBlocks) {
  std::vector<CaseResult> cases = {long_case("read", "posix", "1", 1000),
                                   long_case("read", "uring", "1", 500),
                                   long_case("read", "mmap", "1", 2000)};
  for (CaseResult& one : cases) one.samples.resize(6);
  EXPECT_TRUE(has(table_of(compared(cases)),
                  "6 blocks can't tell which is faster: it takes 7 at least, better 10\n"));
  cases.pop_back();
  EXPECT_TRUE(has(table_of(compared(cases)), "* "));
}

TEST(Table, OfOneBackendHasTheSpread) {
  Results results = example::results({quiet_case("read", "posix"), quiet_case("write", "posix")});
  results.context = {{"baseline", "posix"}, {"file_system", "ext4"}};
  EXPECT_EQ(table_of(results),
            "tiny  ext4, 3 repetitions\n"
            "\n"
            "read               median    spread  throughput      CPU  validity\n"
            "  posix  depth 1  1.01 us   ± 0.5 %     990 k/s   505 ns  ok\n"
            "\n"
            "write              median    spread  throughput      CPU  validity\n"
            "  posix  depth 1  1.01 us   ± 0.5 %     990 k/s   505 ns  ok\n"
            "\n"
            "Times are per request; spread is half the interquartile range over the median.\n"
            "2 cases: 2 ok\n");
}

TEST(Table, PhasesStandTogetherInTheirOrder) {
  const std::string text = table_of(
      {quiet_case("write", "posix"), quiet_case("read", "posix"), quiet_case("write", "uring")});
  EXPECT_LT(text.find("write"), text.find("uring"));
  EXPECT_LT(text.find("uring"), text.find("\nread"));
}

TEST(Table, WithoutAResultThereIsNoNumber) {
  CaseResult failed = quiet_case("read", "posix"), invalid = quiet_case("read", "uring");
  CaseResult skipped = quiet_case("read", "aio");
  failed.samples[0].error = "killed by signal 11";
  for (Sample& sample : invalid.samples) sample.invalid = {"stamps that lie"};
  skipped.samples.clear();
  skipped.skipped = "no libaio";
  const std::string text = table_of({failed, invalid, skipped});
  EXPECT_TRUE(has(text, "  posix  depth 1  failed: killed by signal 11 (1 of 3 trials)\n")) << text;
  EXPECT_TRUE(has(text, "  uring  depth 1  invalid: stamps that lie\n"));
  EXPECT_TRUE(has(text, "  aio    depth 1  skipped: no libaio\n"));
  EXPECT_FALSE(has(text, " ns"));
  EXPECT_TRUE(has(text, "3 cases: 1 invalid, 1 failed, 1 skipped\n"));
}

/// It stands in the row, and not as a ratio to something that is not there.
TEST(Table, WithoutABaselineThereIsNoRatio) {
  CaseResult failed = long_case("read", "posix", "1", 1000);
  failed.samples[3].error = "EIO";
  const std::string text = table_of(compared({failed, long_case("read", "uring", "1", 500)}));
  EXPECT_TRUE(has(text, "\nread ")) << "there is nothing to say: " << text;
  EXPECT_TRUE(has(text, "    posix  failed: EIO (1 of 10 trials)\n")) << text;
  EXPECT_TRUE(has(text, "-  ok\n")) << text;
  EXPECT_FALSE(has(text, "× (")) << text;
}

TEST(Table, ALongReasonStandsBelow) {
  CaseResult result = quiet_case("read", "posix");
  for (Sample& sample : result.samples) {
    sample.degraded = {"the device was not idle after 5 s and something else wrote to it meanwhile",
                       "the governor is powersave"};
  }
  const std::string text = table_of({result});
  EXPECT_LE(columns_of(text), 80);
  EXPECT_TRUE(has(text, "505 ns\n      degraded: the device was not idle")) << text;
}

TEST(Table, ReadsPointsForTheReader) {
  CaseResult result = quiet_case("read", "posix");
  result.name =
      "tiny/read/backend:posix/block:65536/size:1000000/time:2000000000/depth:8/real_time";
  const std::string text = table_of({result});
  EXPECT_TRUE(has(text, "  posix  block 64 KiB  size 1 MB  time 2.00 s  depth 8\n")) << text;
}

TEST(Table, SaysBytesWhereTheyAreTheMeasureAndWhatIsSynthetic) {
  CaseResult result = quiet_case("read", "null");
  result.counts_bytes = result.synthetic = true;
  const std::string text = table_of({result});
  EXPECT_TRUE(has(text, "4.06 GB/s")) << text;
  EXPECT_TRUE(has(text, "505 ns  synthetic\n")) << text;
}

TEST(Table, SaysNoBytesPerSecondWhereNoneWereMoved) {
  CaseResult result = quiet_case("copy", "posix");
  result.counts_bytes = true;
  for (Sample& sample : result.samples) sample.shared = sample.requests;
  const std::string text = table_of({result});
  EXPECT_FALSE(has(text, "B/s")) << text;
  EXPECT_TRUE(has(text, "ok, shared\n")) << text;
}

/// What is marked is marked by a sign, too.
TEST(Table, IsColouredOnlyWhenAsked) {
  CaseResult degraded = quiet_case("read", "posix"), failed = quiet_case("read", "uring");
  degraded.samples.pop_back();
  failed.samples[0].error = "\x1b[31mhello";
  const Results results = example::results({degraded, failed});
  EXPECT_FALSE(has(table_of(results), "\x1b"));
  const std::string colored = table_of(results, true);
  EXPECT_TRUE(has(colored, "\x1b[33mdegraded: only 2 repetitions\x1b[0m\n")) << colored;
  EXPECT_TRUE(has(colored, "\x1b[31mfailed:  [31mhello (1 of 3 trials)\x1b[0m")) << colored;
  const auto marked = table_of(
      compared({long_case("read", "posix", "1", 1000), long_case("read", "uring", "1", 500)}),
      true);
  EXPECT_TRUE(has(marked, "\x1b[1m*   uring\x1b[0m  ")) << marked;
}

TEST(Table, SaysWhatTheHostItselfCosts) {
  Results results = example::results({quiet_case("read", "posix"), quiet_case("copy", "posix")});
  EXPECT_FALSE(has(table_of(results), "the host itself"));
  results.context = {{"host_overhead_ns.read/depth:1", "24.4"}};
  EXPECT_TRUE(has(table_of(results),
                  "Of a request the host itself costs 24.4 ns; a smaller difference is none.\n"));
  results.context["host_overhead_ns.copy/depth:1"] = "130.0";
  EXPECT_TRUE(has(table_of(results), "24.4 ns to 130 ns;"));
}

/// A name without end must not push away the figures of others.
TEST(Table, SaysThatARunWasInterrupted) {
  auto results = example::results({quiet_case("read", "posix")});
  EXPECT_FALSE(has(table_of(results), "resumed"));
  results.context = {{"resumed", "1"}, {"resumed.1.pause_s", "5"}, {"resumed.1.kept_trials", "0"}};
  EXPECT_FALSE(has(table_of(results), "resumed")) << "nothing had been measured";
  results.context["resumed.1.in"] = "read/depth:1";
  results.context["resumed.1.blocks"] = "2";
  results.context["resumed.2.pause_s"] = "720.5";
  results.context["resumed.2.in"] = "<script>\n";
  results.context["resumed.2.blocks"] = "0";
  EXPECT_TRUE(
      has(table_of(results),
          "resumed after 5 s in read/depth:1: its first 2 blocks and all before them are\n"
          "  from before the pause; after 12 min in <script> : all before it is from before\n"
          "  the pause.\n"));
}

TEST(Table, ALongNameHasALineOfItsOwn) {
  const std::string name(10'000, 'x');
  const auto text = table_of(
      compared({long_case("read", "posix", "1", 1000), long_case("read", name, "1", 500)}));
  EXPECT_TRUE(has(text, "*   " + name + "\n")) << "by itself";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(has(line, name) || columns_of(line) <= 100) << line;
}

TEST(Table, OfUsualNamesFitsATerminal) {
  std::vector<CaseResult> cases;
  for (const char* phase : {"create", "read-block"})
    for (const char* backend : {"posix", "uring", "posix-sequential", "mmap"})
      cases.push_back(long_case(phase, backend, "32", 1000 + 100 * cases.size()));
  cases.back().samples.front().degraded = {"the trial was throttled for 12 % of its time"};
  EXPECT_LE(columns_of(table_of(compared(cases))), 80) << table_of(compared(cases));
}

TEST(TimeSpent, IsToldByItsLargestParts) {
  Results results;
  EXPECT_EQ(time_spent_text(results), "took no time");
  results.spent_s = {{"clock", 2.5}, {"settling", 2.5}, {"datasets", 4.95}, {"other", 0.05}};
  EXPECT_EQ(time_spent_text(results),
            "took 10.0 s: 25 % inside the clock, 50 % datasets, 25 % settling");
}

TEST(Table, OfNothingIsNotAnError) {
  EXPECT_TRUE(has(results_table(ReadResults(), false), "0 cases: \n"));
}

}  // namespace
}  // namespace iodyno::host
