#include "report/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "example_results.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
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
  Results results = example::results({quiet_case("read", "posix"), quiet_case("read", "uring-x")});
  results.context = {{"file_system", "ext4"}, {"target", "/mnt/data"}, {"seed", "42"}};
  EXPECT_EQ(results_table(results, false),
            "tiny  ext4 in /mnt/data, 3 repetitions, seed 42\n"
            "\n"
            "read                 median    spread  throughput  CPU/request  validity\n"
            "  posix    depth 1  1.01 us   ± 0.5 %     990 k/s       505 ns  ok\n"
            "  uring-x  depth 1  1.01 us   ± 0.5 %     990 k/s       505 ns  ok\n"
            "\n"
            "Times are per request; spread is half the interquartile range over the median.\n"
            "2 cases: 2 ok\n");
}

TEST(Table, PhasesStandTogetherInTheirOrder) {
  const std::string text =
      results_table(example::results({quiet_case("write", "posix"), quiet_case("read", "posix"),
                                      quiet_case("write", "uring")}),
                    false);
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
  const std::string text = results_table(example::results({failed, invalid, skipped}), false);
  EXPECT_TRUE(has(text, "  posix  depth 1  failed: killed by signal 11 (1 of 3 trials)\n"));
  EXPECT_TRUE(has(text, "  uring  depth 1  invalid: stamps that lie\n"));
  EXPECT_TRUE(has(text, "  aio    depth 1  skipped: no libaio\n"));
  EXPECT_FALSE(has(text, " ns"));
  EXPECT_TRUE(has(text, "3 cases: 1 invalid, 1 failed, 1 skipped\n"));
}

TEST(Table, ALongReasonGoesOnInTheNextLines) {
  CaseResult result = quiet_case("read", "posix");
  for (Sample& sample : result.samples) {
    sample.degraded = {"the device was not idle after 5 s and something else wrote to it meanwhile",
                       "the governor is powersave"};
  }
  const std::string text = results_table(example::results({result}), false);
  EXPECT_LE(columns_of(text), 80);
  EXPECT_TRUE(has(text, "  degraded:\n      the device was not idle")) << text;
}

TEST(Table, ReadsPointsForTheReader) {
  CaseResult result = quiet_case("read", "posix");
  result.point = {{"block", "65536"},
                  {"size", "1000000"},
                  {"time", "2000000000"},
                  {"order", "random"},
                  {"depth", "8"}};
  EXPECT_TRUE(has(results_table(example::results({result}), false),
                  "posix  block 64 KiB  size 1 MB  time 2.00 s  order random  depth 8"));
}

TEST(Table, SaysBytesWhereTheyAreTheMeasureAndWhatIsSynthetic) {
  CaseResult result = quiet_case("read", "null");
  result.counts_bytes = result.synthetic = true;
  const std::string text = results_table(example::results({result}), false);
  EXPECT_TRUE(has(text, "4.06 GB/s")) << text;
  EXPECT_TRUE(has(text, "505 ns  synthetic\n")) << text;
}

TEST(Table, SaysNoBytesPerSecondWhereNoneWereMoved) {
  CaseResult result = quiet_case("copy", "posix");
  result.counts_bytes = true;
  for (Sample& sample : result.samples) sample.shared = sample.requests;
  const std::string text = results_table(example::results({result}), false);
  EXPECT_FALSE(has(text, "B/s")) << text;
  EXPECT_TRUE(has(text, "ok, shared\n")) << text;
}

TEST(Table, IsColouredOnlyWhenAsked) {
  CaseResult degraded = quiet_case("read", "posix"), failed = quiet_case("read", "uring");
  degraded.samples.pop_back();
  failed.samples[0].error = "\x1b[31mhello";
  const Results results = example::results({degraded, failed});
  EXPECT_FALSE(has(results_table(results, false), "\x1b"));
  const std::string colored = results_table(results, true);
  EXPECT_TRUE(has(colored, "\x1b[33mdegraded:\x1b[0m\n      \x1b[33monly 2 repetitions\x1b[0m\n"));
  EXPECT_TRUE(has(colored, "\x1b[31mfailed:  [31mhello (1 of 3 trials)\x1b[0m")) << colored;
}

TEST(Table, SaysWhatTheHostItselfCosts) {
  CaseResult read = quiet_case("read", "posix"), copy = quiet_case("copy", "posix");
  EXPECT_FALSE(has(results_table(example::results({read}), false), "the host itself"));
  read.host_overhead_ns = 24.4;
  copy.host_overhead_ns = 130;
  EXPECT_TRUE(has(results_table(example::results({read}), false),
                  "Of a request the host itself costs 24.4 ns; a smaller difference is none.\n"));
  EXPECT_TRUE(has(results_table(example::results({read, copy}), false), "24.4 ns to 130 ns;"));
}

TEST(TimeSpent, IsToldByItsLargestParts) {
  Results results;
  EXPECT_EQ(time_spent_text(results), "took no time");
  results.spent_s = {{"clock", 2.5}, {"settling", 2.5}, {"datasets", 4.95}, {"other", 0.05}};
  EXPECT_EQ(time_spent_text(results),
            "took 10.0 s: 25 % inside the clock, 50 % datasets, 25 % settling");
}

TEST(Table, OfNothingIsNotAnError) {
  EXPECT_TRUE(has(results_table(Results(), false), "0 cases: \n"));
}

}  // namespace
}  // namespace iodyno::host
