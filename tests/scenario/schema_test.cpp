#include "scenario/schema.hpp"

#include "json_schema.hpp"

namespace iodyno::host {
namespace {

JsonSchema schema() { return JsonSchema(json::parse(scenario_schema())); }

bool accepts(const JsonSchema& schema, const std::string& text) {
  Diagnostics mistakes;
  const auto node = parse_yaml(text, "test.yaml", mistakes);
  return node && schema.accepts(json_of(*node));
}

bool is_yaml(const std::string& text) {
  Diagnostics mistakes;
  return parse_yaml(text, "test.yaml", mistakes).has_value();
}

TEST(Schema, TheFileBesideTheScenariosIsFresh) {
  EXPECT_EQ(read_text(std::string(SHIPPED_SCENARIOS) + "/scenario.schema.json"), scenario_schema())
      << "iodyno schema > scenarios/scenario.schema.json makes it anew";
}

TEST(Schema, IsOfTheDraftThatEditorsKnow) {
  EXPECT_EQ(json::parse(scenario_schema())["$schema"], "http://json-schema.org/draft-07/schema#");
}

TEST(Schema, AcceptsEveryValidScenario) {
  const auto checked = schema();
  for (const auto& directory : {VALID_SCENARIOS, SHIPPED_SCENARIOS})
    for (const auto& file : scenario_files(directory))
      EXPECT_TRUE(accepts(checked, read_text(file))) << file;
}

// A schema can't compare one value with another, and JSON has no key twice: these the parser alone
// finds. All other mistakes an editor shows, too.
const std::set<std::string> kOnlyTheParserFinds = {"baseline",
                                                   "baseline-typo",
                                                   "block-larger-than-file",
                                                   "block-larger-than-swept-file",
                                                   "block-missing",
                                                   "direct-odd-block",
                                                   "directories",
                                                   "directories-swept",
                                                   "duplicate-as",
                                                   "duplicate-dataset",
                                                   "duplicate-mix",
                                                   "duplicate-option",
                                                   "duplicate-phase",
                                                   "duplicate-phase-name",
                                                   "duplicate-size",
                                                   "duplicate-sweep",
                                                   "duplicate-sweep-point",
                                                   "from-directories",
                                                   "labels",
                                                   "lifecycle-order",
                                                   "lifecycle-pin",
                                                   "lifecycle-swept",
                                                   "limits",
                                                   "only-for-no-phase",
                                                   "only-for-others",
                                                   "percentages",
                                                   "rate-untimed",
                                                   "sizes-log-uniform",
                                                   "sizes-of-files",
                                                   "sizes-to-draw",
                                                   "sweep-duplicate-listed",
                                                   "sweep-duplicate-points",
                                                   "sweep-of-a-tree",
                                                   "swept-block-larger",
                                                   "time-with-count",
                                                   "too-large-swept",
                                                   "too-large-together",
                                                   "too-many-cases",
                                                   "too-many-variants"};

TEST(Schema, RejectsWhatASchemaCan) {
  const auto checked = schema();
  std::set<std::string> accepted;
  std::size_t rejected = 0;
  for (const auto& file : scenario_files(WRONG_SCENARIOS)) {
    const auto text = read_text(file);
    if (!is_yaml(text)) continue;
    if (accepts(checked, text))
      accepted.insert(file.stem());
    else
      ++rejected;
  }
  EXPECT_EQ(accepted, kOnlyTheParserFinds);
  EXPECT_GT(rejected, 40u);
}

struct Value {
  const char* key;
  const char* value;
  bool right;
};

// Value by value, the schema and the parser are of one mind.
TEST(Schema, AgreesWithTheParserOnValues) {
  const std::vector<Value> table = {
      {"depth", "8", true},
      {"depth", "0", false},
      {"depth", "65537", false},
      {"depth", "1.5", false},
      {"depth", "'8'", false},
      {"timed", "true", true},
      {"timed", "yes", false},
      {"cache", "as_is", true},
      {"cache", "'warm'", true},
      {"cache", "Warm", false},
      {"rate", "2.5 k/s", true},
      {"rate", "1e3/s", false},
      {"rate", "5000", false},
      {"consume", "{count: 7}", true},
      {"consume", "{count: ''}", false},
      {"consume", "all", false},
      {"pin", "[0, 1023]", true},
      {"pin", "none", true},
      {"pin", "[]", false},
      {"pin", "1024", false},
      {"dataset", "{size: 1.5 KiB}", true},
      {"dataset", "{size: 1.5 kib}", false},
      {"dataset", "{size: {min: 1 B, max: 2 B}}", true},
      {"dataset", "{size: {min: 1 B}}", false},
      {"dataset", "{content: {compressible: 50%}}", true},
      {"dataset", "{content: {compressible: 5e1%}}", false},
      {"dataset", "{from: 2024}", true},
      {"sweep", "{depth: [1]}", true},
      {"sweep", "{depth: []}", false},
      {"sweep", "{depth: 1}", false},
      {"sweep", "[{depth: 1}]", true},
      {"sweep", "{name: [a]}", false},
      {"backends", "[null]", true},
      {"backends", "[{null: {a: [1, b, true]}, as: null}]", true},
      {"backends", "[{posix: {a: []}}]", false},
      {"backends", "[{posix: {a: {b: c}}}]", false},
      {"backends", "[{posix: {}, as: a b}]", false},
      {"time_limit", "1.5 h", true},
      {"time_limit", "1.5", false},
      {"seed", "18446744073709551615", true},
      {"seed", "-1", false},
      {"about", "7", true},
  };
  const auto checked = schema();
  for (const auto& [key, value, right] : table) {
    const auto text = "scenario: a\nphases:\n  - {name: read, op: read}\n" + std::string(key) +
                      ": " + value + "\n";
    EXPECT_EQ(mistakes_in(text).empty(), right) << text;
    EXPECT_EQ(accepts(checked, text), right) << text;
  }
}

}  // namespace
}  // namespace iodyno::host
