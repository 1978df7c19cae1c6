// docs/writing-a-scenario.md says what the key table says, and each of its scenarios is one.
#include "json_schema.hpp"
#include "scenario/keys.hpp"
#include "scenario/operation.hpp"
#include "scenario/reference.hpp"
#include "scenario/schema.hpp"
#include "support.hpp"

namespace iodyno::host {
namespace {

TEST(ScenarioPage, ContainsTheReferenceAsItIsGenerated) {
  const auto page = read_text(SCENARIO_PAGE);
  const std::string begin = "<!-- reference: generated -->\n", end = "<!-- reference: end -->";
  const auto from = page.find(begin), to = page.find(end);
  ASSERT_NE(from, page.npos);
  ASSERT_NE(to, page.npos);
  EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), scenario_reference());
}

Texts yaml_blocks(const std::string& page) {
  Texts blocks;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```yaml") {
      inside = true;
      blocks.emplace_back();
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(ScenarioPage, EveryScenarioInItIsValid) {
  const JsonSchema schema(json::parse(scenario_schema()));
  const auto blocks = yaml_blocks(read_text(SCENARIO_PAGE));
  EXPECT_GE(blocks.size(), 5u);
  for (const auto& block : blocks) {
    const auto scenario = parse(block);
    EXPECT_NE(scenario.name, "");
    Diagnostics mistakes;
    const auto node = parse_yaml(block, "page", mistakes);
    ASSERT_TRUE(node);
    EXPECT_TRUE(schema.accepts(json_of(*node))) << block;
  }
}

TEST(Reference, HasARowForEveryKeyAndOperation) {
  const auto reference = scenario_reference();
  for (const auto& key : keys()) {
    EXPECT_NE(reference.find("\n| `" + std::string(key.name) + "` | "), reference.npos) << key.name;
    EXPECT_TRUE(key.doc.ends_with('.')) << key.doc;
  }
  for (const auto& row : operations())
    EXPECT_NE(reference.find("\n| `" + std::string(row.name) + "` | "), reference.npos) << row.name;
}

TEST(Reference, EveryRowHasTheColumnsOfItsTable) {
  std::istringstream lines(scenario_reference());
  std::ptrdiff_t columns = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    std::ptrdiff_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << line;
  }
}

}  // namespace
}  // namespace iodyno::host
