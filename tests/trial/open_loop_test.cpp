// A server that stalls: what an open loop sees of it, and a closed loop does not.
#include <gtest/gtest.h>

#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kRequests = 2000;
constexpr double kServiceNs = 100e3, kStallNs = 200e6, kPeriodNs = 1e6;

class OpenLoop : public testing::TestWithParam<bool> {
 protected:
  Sample trial(std::optional<Rate> rate) {
    auto phase = test::phase_of(IODYNO_OP_STAT);
    phase.rate = rate;
    return rig_.trial(rig_.spec(STALLER_PLUGIN, {{"really", GetParam() ? "true" : "false"}}, phase,
                                {.files = kRequests, .size = {0, 0}}));
  }

 private:
  test::Rig rig_;
};

/// The request at which it stalls takes the stall; each behind it is due a period later, and served
/// a service time after the one before, until they have caught up. The 99th percentile is what all
/// but the slowest hundredth do not exceed.
double expected_p99_ns() {
  const double slower = double(kRequests) / 100;
  return kStallNs - slower * (kPeriodNs - kServiceNs);
}

TEST_P(OpenLoop, ShowsTheStallInItsPercentiles) {
  const auto open = trial(Rate{1e9 / kPeriodNs});
  ASSERT_TRUE(open.usable()) << open.error << test::joined(open.invalid);
  EXPECT_EQ(open.requests, kRequests);
  EXPECT_EQ(open.rate_per_second, 1000);
  EXPECT_NEAR(double(open.latency.quantile(0.99)), expected_p99_ns(), 0.05 * expected_p99_ns());
  // As many wait as come during the stall, and until the server has caught up: a ninth more.
  const double waiting = kStallNs / (kPeriodNs - kServiceNs) / double(kRequests);
  EXPECT_GT(open.latency.quantile(1 - 0.9 * waiting), 10 * kServiceNs);
  EXPECT_LT(open.service.quantile(0.99), 0.1 * kStallNs) << "the server itself was slow once";
  EXPECT_NEAR(double(open.service.max()), kStallNs, 0.05 * kStallNs);

  const auto closed = trial({});
  ASSERT_TRUE(closed.usable()) << closed.error;
  EXPECT_FALSE(closed.rate_per_second);
  EXPECT_LT(double(closed.latency.quantile(0.99)), 0.1 * expected_p99_ns());
  EXPECT_EQ(closed.service.count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Told, OpenLoop, testing::Values(false));
/// In real time, which other work on the machine disturbs.
INSTANTIATE_TEST_SUITE_P(Slow, OpenLoop, testing::Values(true));

}  // namespace
}  // namespace iodyno::host
