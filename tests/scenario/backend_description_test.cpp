#include "scenario/backend_description.hpp"

#include "support.hpp"

namespace iodyno::host {
namespace {

OptionDescription option(std::uint32_t type, OptionValue fallback = std::int64_t{0}) {
  return {.name = "option", .type = type, .fallback = fallback, .min = fallback, .max = fallback};
}

template <class T>
OptionDescription within(std::uint32_t type, T min, T max) {
  auto description = option(type, OptionValue(min));
  description.min = min;
  description.max = max;
  description.bounded = true;
  return description;
}

OptionDescription choice() {
  auto description = option(IODYNO_CHOICE);
  description.choices = {"sequential", "random", "null"};
  return description;
}

Node written(const std::string& text, bool quoted = false) {
  return {.text = text, .quoted = quoted};
}

struct Right {
  OptionDescription option;
  const char* text;
  OptionValue value;
  const char* printed;
};

TEST(Options, OfEveryType) {
  const std::vector<Right> table = {
      {option(IODYNO_BOOL), "true", std::int64_t{1}, "true"},
      {option(IODYNO_BOOL), "false", std::int64_t{0}, "false"},
      {option(IODYNO_INT), "-7", std::int64_t{-7}, "-7"},
      {within<std::int64_t>(IODYNO_INT, 1, 64), "64", std::int64_t{64}, "64"},
      {option(IODYNO_REAL, 0.0), "0.25", 0.25, "0.25"},
      {within(IODYNO_REAL, -1.0, 1.0), "-1", -1.0, "-1"},
      {option(IODYNO_TEXT, std::string()), "any text: at all", std::string("any text: at all"),
       "any text: at all"},
      {choice(), "random", std::int64_t{1}, "random"},
      {choice(), "null", std::int64_t{2}, "null"},
      {option(IODYNO_SIZE), "1.5 KiB", std::int64_t{1536}, "1536 B"},
      {option(IODYNO_SIZE), "64 KiB", std::int64_t{65536}, "64 KiB"},
      {option(IODYNO_TIME), "1.5 ms", std::int64_t{1'500'000}, "1500 us"},
  };
  for (const auto& [description, text, value, printed] : table) {
    const auto parsed = parse_option(description, written(text));
    ASSERT_TRUE(parsed.value) << text << " " << parsed.problem;
    EXPECT_EQ(*parsed.value, value) << text;
    EXPECT_EQ(format_option(description, value), printed);
  }
}

TEST(Options, WhatIsNone) {
  const auto from_1_to_64 = within<std::int64_t>(IODYNO_INT, 1, 64);
  const auto sizes = within<std::int64_t>(IODYNO_SIZE, 4096, 1 << 20);
  const std::vector<std::tuple<OptionDescription, Node, std::string>> table = {
      {option(IODYNO_BOOL), written("yes"), "is neither true nor false"},
      {option(IODYNO_BOOL), written("1"), "is neither true nor false"},
      {option(IODYNO_BOOL), written("true", true), "is text; write it without quotes"},
      {option(IODYNO_INT), written("4", true), "is text; write it without quotes"},
      {option(IODYNO_INT), written("4.0"), "is not a whole number, in digits"},
      {from_1_to_64, written("0"), "is too small; at least 1"},
      {from_1_to_64, written("65"), "is too large; at most 64"},
      {from_1_to_64, written("99999999999999999999"), "is out of range"},
      {option(IODYNO_REAL), written("nan"), "is not a number"},
      {within(IODYNO_REAL, 0.5, 1.0), written("0.4"), "is too small; at least 0.5"},
      {sizes, written("1 KiB"), "is too small; at least 4 KiB"},
      {sizes, written("2 MiB"), "is too large; at most 1 MiB"},
      {sizes, written("4096"),
       "needs a unit: B, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB, EB, EiB"},
      {option(IODYNO_TIME), written("5 sec"),
       "has an unknown unit; known are ns, us, ms, s, min, h"},
      {choice(), written("sequental"),
       "is none of sequential, random, null; did you mean \"sequential\"?"},
      {choice(), written("both"), "is none of sequential, random, null"},
  };
  for (const auto& [description, node, problem] : table) {
    const auto parsed = parse_option(description, node);
    EXPECT_FALSE(parsed.value) << node.text;
    EXPECT_EQ(parsed.problem, problem) << node.text;
  }
}

TEST(Options, Ranges) {
  EXPECT_EQ(describe_range(option(IODYNO_BOOL)), "true or false");
  EXPECT_EQ(describe_range(option(IODYNO_TEXT)), "text");
  EXPECT_EQ(describe_range(choice()), "one of sequential, random, null");
  EXPECT_EQ(describe_range(option(IODYNO_INT)), "a whole number");
  EXPECT_EQ(describe_range(within<std::int64_t>(IODYNO_INT, 1, 64)), "a whole number from 1 to 64");
  EXPECT_EQ(describe_range(within(IODYNO_REAL, 0.5, 1.0)), "a number from 0.5 to 1");
  EXPECT_EQ(describe_range(within<std::int64_t>(IODYNO_SIZE, 4096, 1 << 20)),
            "a size from 4 KiB to 1 MiB");
  EXPECT_EQ(describe_range(option(IODYNO_TIME)), "a time");
}

BackendDescription ring() {
  BackendDescription backend{.name = "uring"};
  backend.options = {option(IODYNO_BOOL, std::int64_t{1}), within<std::int64_t>(IODYNO_INT, 8, 64)};
  backend.options[0].name = "sqpoll";
  backend.options[1].name = "entries";
  return backend;
}

Texts resolved(const std::string& backends, std::vector<OptionValue>& values) {
  const auto scenario =
      parse("scenario: a\nphases:\n  - {name: read, op: read}\nbackends:\n" + backends);
  Diagnostics mistakes;
  for (const auto& choice : scenario.backends) values = resolve_options(choice, ring(), mistakes);
  Texts texts;
  for (const auto& mistake : mistakes) texts.push_back(text_of(mistake, "test.yaml"));
  return texts;
}

TEST(Options, EveryOptionGetsAValue) {
  std::vector<OptionValue> values;
  EXPECT_EQ(resolved("  - uring\n", values), Texts{});
  EXPECT_EQ(values, (std::vector<OptionValue>{std::int64_t{1}, std::int64_t{8}}));
  EXPECT_EQ(resolved("  - {uring: {entries: 32, sqpoll: false}}\n", values), Texts{});
  EXPECT_EQ(values, (std::vector<OptionValue>{std::int64_t{0}, std::int64_t{32}}));
}

TEST(Options, MistakesAreToldAtTheirPlaceAllAtOnce) {
  std::vector<OptionValue> values;
  EXPECT_EQ(resolved("  - posix\n  - {uring: {sqpol: true, entries: 7, depth: 3}}\n", values),
            (Texts{"6:14: backends[1].uring.sqpol: backend uring has no such option; did you mean "
                   "\"sqpoll\"?",
                   "6:36: backends[1].uring.entries: \"7\" is too small; at least 8",
                   "6:39: backends[1].uring.depth: backend uring has no such option"}));
}

TEST(Options, OfABackendWithoutAny) {
  Diagnostics mistakes;
  resolve_options(
      {.name = "posix", .options = {{"a", written("1"), {}}}, .path = "backends[0].posix"},
      {.name = "posix"}, mistakes);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(mistakes[0].message, "backend posix has no such option; it has none");
}

}  // namespace
}  // namespace iodyno::host
