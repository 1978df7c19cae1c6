// `self-test`: what it says, wherever it finds itself.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class SelfTest : public Cli {};

/// Whether it passes is the machine's matter: others may be at work on it.
TEST_F(SelfTest, SaysWhatItFound) {
  const auto before = entries_of(target());
  const auto ended =
      iodyno({"self-test", "--quick", "--json", "--target", "target", "--out", "out"});
  const auto found = json::parse(ended.out);
  EXPECT_EQ(ended.status, found.at("passed") ? 0 : 3) << ended.err;
  EXPECT_EQ(found.at("phases"), json::array({"read", "blocks", "create"}));
  EXPECT_EQ(found.at("equals"), 6);
  EXPECT_LE(found.at("called_different"), 6);
  EXPECT_EQ(found.at("not_compared"), json::array());
  EXPECT_LE(found.at("blocks"), 10);
  ASSERT_EQ(found.at("planted").size(), 3u);
  for (const auto& one : found.at("planted"))
    EXPECT_EQ(one.at("found").size() + one.at("missed").size(), 3u);
  // Where others are at work, its time may be up after a single block.
  for (const auto& [phase, part] : found.at("known_within").items())
    EXPECT_TRUE(part.is_null() || part > 0) << phase << " " << part;
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(iodyno({"compare", "out/self-test"}).status, 0) << "it is a run as any other";
}

TEST_F(SelfTest, NeedsATarget) {
  const auto ended = iodyno({"self-test", "--target", "absent"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
}

}  // namespace
}  // namespace iodyno::test
