// What a self-test makes of comparisons.
#include "report/self_test.hpp"

#include <gtest/gtest.h>

namespace iodyno::host {
namespace {

const std::map<std::string, int> kPercents = {{"twin", 0}, {"slow", 5}, {"slower", 10}};

class SelfTests : public testing::Test {
 protected:
  Comparison& add(const std::string& phase, const std::string& backend, Relation relation) {
    Comparison& one = all_.cases.emplace_back();
    one.phase = phase;
    one.backend = backend;
    one.label = one.baseline_label = "ok";
    one.assessment.blocks = 20;
    one.assessment.relation = relation;
    one.assessment.ratio = {1, Interval{1 / 1.02, 1.02}, Interval{1 / 1.03, 1.03}};
    return one;
  }
  void add_phase(const std::string& phase, Relation twin = Relation::same,
                 Relation slow = Relation::slower, Relation slower = Relation::slower) {
    add(phase, "twin", twin);
    add(phase, "slow", slow);
    add(phase, "slower", slower);
  }
  SelfTest judged() const { return judge_self_test(all_, kPercents); }

 private:
  Comparisons all_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(SelfTests, PassesWhereAllIsFound) {
  for (const char* phase : {"read", "create"}) add_phase(phase, Relation::inconclusive);
  const auto test = judged();
  EXPECT_TRUE(test.passed());
  EXPECT_EQ(test.equals, 2u);
  EXPECT_EQ(test.called_different, 0u);
  EXPECT_EQ(test.smallest_found(), 5);
  EXPECT_EQ(test.blocks, 20u);
  ASSERT_EQ(test.known_within.size(), 2u);
  EXPECT_NEAR(test.known_within[0].second, 0.02, 1e-9);
  EXPECT_TRUE(contains(to_text(test), "A slowdown of 5 %: found in all of 2 phases."));
  EXPECT_TRUE(to_text(test).ends_with("\npassed\n"));
}

TEST_F(SelfTests, OneAlarmIsChanceAndTwoAreNot) {
  add_phase("read", Relation::faster);
  add_phase("blocks");
  add_phase("create");
  EXPECT_TRUE(judged().passed());
  EXPECT_EQ(judged().alarmed, std::vector<std::string>{"read"});
  EXPECT_TRUE(contains(to_text(judged()), "That can be chance"));
  EXPECT_NEAR(judged().false_alarm(), 3 * 0.01 * 0.01, 1e-5);
  add("read", "twin", Relation::slower);
  EXPECT_TRUE(judged().equals_hold()) << "two in one phase have one baseline in common";
  add("create", "twin", Relation::slower);
  EXPECT_FALSE(judged().equals_hold());
  EXPECT_FALSE(judged().passed());
  EXPECT_TRUE(contains(to_text(judged()), "more than chance allows"));
}

TEST_F(SelfTests, TheSmallestIsFoundWithAllThatAreLarger) {
  add_phase("read");
  add_phase("create", Relation::same, Relation::inconclusive);
  EXPECT_EQ(judged().smallest_found(), 10);
  EXPECT_TRUE(contains(to_text(judged()), "A slowdown of 5 %: found in read, not in create."));
  EXPECT_TRUE(judged().passed());
  add_phase("blocks", Relation::same, Relation::slower, Relation::same);
  EXPECT_FALSE(judged().smallest_found());
  EXPECT_FALSE(judged().passed());
  EXPECT_TRUE(contains(to_text(judged()), "too noisy"));
}

TEST_F(SelfTests, TellsOfTooFewBlocks) {
  add("read", "slower", Relation::inconclusive).assessment.blocks = 2;
  EXPECT_TRUE(contains(to_text(judged()), "Only 2 blocks were through when the time was up"));
}

TEST_F(SelfTests, CountsWhatIsDegraded) {
  add_phase("read");
  EXPECT_FALSE(contains(to_text(judged()), "degraded"));
  add("read", "twin", Relation::same).label = "degraded: cv 14 %";
  EXPECT_TRUE(contains(to_text(judged()), "1 of 4 cases are degraded: other work, or noise."))
      << to_text(judged());
}

TEST_F(SelfTests, NeedsFigures) {
  add_phase("read");
  auto& lost = add("create", "slow", Relation::inconclusive);
  lost.not_compared = "failed: EIO";
  lost.baseline_label = "degraded: cv 14 %";
  EXPECT_FALSE(judged().passed());
  EXPECT_TRUE(contains(to_text(judged()), "No figures: create of slow: failed: EIO\n"));
  EXPECT_FALSE(judge_self_test({}, kPercents).passed()) << "nothing was found";
}

}  // namespace
}  // namespace iodyno::host
