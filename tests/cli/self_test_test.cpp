// `self-test`: what it says, wherever it finds itself.
#include <signal.h>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class SelfTest : public Cli {};

/// Whether it passes is the machine's matter: others may be at work on it, so that its time is up
/// before the last phases had their turn.
TEST_F(SelfTest, SaysWhatItFound) {
  const auto before = entries_of(target());
  const auto ended =
      iodyno({"self-test", "--quick", "--json", "--target", "target", "--out", "out"});
  const auto found = json::parse(ended.out);
  EXPECT_EQ(ended.status, found.at("passed") ? 0 : 3) << ended.err;
  auto phases = json::array({"read", "blocks", "create"});
  const auto measured = found.at("phases").size();
  ASSERT_LE(measured, phases.size());
  while (phases.size() > measured) phases.erase(phases.end() - 1);
  EXPECT_EQ(found.at("phases"), phases);
  EXPECT_EQ(found.at("equals"), 2 * measured);
  EXPECT_LE(found.at("called_different"), 2 * measured);
  EXPECT_EQ(found.at("not_compared").size(), 5 * (3 - measured));
  for (const std::string why : found.at("not_compared"))
    EXPECT_TRUE(contains(why, "the time limit was reached before its turn")) << why;
  EXPECT_LE(found.at("blocks"), 10);
  ASSERT_EQ(found.at("planted").size(), 3u);
  for (const auto& one : found.at("planted"))
    EXPECT_EQ(one.at("found").size() + one.at("missed").size(), measured);
  // Where others are at work, its time may be up after a single block.
  for (const auto& [phase, part] : found.at("known_within").items())
    EXPECT_TRUE(part.is_null() || part > 0) << phase << " " << part;
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(iodyno({"compare", "out/self-test"}).status, 0) << "it is a run as any other";
}

TEST_F(SelfTest, LeavesNothingWhereNobodyAsksForResults) {
  const auto before = entries_of(target());
  fs::create_directory(work() / "scratch");
  Process test(command({"self-test", "--quick", "--target", "target"}),
               here({{"TMPDIR", (work() / "scratch").string()}}));
  const auto measures = [&] {
    std::error_code ignored;  // they come and go
    for (auto at = fs::recursive_directory_iterator(work() / "scratch", ignored);
         at != fs::recursive_directory_iterator(); at.increment(ignored))
      if (at->path().filename() == "samples.jsonl") return true;
    return false;
  };
  EXPECT_TRUE(eventually(measures)) << test.said();
  test.send(SIGINT);
  EXPECT_EQ(test.wait().status, 130);
  EXPECT_EQ(names_in(work() / "scratch"), std::set<std::string>{});
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(SelfTest, NeedsATarget) {
  const auto ended = iodyno({"self-test", "--target", "absent"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
}

}  // namespace
}  // namespace iodyno::test
