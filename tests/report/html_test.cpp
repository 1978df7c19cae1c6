#include "report/html.hpp"

#include <gtest/gtest.h>

namespace iodyno::host {
namespace {

TEST(Html, TextIsNoMarkup) {
  EXPECT_EQ(html("a < b & \"c\" > 'd'"), "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(html("</script>"), "&lt;/script&gt;");
  EXPECT_EQ(html("é – 10 µs"), "é – 10 µs");
}

TEST(Html, ControlCharactersAreGone) {
  for (const char c : html("a\r\n\t\x1b[31m\x7f\x01z")) EXPECT_GE(c, ' ');
}

TEST(Html, LongTextIsCutBetweenCharactersAndNotWithinAnEscape) {
  EXPECT_EQ(html("<<<<", 2), "&lt;&lt;…");
  EXPECT_EQ(html("ééé", 2), "éé…");
  EXPECT_LT(html(std::string(100'000, 'x')).size(), 3000u);
}

TEST(Html, SlotsAreFilledOnce) {
  EXPECT_EQ(filled("<!--slot:a--> and <!--slot:b-->.", {{"a", "<!--slot:b-->"}, {"b", "2"}}),
            "<!--slot:b--> and 2.");
  EXPECT_EQ(filled("<!--slot:a--><!--slot:c-->", {{"a", ""}}), "<!--slot:c-->");
  EXPECT_EQ(filled("<!--slot:a", {{"a", "1"}}), "<!--slot:a");
  EXPECT_EQ(filled("", {}), "");
}

}  // namespace
}  // namespace iodyno::host
