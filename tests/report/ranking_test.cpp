// Which cases of a phase and point are marked as the fastest.
#include "report/ranking.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "example_results.hpp"
#include "read_back.hpp"
#include "report/compare.hpp"

namespace iodyno::host {
namespace {

using enum Place;
using Places = std::vector<Place>;

/// `ns` of each of its trials.
CaseResult with_times(const std::string& backend, const std::vector<std::uint64_t>& ns) {
  CaseResult result = example::quiet_case("read", backend);
  result.samples.clear();
  for (std::uint32_t block = 0; block < ns.size(); ++block)
    result.samples.push_back(example::sample(block, ns[block]));
  return result;
}

CaseResult steady(const std::string& backend, std::uint64_t ns, std::size_t blocks = 10) {
  std::vector<std::uint64_t> times;
  for (std::size_t block = 0; block < blocks; ++block) times.push_back(ns + block % 3 * ns / 200);
  return with_times(backend, times);
}

/// The cases of one point, in their order.
Places places(const std::vector<CaseResult>& cases) {
  const auto results = example::read_back(example::results(cases));
  return standings(results, works_of(results).at(0), 0.03);
}

TEST(Ranking, OneThatIsFasterThanAllOthersIsTheFastest) {
  EXPECT_EQ(places({steady("posix", 1000), steady("uring", 500), steady("mmap", 800)}),
            (Places{slower, fastest, slower}));
}

TEST(Ranking, WhatCantBeToldFromTheFastestIsTied) {
  EXPECT_EQ(places({steady("posix", 1000), steady("uring", 500), steady("auto", 501)}),
            (Places{slower, tied, tied}));
  const auto wild = with_times("wild", {400, 900, 500, 450, 700, 480, 800, 450, 600, 500});
  EXPECT_EQ(places({steady("posix", 2000), steady("uring", 500), wild}),
            (Places{slower, tied, tied}));
}

TEST(Ranking, ATrialThatWasHeldUpDoesNotHideTheFastest) {
  auto uring = steady("uring", 1000);
  uring.samples[3] = example::sample(3, 1600);
  EXPECT_EQ(places({steady("posix", 1040), uring}), (Places{slower, fastest}));
}

TEST(Ranking, WhereNobodyIsToldFromAnybodyNobodyIsMarked) {
  EXPECT_EQ(places({steady("posix", 1000), steady("uring", 1001)}), (Places{open, open}));
  EXPECT_EQ(places({steady("posix", 1000, 5), steady("uring", 500, 5)}), (Places{open, open}))
      << "five blocks decide nothing";
  EXPECT_EQ(places({steady("posix", 1000)}), Places{out}) << "there is no race of one";
}

/// What does no I/O, or has no figures, neither wins nor keeps others from winning.
TEST(Ranking, OnlyWhatHasFiguresIsRanked) {
  CaseResult null = steady("null", 10), failed = steady("liar", 20), skipped = steady("aio", 30);
  null.synthetic = true;
  failed.samples[4].invalid = {"stamps that lie"};
  skipped.samples.clear();
  skipped.skipped = "no libaio";
  EXPECT_EQ(places({null, failed, steady("posix", 1000), steady("uring", 500), skipped}),
            (Places{out, out, slower, fastest, out}));
}

/// The winner of a case that ended early, by fewer blocks.
TEST(Ranking, OnlyCommonBlocksCount) {
  EXPECT_EQ(places({steady("posix", 1000), steady("uring", 500, 3)}), (Places{open, open}));
}

// --- In words

/// Of a phase with one case for each backend, point and time.
std::string sentence(
    const std::vector<std::tuple<std::string, std::string, std::uint64_t>>& cases) {
  std::vector<CaseResult> all;
  for (const auto& [backend, depth, ns] : cases) {
    all.push_back(steady(backend, ns));
    all.back().name = "tiny/read/backend:" + backend + "/depth:" + depth + "/real_time";
  }
  auto results = example::results(std::move(all));
  results.context["baseline"] = "posix";
  const auto read = example::read_back(results);
  std::vector<Race> races;
  for (auto& race : works_of(read)) races.push_back({race, standings(read, race, 0.03)});
  return ranking_sentence(races, compare_backends(read, "posix", 0.03));
}

TEST(RankingSentence, SaysByHowMuch) {
  EXPECT_EQ(sentence({{"posix", "1", 1000}, {"uring", "1", 500}}),
            "read: uring is fastest (2.00 × as fast as posix, 2.00 to 2.00).");
  EXPECT_EQ(sentence({{"posix", "1", 500}, {"uring", "1", 1000}}),
            "read: posix is fastest (uring takes 2.00 × as long, 2.00 to 2.00).");
  EXPECT_EQ(sentence({{"posix", "1", 500}, {"uring", "1", 1000}, {"mmap", "1", 1500}}),
            "read: posix is fastest (others take 2.00 to 3.00 × as long).");
}

TEST(RankingSentence, SaysWhere) {
  EXPECT_EQ(sentence({{"posix", "1", 500},
                      {"uring", "1", 1000},
                      {"posix", "8", 1000},
                      {"uring", "8", 500},
                      {"posix", "32", 1000},
                      {"uring", "32", 250}}),
            "read: posix is fastest at depth 1 (uring takes 2.00 × as long, 2.00 to 2.00); uring "
            "is fastest at 2 of 3 points (2.00 to 4.00 × "
            "as fast as posix).");
}

TEST(RankingSentence, TiesAndWhatIsOpen) {
  EXPECT_EQ(sentence({{"posix", "1", 1000},
                      {"uring", "1", 500},
                      {"auto", "1", 501},
                      {"posix", "8", 1000},
                      {"uring", "8", 1001}}),
            "read: uring and auto are fastest at depth 1, not told apart; nobody is told from "
            "anybody at depth 8.");
  EXPECT_EQ(sentence({{"posix", "1", 1000}}), "") << "there is no race of one";
}

}  // namespace
}  // namespace iodyno::host
