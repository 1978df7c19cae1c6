// To which fraction the ratios of a phase and point are known.
#include "report/precision.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "report/estimate.hpp"

namespace iodyno::host {
namespace {

class KnownWithin : public testing::Test {
 protected:
  CaseResult& add(const std::string& backend, const std::vector<std::uint64_t>& times_ns) {
    CaseResult& one = all_.emplace_back();
    one.backend = backend;
    for (std::uint32_t block = 0; block < times_ns.size(); ++block) {
      one.samples.emplace_back().block = block;
      one.samples.back().requests = 1;
      one.samples.back().wall_ns = times_ns[block];
    }
    return one;
  }
  std::optional<double> known(const std::string& baseline = "posix") const {
    std::vector<const CaseResult*> cases;
    for (const CaseResult& one : all_) cases.push_back(&one);
    return known_within(cases, baseline);
  }

 private:
  std::deque<CaseResult> all_;
};

TEST_F(KnownWithin, IsHowFarTheIntervalReaches) {
  const Ratio ratio{.value = 2, .within95 = Interval{2 / 1.05, 2 * 1.05}, .within99 = {}};
  EXPECT_NEAR(known_within(ratio), 0.05, 1e-12);
  EXPECT_TRUE(std::isinf(known_within(Ratio{})));
}

TEST_F(KnownWithin, IsThatOfTheLeastKnownRival) {
  add("posix", {100, 110, 120, 130});
  add("steady", {200, 221, 241, 260});
  add("wild", {100, 300, 120, 200});
  const std::vector<double> wild{100, 300, 120, 200}, posix{100, 110, 120, 130};
  ASSERT_TRUE(known());
  EXPECT_DOUBLE_EQ(*known(), known_within(paired_ratio(log_ratios(wild, posix))));
}

TEST_F(KnownWithin, PairsByBlock) {
  add("posix", {100, 500, 110, 120});
  auto& rival = add("uring", {200, 220, 240});
  rival.samples[1].block = 2;
  rival.samples[2].block = 3;
  ASSERT_TRUE(known());
  EXPECT_LT(*known(), 0.001) << "the second block has one side alone";
  rival.samples.resize(1);
  EXPECT_TRUE(std::isinf(*known())) << "one pair has no interval";
}

TEST_F(KnownWithin, IsNothingWithoutRivals) {
  auto& posix = add("posix", {100, 100});
  EXPECT_FALSE(known());
  add("null", {1, 1}).synthetic = true;
  add("broken", {1, 1}).samples[1].error = "EIO";
  add("liar", {1, 1}).samples[0].invalid = {"lies"};
  add("skipped", {});
  EXPECT_FALSE(known());
  add("uring", {100, 100});
  EXPECT_EQ(known(), 0);
  EXPECT_FALSE(known("absent"));
  posix.samples[1].error = "EIO";
  EXPECT_FALSE(known()) << "there is nothing to compare with";
}

}  // namespace
}  // namespace iodyno::host
