#include "scenario/units.hpp"

#include <gtest/gtest.h>

#include "scenario/diagnostic.hpp"
#include "scenario/random.hpp"

namespace iodyno::host {
namespace {

template <class T>
struct Right {
  const char* text;
  T value;
};
struct Wrong {
  const char* text;
  std::string problem;
};

const std::string kSizes = "B, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB, EB, EiB";
const std::string kTimes = "ns, us, ms, s, min, h";

template <class T>
void expect_right(Parsed<T> (*parse)(std::string_view), const std::vector<Right<T>>& table) {
  for (const auto& [text, value] : table) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.value) << text << " " << parsed.problem;
    EXPECT_EQ(*parsed.value, value) << text;
    EXPECT_EQ(parsed.problem, "") << text;
  }
}

template <class T>
void expect_wrong(Parsed<T> (*parse)(std::string_view), const std::vector<Wrong>& table) {
  for (const auto& [text, problem] : table) {
    const auto parsed = parse(text);
    EXPECT_FALSE(parsed.value) << text;
    EXPECT_EQ(parsed.problem, problem) << text;
  }
}

TEST(Units, SizesAreExact) {
  expect_right<std::uint64_t>(parse_size, {{"0 B", 0},
                                           {"100 B", 100},
                                           {"100B", 100},
                                           {"4   KiB", 4096},
                                           {"007 B", 7},
                                           {"1 KB", 1000},
                                           {"1 KiB", 1024},
                                           {"1.5 KiB", 1536},
                                           {"0.001 KB", 1},
                                           {"2.50 MB", 2'500'000},
                                           {"1 MiB", 1 << 20},
                                           {"1 TB", 1'000'000'000'000},
                                           {"1 PiB", std::uint64_t{1} << 50},
                                           {"1 EB", 1'000'000'000'000'000'000},
                                           {"7 EiB", 7 * (std::uint64_t{1} << 60)},
                                           {"9223372036854775807 B", INT64_MAX},
                                           // A double would make 9007199254740992 of it.
                                           {"9007199254740993 B", 9007199254740993},
                                           {"9.007199254740993 PB", 9007199254740993},
                                           {"0.0009765625 KiB", 1}});
}

TEST(Units, WhatIsNoSize) {
  expect_wrong(parse_size, {{"", "is not a size"},
                            {"KiB", "is not a size"},
                            {"four KiB", "is not a size"},
                            {"-4 KiB", "is not a size"},
                            {"+4 KiB", "is not a size"},
                            {" 4 KiB", "is not a size"},
                            {".5 KiB", "is not a size"},
                            {"5. KiB", "is not a size"},
                            {"1.2.3 KiB", "is not a size"},
                            {"4096", "needs a unit: " + kSizes},
                            {"4 ", "needs a unit: " + kSizes},
                            {"4 Kib", "has an unknown unit; did you mean \"KiB\"?"},
                            {"4 mb", "has an unknown unit; did you mean \"MB\"?"},
                            {"4 K", "has an unknown unit; known are " + kSizes},
                            {"4 bytes", "has an unknown unit; known are " + kSizes},
                            {"4 KiB x", "has an unknown unit; known are " + kSizes},
                            {"1e3 B", "has an unknown unit; known are " + kSizes},
                            {"0.3 KiB", "is not a whole number of B"},
                            {"0.5 B", "is not a whole number of B"},
                            {"8 EiB", "is too large"},
                            {"16 EiB", "is too large"},
                            {"9223372036854775808 B", "is too large"},
                            {"99999999999999999999999999999999999999999 B", "is too large"},
                            {"0.00000000000000000000001 EiB", "has too many digits"}});
}

TEST(Units, TimesAreExact) {
  expect_right<std::uint64_t>(parse_time, {{"0 ns", 0},
                                           {"5 ms", 5'000'000},
                                           {"1.5 s", 1'500'000'000},
                                           {"250us", 250'000},
                                           {"0.000000001 s", 1},
                                           {"2 min", 120'000'000'000},
                                           {"1.25 h", 4'500'000'000'000}});
  expect_wrong(parse_time, {{"90", "needs a unit: " + kTimes},
                            {"5 sec", "has an unknown unit; known are " + kTimes},
                            {"5 S", "has an unknown unit; did you mean \"s\"?"},
                            {"5 mins", "has an unknown unit; did you mean \"min\"?"},
                            {"5 m", "has an unknown unit; known are " + kTimes},
                            {"0.5 ns", "is not a whole number of ns"},
                            {"9999999 h", "is too large"},
                            {"soon", "is not a time"}});
}

TEST(Units, Counts) {
  expect_right<std::uint64_t>(parse_count,
                              {{"0", 0}, {"10000", 10'000}, {"18446744073709551615", UINT64_MAX}});
  expect_wrong(parse_count, {{"", "is not a whole number, in digits"},
                             {"1e19", "is not a whole number, in digits"},
                             {"1.0", "is not a whole number, in digits"},
                             {"10_000", "is not a whole number, in digits"},
                             {"0x10", "is not a whole number, in digits"},
                             {"+1", "is not a whole number, in digits"},
                             {" 1", "is not a whole number, in digits"},
                             {"-", "is not a whole number, in digits"},
                             {"-1", "is negative"},
                             {"18446744073709551616", "is too large"}});
}

TEST(Units, Integers) {
  expect_right<std::int64_t>(parse_integer,
                             {{"-3", -3}, {"0", 0}, {"-9223372036854775808", INT64_MIN}});
  expect_wrong(parse_integer, {{"3.5", "is not a whole number, in digits"},
                               {"9223372036854775808", "is out of range"},
                               {"-9223372036854775809", "is out of range"}});
}

TEST(Units, Reals) {
  expect_right<double>(parse_real, {{"0.99", 0.99}, {"-1e-3", -1e-3}, {"7", 7}});
  expect_wrong(parse_real, {{"", "is not a number"},
                            {"nan", "is not a number"},
                            {"inf", "is not a number"},
                            {"1.5x", "is not a number"},
                            {"1e400", "is out of range"},
                            {"1e-400", "is out of range"}});
}

TEST(Units, Percentages) {
  expect_right<double>(parse_percent, {{"0%", 0}, {"50%", 0.5}, {"2.5 %", 0.025}, {"100%", 1}});
  expect_wrong(parse_percent, {{"50", "needs a percent sign, as in 50%"},
                               {"0.5", "needs a percent sign, as in 50%"},
                               {"50 percent", "needs a percent sign, as in 50%"},
                               {"%", "is not a percentage, such as 50%"},
                               {"-1%", "is not a percentage, such as 50%"},
                               {"1e1%", "is not a percentage, such as 50%"},
                               {"nan%", "is not a percentage, such as 50%"},
                               {"100.1%", "is more than 100%"}});
}

TEST(Units, Rates) {
  expect_right<double>(parse_rate,
                       {{"5000/s", 5000}, {"2.5 k/s", 2500}, {"1 M/s", 1e6}, {"0.5 /s", 0.5}});
  expect_wrong(parse_rate, {{"5000", "needs a unit: /s, k/s, M/s"},
                            {"fast", "is not a rate, such as 5000/s"},
                            {"-5/s", "is not a rate, such as 5000/s"},
                            {"5/min", "has an unknown unit; known are /s, k/s, M/s"},
                            {"0/s", "is too small; at least 0.001/s"},
                            {"0.0001/s", "is too small; at least 0.001/s"},
                            {"10000 M/s", "is too large; at most 1000 M/s"}});
  const auto digits = std::string(400, '9') + "/s";
  EXPECT_EQ(parse_rate(digits).problem, "is too large; at most 1000 M/s");
}

TEST(Units, ShortestForm) {
  const std::vector<Right<std::uint64_t>> sizes = {{"0 B", 0},
                                                   {"100 B", 100},
                                                   {"1000 B", 1000},
                                                   {"1 KiB", 1024},
                                                   {"1536 B", 1536},
                                                   {"64 KiB", 64 << 10},
                                                   {"3 MiB", 3 << 20},
                                                   {"1 EiB", std::uint64_t{1} << 60},
                                                   {"18446744073709551615 B", UINT64_MAX}};
  for (const auto& [text, value] : sizes) EXPECT_EQ(format_size(value), text);
  const std::vector<Right<std::uint64_t>> times = {
      {"0 ns", 0}, {"1500 us", 1'500'000}, {"300 ms", 300'000'000}, {"90 s", 90'000'000'000}};
  for (const auto& [text, value] : times) EXPECT_EQ(format_time(value), text);
}

TEST(Units, WhatIsFormattedIsReadBack) {
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto value = mix(i) >> (1 + i % 63) << (i % 7 == 0 ? 10 : 0) & INT64_MAX;
    EXPECT_EQ(parse_size(format_size(value)).value, value);
    EXPECT_EQ(parse_time(format_time(value)).value, value);
  }
}

TEST(Units, Tokens) {
  for (const char* token : {"a", "A-z_0.9", "-", "4096"}) EXPECT_TRUE(is_token(token)) << token;
  for (const char* text : {"", "a b", "a/b", "a:b", "ä", "a\n"}) EXPECT_FALSE(is_token(text));
}

TEST(Suggestions, NearestOfSeveral) {
  const std::vector<std::string_view> names = {"depth", "direct", "durability", "op", "order"};
  EXPECT_EQ(nearest("dpeth", names), "depth");  // two letters swapped are one mistake
  EXPECT_EQ(nearest("DEPTH", names), "depth");
  EXPECT_EQ(nearest("oder", names), "order");
  EXPECT_EQ(nearest("opp", names), "op");
  EXPECT_EQ(nearest("iodepth", names), "depth");
}

TEST(Suggestions, NoGuessThatMisleads) {
  const std::vector<std::string_view> names = {"depth", "op", "a"};
  EXPECT_EQ(nearest("threads", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("x", names), "");
  EXPECT_EQ(nearest("op", names), "");  // it is known, and wrong for another reason
  EXPECT_EQ(nearest(std::string(65, 'a'), names), "");
  EXPECT_EQ(suggestion("threads", names), "");
  EXPECT_EQ(suggestion("dept", names), "; did you mean \"depth\"?");
}

TEST(Diagnostics, AreOneLineEach) {
  const auto file = std::make_shared<const std::string>("dir/a.yaml");
  EXPECT_EQ(to_text({{file, 3, 7}, "phases[0].op", "is wrong"}),
            "dir/a.yaml:3:7: error: phases[0].op: is wrong");
  EXPECT_EQ(to_text({{file, 0, 0}, "", "is wrong"}), "dir/a.yaml: error: is wrong");
  EXPECT_EQ(to_text({{}, "", "is wrong"}), "error: is wrong");
  EXPECT_EQ(to_text({{}, "a\nb", "\x1b[31m \"für\""}), "error: a\\x0ab: \\x1b[31m \"für\"");
}

TEST(Diagnostics, QuotesAreCutBetweenLetters) {
  EXPECT_EQ(quote("short"), "\"short\"");
  EXPECT_EQ(quote(std::string(60, 'a')), '"' + std::string(60, 'a') + '"');
  EXPECT_EQ(quote(std::string(61, 'a')), '"' + std::string(57, 'a') + "...\"");
  EXPECT_EQ(quote(std::string(56, 'a') + "äääää"), '"' + std::string(56, 'a') + "...\"");
}

}  // namespace
}  // namespace iodyno::host
