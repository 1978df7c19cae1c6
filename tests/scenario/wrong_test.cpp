// Each file of wrong/ is a scenario with mistakes. Its last lines, `#! LINE:COLUMN: KEY: message`,
// are all that must be said of it, in this order.
#include "support.hpp"

namespace iodyno::host {
namespace {

class Wrong : public testing::TestWithParam<std::filesystem::path> {};
INSTANTIATE_TEST_SUITE_P(Scenario, Wrong, testing::ValuesIn(scenario_files(WRONG_SCENARIOS)),
                         [](const auto& file) {
                           auto name = file.param.stem().string();
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

Texts expected_in(const std::string& text) {
  Texts expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("#! ")) expected.push_back(line.substr(3));
  return expected;
}

TEST_P(Wrong, EveryMistakeIsToldOnceAndAtItsPlace) {
  const auto text = read_text(GetParam());
  const auto expected = expected_in(text);
  ASSERT_FALSE(expected.empty()) << "no line begins with #!";
  EXPECT_EQ(mistakes_in(text), expected);
}

const std::string kRest = "phases:\n  - {name: read, op: read}\n";

TEST(WrongText, MoreThanAMebibyte) {
  const auto fill = [](std::size_t size) {
    auto text = "scenario: long\n" + kRest + "# ";
    return text + std::string(size - text.size(), '-');
  };
  EXPECT_EQ(mistakes_in(fill(1 << 20)), Texts{});
  EXPECT_EQ(mistakes_in(fill((1 << 20) + 1)), Texts{"1:1: more than 1 MiB of text"});
}

TEST(WrongText, HugeNumbersOfThingsAreRefusedQuickly) {
  std::string phases = "scenario: many\nphases:\n", values = "1", backends = "a";
  for (int i = 0; i < 1'001; ++i) phases += "  - {name: p" + std::to_string(i) + ", op: read}\n";
  for (int i = 2; i < 10'002; ++i) values += "," + std::to_string(i);
  for (int i = 0; i < 1'000; ++i) backends += ",b" + std::to_string(i);
  EXPECT_EQ(mistakes_in(phases), Texts{"3:3: phases: more than 1000 phases"});
  EXPECT_EQ(mistakes_in("scenario: many\n" + kRest + "sweep: {batch: [" + values + "]}\n"),
            Texts{"4:9: sweep.batch: more than 10000 points"});
  EXPECT_EQ(mistakes_in("scenario: many\n" + kRest + "backends: [" + backends + "]\n"),
            Texts{"4:11: backends: more than 1000 backends"});
}

TEST(WrongText, DeepNestingIsRefusedBeforeItCosts) {
  const auto text = "scenario: deep\n" + kRest + "sweep: " + std::string(500'000, '[');
  const auto mistakes = mistakes_in(text);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_TRUE(mistakes[0].starts_with("4:") && mistakes[0].ends_with(": nested deeper than 16"));
}

TEST(WrongText, BytesThatTheParserWouldPassOver) {
  const std::string end_of_text =
      "scenario: control\nabout: a\x04"
      "b\n" +
      kRest;
  EXPECT_EQ(mistakes_in(end_of_text), Texts{"2:9: a control character"});
  EXPECT_EQ(mistakes_in(std::string("scenario: nul\0\n", 15) + kRest),
            Texts{"1:14: a control character"});
  for (const char* bytes : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"})
    EXPECT_EQ(mistakes_in("scenario: bytes\nabout: '" + std::string(bytes) + "'\n" + kRest),
              Texts{"2:9: not UTF-8"});
  EXPECT_EQ(mistakes_in("\xff\xfes\0c\0"), Texts{"1:1: not UTF-8"});  // UTF-16
}

TEST(WrongText, MistakesOfSeveralScenariosDoNotMix) {
  Diagnostics mistakes;
  EXPECT_FALSE(parse_scenario("scenario: a b\n" + kRest, "a.yaml", {}, mistakes));
  EXPECT_TRUE(parse_scenario("scenario: b\nlifecycle: false\n" + kRest, "b.yaml", {}, mistakes));
  EXPECT_FALSE(parse_scenario("scenario: c\n" + kRest + "sweep: {size: [1 B], files: [1, 1]}\n",
                              "c.yaml", {}, mistakes));
  ASSERT_EQ(mistakes.size(), 2u);
  EXPECT_TRUE(to_text(mistakes[1]).starts_with("c.yaml:4:8: error: sweep: has the same point"));
}

// Whatever is cut off, or changed, is refused or read: nothing else may happen.
TEST(WrongText, EveryBeginningOfAScenarioIsHandled) {
  const auto text = read_text(std::string(VALID_SCENARIOS) + "/every-key.yaml");
  for (std::size_t size = 0; size < text.size(); ++size) mistakes_in(text.substr(0, size));
}

TEST(WrongText, EveryChangedLetterIsHandled) {
  const auto text = read_text(std::string(VALID_SCENARIOS) + "/every-key.yaml");
  const std::string letters = "{}[]:,-#&*!|>'\"%@` \n\t0~?x";
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = letters[i % letters.size()];
    mistakes_in(changed);
  }
}

}  // namespace
}  // namespace iodyno::host
