#include "report/document.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "report/text.hpp"

namespace iodyno::host {
namespace {

Document example() {
  return {Heading{1, "A title"}, Paragraph{"A sentence."},
          List{{{"an item", {"a detail"}}, {"another", {}}}},
          Table{{{"who", false}, {"time", true}, {"", false}},
                {{"posix", "1.00 us", ""}, {"uring", "512 ns", "- | a remark"}}}};
}

TEST(Document, AsMarkdown) {
  EXPECT_EQ(document_markdown(example()),
            "# A title\n"
            "\n"
            "A sentence.\n"
            "\n"
            "- an item\n"
            "  - a detail\n"
            "- another\n"
            "\n"
            "| who | time |  |\n"
            "|---|--:|---|\n"
            "| posix | 1.00 us |  |\n"
            "| uring | 512 ns | - \\| a remark |\n");
}

TEST(Document, AsText) {
  EXPECT_EQ(document_text(example(), false),
            "A title\n"
            "\n"
            "A sentence.\n"
            "\n"
            "- an item\n"
            "    a detail\n"
            "- another\n"
            "\n"
            "  who       time\n"
            "  posix  1.00 us\n"
            "  uring   512 ns  - | a remark\n");
  EXPECT_NE(document_text(example(), true).find("\x1b[1mA title\x1b[0m"), std::string::npos);
}

TEST(Document, NothingMeansAnythingInMarkdown) {
  const auto markdown = [](const std::string& text) {
    return document_markdown({Paragraph{text}});
  };
  EXPECT_EQ(markdown("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;\n");
  EXPECT_EQ(markdown("a|b `c` *d* [e](f) ~g~ &lt; $h$ !i #j \\"),
            "a\\|b \\`c\\` \\*d\\* \\[e\\](f) \\~g\\~ &amp;lt; \\$h\\$ \\!i \\#j \\\\\n");
  EXPECT_EQ(markdown("read_block _loud_ x_"), "read_block \\_loud\\_ x\\_\n");
  EXPECT_EQ(markdown("- no item"), "\\- no item\n");
  EXPECT_EQ(markdown("1. no item"), "1\\. no item\n");
  EXPECT_EQ(markdown("12 files"), "12 files\n");
  EXPECT_EQ(markdown("=== no title"), "\\=== no title\n");
  EXPECT_EQ(markdown("# no title"), "\\# no title\n");
  const std::string broken = markdown("one\n\n# two\r\x1b[31m");
  EXPECT_EQ(broken.find('\n'), broken.size() - 1) << broken;
  EXPECT_EQ(broken.find('\x1b'), std::string::npos);
}

TEST(Document, FitsATerminal) {
  std::string words;
  for (int i = 0; i < 40; ++i) words += "word ";
  const Document document = {
      Heading{1, words}, Paragraph{words}, List{{{words, {words}}}},
      Table{{{"who", false}, {"", false}}, {{"posix", words}, {"uring", "short"}}}};
  std::istringstream lines(document_text(document, false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), kWidth) << line;
}

}  // namespace
}  // namespace iodyno::host
