#include "scenario/node.hpp"
#include "support.hpp"

namespace iodyno::host {
namespace {

Node yaml(const std::string& text) {
  Diagnostics mistakes;
  auto node = parse_yaml(text, "test.yaml", mistakes);
  for (const auto& mistake : mistakes) ADD_FAILURE() << to_text(mistake);
  return node.value_or(Node{});
}

std::string place(const Node& node) {
  return std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
}

TEST(Yaml, PositionsCountFromOne) {
  const auto root = yaml("# comment\n\nphases:\n  - name: read\n    sweep: {depth: [1, 8]}\n");
  EXPECT_EQ(place(root), "3:1");
  const auto& phase = root.find("phases")->items[0];
  EXPECT_EQ(place(phase), "4:5");
  EXPECT_EQ(place(*phase.find("name")), "4:11");
  EXPECT_EQ(place(*phase.find("sweep")), "5:12");
  EXPECT_EQ(place(phase.find("sweep")->find("depth")->items[1]), "5:24");
  EXPECT_EQ(*root.at.source, "test.yaml");
}

TEST(Yaml, KeepsWhatWasWritten) {
  const auto root = yaml("a: 1\nb: '1'\nc: \"\"\nd: true\nb: again\ne: |\n  block\n");
  ASSERT_EQ(root.entries.size(), 6u);
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_TRUE(root.find("b")->quoted);
  EXPECT_FALSE(root.find("c")->empty());
  EXPECT_EQ(root.find("d")->text, "true");
  EXPECT_EQ(root.find("b")->text, "1");
  EXPECT_EQ(root.find("e")->text, "block\n");
  EXPECT_TRUE(root.find("e")->quoted);
  EXPECT_EQ(root.find("f"), nullptr);
}

TEST(Yaml, NullIsAWord) {
  for (const char* word : {"null", "Null", "NULL", "~"}) {
    const std::string text(word);
    EXPECT_EQ(yaml(text).text, text);
    EXPECT_EQ(yaml("[" + text + ", a]").items[0].text, text);
    EXPECT_EQ(yaml("- a\n- " + text + "\n- b\n").items[1].text, text);
    EXPECT_EQ(yaml("a: " + text + "\nb: c\n").find("a")->text, text);
    EXPECT_EQ(yaml("a: " + text + " # comment\n").find("a")->text, text);
    EXPECT_EQ(yaml("{a: " + text + "}").find("a")->text, text);
    EXPECT_NE(yaml("{" + text + ": a}").find(text), nullptr);
    EXPECT_NE(yaml(text + ": a\nb: c\n").find(text), nullptr);
    EXPECT_EQ(yaml("ü: [ß, " + text + "]").find("ü")->items[1].text, text);
    EXPECT_EQ(yaml("\xEF\xBB\xBF"
                   "a: " +
                   text)
                  .find("a")
                  ->text,
              text);
    EXPECT_EQ(yaml("a: b\r\nc: " + text + "\r\nd: e\r\n").find("c")->text, text);
  }
}

TEST(Yaml, AnAbsentValueIsAtItsKey) {
  const auto root = yaml("a:\nnull: x\nb:\n  c:\n\n# comment\nd: {e: , f: }\ng:\n");
  for (const auto& [key, where] :
       std::vector<std::pair<std::string, std::string>>{{"a", "1:1"}, {"g", "8:1"}}) {
    EXPECT_TRUE(root.find(key)->empty()) << key;
    EXPECT_EQ(place(*root.find(key)), where);
  }
  EXPECT_EQ(place(*root.find("b")->find("c")), "4:3");
  EXPECT_EQ(place(*root.find("d")->find("e")), "7:5");
  EXPECT_EQ(place(*root.find("d")->find("f")), "7:10");
  EXPECT_EQ(root.find("null")->text, "x");
}

TEST(Yaml, AnAbsentValueBeforeAKeyThatBeginsLikeNull) {
  for (const std::string key : {"nullable", "null", "~x", "~", "Nullary", "'null'"}) {
    const auto root = yaml("a:\n" + key + ": 1\n");
    EXPECT_TRUE(root.find("a")->empty()) << key;
  }
}

TEST(Yaml, AnAbsentItemIsAtItsList) {
  const auto root = yaml("a:\n  -\n  - null\n  -\n");
  const auto& items = root.find("a")->items;
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(items[0].empty());
  EXPECT_EQ(items[1].text, "null");
  EXPECT_TRUE(items[2].empty());
  EXPECT_EQ(place(items[2]), "2:3");
}

TEST(Yaml, AByteOrderMarkIsNoColumn) {
  const auto root = yaml(
      "\xEF\xBB\xBF"
      "scenario: a\n");
  EXPECT_EQ(place(root), "1:1");
  EXPECT_EQ(place(*root.find("scenario")), "1:11");
}

TEST(Yaml, QuotationMarksEnd) {
  EXPECT_EQ(yaml("'it''s'").text, "it's");
  EXPECT_EQ(yaml(R"("a \" b \\")").text, R"(a " b \)");
  EXPECT_EQ(yaml("a: 'b'\n\"c\": d\n").find("c")->text, "d");
  for (const char* text : {"a: 'b", "a: \"b\\\"", "a: 'b''", "'a", "[a, \"b]"}) {
    Diagnostics mistakes;
    EXPECT_FALSE(parse_yaml(text, "test.yaml", mistakes)) << text;
    ASSERT_EQ(mistakes.size(), 1u) << text;
  }
}

TEST(Yaml, OneDocumentMayBeginAndEndExplicitly) {
  EXPECT_EQ(yaml("%YAML 1.2\n---\na: 1\n...\n").find("a")->text, "1");
}

TEST(Yaml, SixteenLevels) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "a" + std::string(depth, ']');
  };
  yaml(nested(16));
  Diagnostics mistakes;
  EXPECT_FALSE(parse_yaml(nested(17), "test.yaml", mistakes));
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(to_text(mistakes[0]), "test.yaml:1:17: error: nested deeper than 16");
}

}  // namespace
}  // namespace iodyno::host
