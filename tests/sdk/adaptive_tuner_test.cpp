// How the backend adaptive finds its settings: pure, against tables and simulated machines.
#include <cmath>
#include <random>

#include "../../plugins/adaptive/tuners.hpp"
#include "host.hpp"

static void PrintTo(const Settings& s, std::ostream* out) {
  *out << s.threads << " threads, " << s.group << " a group, " << s.buffer << " bytes";
}

namespace sdk_test {
namespace {

constexpr std::uint64_t kKib = 1024, kMib = 1 << 20;

constexpr Bounds kBounds{.depth = 32,
                         .descriptors = 1000,
                         .most_threads = 32,
                         .most_group = 64,
                         .least_buffer = 16 * kKib,
                         .most_buffer = kMib,
                         .memory = 256 * kMib};

// --- Bounds

TEST(AdaptiveBounds, StepsGoByTwoWithinTheDepth) {
  struct Row {
    Settings from;
    Step step;
    Settings to;
  };
  constexpr std::uint64_t k = 256 * kKib;
  for (const auto& [from, step, to] :
       std::vector<Row>{{{2, 1, k}, Step::more_threads, {4, 1, k}},
                        {{32, 1, k}, Step::more_threads, {32, 1, k}},
                        {{8, 4, k}, Step::more_threads, {8, 4, k}},
                        {{5, 4, k}, Step::more_threads, {8, 4, k}},
                        {{3, 1, k}, Step::fewer_threads, {2, 1, k}},
                        {{1, 1, k}, Step::fewer_threads, {1, 1, k}},
                        {{2, 1, k}, Step::larger_group, {2, 2, k}},
                        {{3, 8, k}, Step::larger_group, {3, 10, k}},
                        {{32, 1, k}, Step::larger_group, {32, 1, k}},
                        {{2, 5, k}, Step::smaller_group, {2, 3, k}},
                        {{2, 16, k}, Step::no_group, {2, 1, k}},
                        {{2, 1, k}, Step::larger_buffer, {2, 1, 2 * k}},
                        {{2, 1, kMib}, Step::larger_buffer, {2, 1, kMib}},
                        {{2, 1, 20 * kKib}, Step::smaller_buffer, {2, 1, 16 * kKib}},
                        {{32, 1, k}, Step::threads_for_group, {16, 2, k}},
                        {{1, 32, k}, Step::threads_for_group, {1, 32, k}},
                        {{16, 2, k}, Step::group_for_threads, {32, 1, k}},
                        {{2, 1, k}, Step::group_for_threads, {2, 1, k}}})
    EXPECT_EQ(kBounds.after(from, step), to)
        << testing::PrintToString(from) << ", step " << int(step);
}

TEST(AdaptiveBounds, FewDescriptorsAndLittleMemoryBoundTheGroup) {
  Bounds few = kBounds;
  few.descriptors = 4;
  EXPECT_TRUE(few.allow({32, 1, 16 * kKib})) << "a thread can always have a file";
  EXPECT_FALSE(few.allow({4, 2, 16 * kKib}));
  EXPECT_EQ(few.after({2, 2, 16 * kKib}, Step::larger_group), (Settings{2, 2, 16 * kKib}));

  Bounds small = kBounds;
  small.memory = kMib;
  EXPECT_EQ(small.nearest({32, 32, kMib}), (Settings{32, 1, 32 * kKib}));
  EXPECT_FALSE(small.allow({4, 2, 256 * kKib})) << "the buffers take all of it";
  EXPECT_EQ(small.ahead({2, 4, 256 * kKib}), 64 * kKib);
  EXPECT_EQ(small.ahead({2, 1, 256 * kKib}), 0u);
}

/// Whatever is done to them, settings stay within the bounds.
TEST(AdaptiveBounds, EveryStepOfARandomWalkIsAllowed) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto up_to = [&](std::uint32_t most) { return 1 + std::uint32_t(random() % most); };
  for (int round = 0; round < 300; ++round) {
    Bounds b = kBounds;
    b.depth = up_to(100);
    b.descriptors = up_to(300);
    b.most_threads = up_to(b.depth);
    b.most_group = up_to(64);
    b.memory = std::uint64_t{up_to(1000)} * 64 * kKib;
    Settings s = b.nearest({up_to(200), up_to(200), std::uint64_t{up_to(4096)} * kKib});
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(b.allow(s)) << testing::PrintToString(s);
      ASSERT_LE(s.threads * s.group, b.depth);
      ASSERT_LE(s.threads * s.buffer + s.threads * s.group * b.ahead(s),
                std::max(b.memory, b.least_buffer));
      s = b.after(s, Step(random() % kSteps));
    }
  }
}

// --- The tuner, on simulated machines

/// What a request of so many bytes takes with these settings, in nanoseconds.
using Machine = double (*)(const Settings& s, double bytes);

/// Two cores, and all is in memory: more threads wait for each other, advice is for nothing.
double cached(const Settings& s, double bytes) {
  const double advice = s.group == 1 ? 0 : 900, over = s.threads > 2 ? 0.04 * s.threads : 0;
  return (3000 + advice + bytes / 6) * (1 + over) / std::min(s.threads, 2u);
}
/// A disk that takes 100 us for a request, and as many at once as there are. A thread costs 2 us.
double cold(const Settings& s, double) {
  const double in_flight = double(s.threads) * s.group;
  return 100e3 / in_flight + 2000 + 80.0 * s.threads;
}
/// Large files, for which the call is dear and the buffer should stay within the cache.
double large(const Settings& s, double bytes) {
  const double calls = bytes / double(s.buffer),
               spill = s.buffer > 256 * kKib ? 1 + 0.2 * std::log2(s.buffer / (256 * kKib)) : 1;
  return (bytes / 8 * spill + calls * 4000) / std::min(s.threads, 2u) * (1 + 0.02 * s.threads);
}
/// Writers that wait for one lock: one thread is best.
double locked(const Settings& s, double) { return 4000.0 * (1 + 0.5 * (s.threads - 1)); }

struct Simulation {
  const char* name;
  Machine machine;
  double bytes;
  Settings start;
};

Epoch epoch_of(const Simulation& what, const Settings& s, double factor) {
  constexpr std::uint64_t kRequests = 1000;
  return {kRequests, std::uint64_t(what.bytes) * kRequests,
          std::uint64_t(what.machine(s, what.bytes) * factor * double(kRequests))};
}

/// The cost of the best of all settings.
double least_cost(const Simulation& what) {
  double least = INFINITY;
  for (std::uint32_t threads = 1; threads <= 32; threads *= 2)
    for (std::uint32_t group = 1; group * threads <= 32; group *= 2)
      for (std::uint64_t buffer = 16 * kKib; buffer <= kMib; buffer *= 2)
        least = std::min(least, what.machine({threads, group, buffer}, what.bytes));
  return least;
}

class AdaptiveOnMachine : public testing::TestWithParam<Simulation> {};
INSTANTIATE_TEST_SUITE_P(
    , AdaptiveOnMachine,
    testing::Values(Simulation{"cached", cached, 1000, {32, 1, 256 * kKib}},
                    Simulation{"cached_in_groups", cached, 1000, {1, 32, 256 * kKib}},
                    Simulation{"cold_from_few", cold, 1000, {2, 1, 256 * kKib}},
                    Simulation{"cold_from_all", cold, 1000, {32, 1, 256 * kKib}},
                    Simulation{"large_from_small", large, 16e6, {8, 1, 16 * kKib}},
                    Simulation{"large_from_large", large, 16e6, {1, 1, kMib}},
                    Simulation{"locked", locked, 100, {16, 1, 256 * kKib}}),
    [](const auto& machine) { return std::string(machine.param.name); });

TEST_P(AdaptiveOnMachine, ArrivesNearTheBestAndRests) {
  Tuner tuner(kBounds, GetParam().start);
  int epochs = 0;
  for (; tuner.looks() && epochs < 100; ++epochs)
    tuner.saw(epoch_of(GetParam(), tuner.settings(), 1));
  EXPECT_LT(epochs, 60) << "it should rest by now";
  EXPECT_LE(GetParam().machine(tuner.best(), GetParam().bytes), 1.1 * least_cost(GetParam()))
      << testing::PrintToString(tuner.best());
}

/// How well it does is a matter of luck: it is always the same here.
TEST_P(AdaptiveOnMachine, IsNotLedAstrayByNoise) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> noise(0, 0.02);
  double worst = 0, sum = 0;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    Tuner tuner(kBounds, GetParam().start);
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(kBounds.allow(tuner.settings()));
      tuner.saw(epoch_of(GetParam(), tuner.settings(), noise(random)));
    }
    const double cost = GetParam().machine(tuner.best(), GetParam().bytes) / least_cost(GetParam());
    worst = std::max(worst, cost);
    sum += cost / kRounds;
  }
  EXPECT_LE(sum, 1.15);
  EXPECT_LE(worst, 2.0);
}

TEST(AdaptiveTuner, NothingToChooseIsNothingToTry) {
  Bounds alone = kBounds;
  alone.depth = alone.most_threads = alone.most_group = 1;
  Tuner tuner(alone, {1, 1, 256 * kKib});
  tuner.saw({100, 10'000, 1'000'000});
  EXPECT_FALSE(tuner.looks());
  EXPECT_EQ(tuner.moves(), 0u);
  EXPECT_TRUE(tuner.has_looked());
}

TEST(AdaptiveTuner, RestsLongerAsLongAsNothingIsFound) {
  Tuner tuner(kBounds, {2, 1, 256 * kKib});
  const Epoch same{1000, 100'000, 1'000'000};
  std::vector<int> rests;
  for (int looks = 0; looks < 8; ++looks) {
    while (tuner.looks()) tuner.saw(same);
    int rest = 0;
    for (; !tuner.looks(); ++rest) tuner.saw(same);
    rests.push_back(rest);
  }
  for (std::size_t i = 1; i < rests.size(); ++i) EXPECT_GE(rests[i], rests[i - 1]) << i;
  EXPECT_GT(rests[5], 20 * rests[0]);
  EXPECT_EQ(rests[6], rests[7]) << "but not for ever";
}

TEST(AdaptiveTuner, FindsOutThatTheWorldHasChanged) {
  const Simulation before{"", cold, 1000, {}}, after{"", cached, 1000, {}};
  Tuner tuner(kBounds, {32, 1, 256 * kKib});
  for (int i = 0; i < 300; ++i) tuner.saw(epoch_of(before, tuner.settings(), 1));
  EXPECT_GT(tuner.best().threads * tuner.best().group, 16u);
  for (int i = 0; i < 5000; ++i) tuner.saw(epoch_of(after, tuner.settings(), 1));
  EXPECT_EQ(tuner.best().threads, 2u);
  EXPECT_EQ(tuner.best().group, 1u);
}

TEST(AdaptiveTuner, EpochsOfNothingAreNotLookedAt) {
  Tuner tuner(kBounds, {2, 1, 256 * kKib});
  EXPECT_EQ(tuner.request_ns(), 0);
  tuner.saw({0, 0, 100});
  tuner.saw({100, 0, 0});
  EXPECT_TRUE(tuner.looks());
  EXPECT_EQ(tuner.settings(), tuner.best());
  EXPECT_EQ(tuner.request_ns(), 0);
  tuner.saw({100, 0, 5000});
  EXPECT_EQ(tuner.request_ns(), 50);
}

// --- What is kept

TEST(AdaptiveTuners, WhatIsKeptIsTakenUpAgain) {
  Tuners found(kBounds, {32, 1, 256 * kKib});
  iodyno_request read = request(IODYNO_OP_READ, "x", 1000);
  const iodyno_batch batch{.size = sizeof batch, .count = 1, .requests = &read};
  for (Tuner& t = found.of(batch); t.looks();)
    t.saw(epoch_of({"", cached, 1000, {}}, t.settings(), 1));

  Tuners later(kBounds, {32, 1, 256 * kKib});
  ASSERT_TRUE(later.take(found.text().c_str())) << found.text();
  EXPECT_EQ(later.of(batch).best(), found.of(batch).best());
  EXPECT_FALSE(later.of(batch).looks()) << "it rests first";
  EXPECT_EQ(later.text(), found.text());
}

TEST(AdaptiveTuners, AnotherTextIsNotTaken) {
  Tuners tuners(kBounds, {32, 1, 256 * kKib});
  const std::string before = tuners.text();
  for (const char* text : {"",
                           "adaptive",
                           "adaptive 2",
                           "uring 1",
                           "adaptive 1 ",
                           "adaptive 1 1",
                           "adaptive 1 1:2",
                           "adaptive 1 1:2,1",
                           "adaptive 1 1:2,1,262144,",
                           "adaptive 1 1:2,1,262144 1",
                           "adaptive 1 99:2,1,262144",
                           "adaptive 1 1:64,1,262144",
                           "adaptive 1 1:0,1,262144",
                           "adaptive 1 1:2,0,262144",
                           "adaptive 1 1:2,32,262144",
                           "adaptive 1 1:2,1,5",
                           "adaptive 1 1:-2,1,262144",
                           "adaptive 1 1:2,1,99999999999999999999999",
                           "adaptive 1 0:2,2,262144",
                           "adaptive 1  1:2,1,262144"}) {
    EXPECT_FALSE(tuners.take(text)) << text;
    EXPECT_EQ(tuners.text(), before) << text;
  }
  EXPECT_TRUE(tuners.take("adaptive 1"));
  EXPECT_TRUE(tuners.take("adaptive 1 1:2,4,262144 0:8,1,16384"));
}

TEST(AdaptiveTuners, EachOperationHasItsOwnAndMixturesOne) {
  Tuners tuners(kBounds, {32, 1, 256 * kKib});
  const iodyno_request read = request(IODYNO_OP_READ, "x"), stat = request(IODYNO_OP_STAT, "x"),
                       unknown = request(iodyno_op(31), "x");
  const auto of = [&](std::vector<iodyno_request> all) {
    return &tuners.of(
        {.size = sizeof(iodyno_batch), .count = std::uint32_t(all.size()), .requests = all.data()});
  };
  EXPECT_EQ(of({read}), of({read, read}));
  EXPECT_NE(of({read}), of({stat}));
  of({read})->saw({10, 10, 1000});
  EXPECT_EQ(of({read})->request_ns(), 100);
  EXPECT_EQ(of({stat})->request_ns(), 0) << "how long its epochs have to be is its own";
  EXPECT_EQ(of({read, stat}), of({stat, read, read}));
  EXPECT_EQ(of({unknown}), of({read, stat}));
}

}  // namespace
}  // namespace sdk_test
