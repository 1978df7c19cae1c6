// Who wins a race among ways to do a thing, on simulated times with noise and drift.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "../../plugins/auto/kind.hpp"
#include "../../plugins/auto/tournament.hpp"

namespace engine::automatic {
namespace {

/// Runs it on a machine whose ways take these times, all of them times what the machine is like at
/// the moment, and some noise. Returns the turns of each way.
std::map<std::size_t, std::size_t> race(Tournament& t, const std::vector<double>& times_ns,
                                        double noise, double drift, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> disturbance(0, noise);
  std::map<std::size_t, std::size_t> turns;
  for (double moment = 1; !t.is_decided(); moment *= 1 + drift) {
    const std::size_t way = t.next();
    const bool first = turns[way]++ == 0;
    t.record(way, times_ns[way] * moment * disturbance(random) * (first ? 10 : 1));
  }
  return turns;
}

TEST(Tournament, OfOneIsDecided) {
  const Tournament t(1, 1);
  EXPECT_TRUE(t.is_decided());
  EXPECT_EQ(t.leader(), 0u);
  EXPECT_EQ(t.median_ns(0), 0);
}

TEST(Tournament, EachHasOneTurnInARoundInAnOrderOfItsOwn) {
  Tournament t(5, 42);
  std::set<std::vector<std::size_t>> orders;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::size_t> order;
    for (int turn = 0; turn < 5; ++turn) {
      order.push_back(t.next());
      t.record(t.next(), 100);
    }
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), 5u);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 1u);
  EXPECT_EQ(t.rounds(), 2u) << "the first counts for nothing";
}

TEST(Tournament, FindsTheFastestAlsoWhereTheMachineIsNoisyAndDrifts) {
  int right = 0;
  constexpr int kRaces = 500;
  for (std::uint64_t seed = 1; seed <= kRaces; ++seed) {
    Tournament t(6, seed);
    const auto turns = race(t, {150, 130, 100, 400, 111, 1000}, 0.05, 0.02, seed);
    right += t.leader() == 2;
    EXPECT_LE(turns.at(5), 3u) << "ten times as slow: gone as soon as that is sure, seed " << seed;
    EXPECT_LE(turns.at(3), 4u);
  }
  EXPECT_GE(right, kRaces * 98 / 100);
}

TEST(Tournament, OneDisturbedTurnDoesNotDecide) {
  Tournament t(2, 7);
  while (!t.is_decided()) {
    const std::size_t way = t.next();
    t.record(way, t.rounds() == 1 && way == 0 ? 5000 : way == 0 ? 100 : 140);
  }
  EXPECT_EQ(t.leader(), 0u);
}

TEST(Tournament, OfEqualsTheFirstWins) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Tournament t(3, seed);
    race(t, {100, 99, 100}, 0.002, 0, seed);
    EXPECT_EQ(t.leader(), 0u) << seed;
  }
}

TEST(Tournament, WhoIsDroppedNeverWins) {
  Tournament t(3, 3);
  while (!t.is_decided()) {
    const std::size_t way = t.next();
    if (way == 1)
      t.drop(1);
    else
      t.record(way, way == 0 ? 120 : 100);
  }
  EXPECT_EQ(t.leader(), 2u);
  EXPECT_EQ(t.ways_left(), 1u) << "1.2 times as long is out in the end";
}

TEST(Tournament, HasALeaderAsSoonAsSomebodyHadATurn) {
  Tournament t(3, 9);
  EXPECT_FALSE(t.has_begun());
  const std::size_t first = t.next();
  t.record(first, 100);
  EXPECT_TRUE(t.has_begun());
  EXPECT_EQ(t.leader(), first) << "the others may be anything";
  EXPECT_EQ(t.median_ns(first), 100);
}

TEST(Tournament, EndsWhereAllAreDropped) {
  Tournament t(3, 3);
  while (!t.is_decided()) t.drop(t.next());
  EXPECT_LE(t.ways_left(), 1u);
}

TEST(Kind, ComesBackFromItsText) {
  for (std::uint16_t op = 0; op < IODYNO_OP_COUNT; ++op)
    for (const Size size : {Size::none, Size::small, Size::medium, Size::large, Size::unknown}) {
      for (const bool durable : {false, true}) {
        const Kind kind{op, size, durable};
        EXPECT_EQ(Kind::from(kind.text()), kind) << kind.text();
      }
    }
  for (const char* text : {"", ".", "creat", "create.", "create.huge", "create.small.x"})
    EXPECT_FALSE(Kind::from(text).is_known()) << text;
}

TEST(Kind, IsOfTheLengthWhereOneIsMoved) {
  constexpr Bounds kBounds{10, 100};
  iodyno_request r{};
  r.op = IODYNO_OP_COPY;
  const auto size_of = [&](std::uint64_t length) {
    r.length = length;
    return Kind::of(r, kBounds).size;
  };
  EXPECT_EQ(size_of(0), Size::none);
  EXPECT_EQ(size_of(1), Size::small);
  EXPECT_EQ(size_of(10), Size::small);
  EXPECT_EQ(size_of(11), Size::medium);
  EXPECT_EQ(size_of(100), Size::medium);
  EXPECT_EQ(size_of(101), Size::large);
  EXPECT_EQ(size_of(IODYNO_SIZE_UNKNOWN), Size::unknown);
  r.op = IODYNO_OP_STAT;
  EXPECT_EQ(size_of(50), Size::none) << "only what the host expects";
}

}  // namespace
}  // namespace engine::automatic
