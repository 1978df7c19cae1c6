// What is told of a run while it goes on: the time left, the line in a terminal's width, and how
// far large files have come.
#include <gtest/gtest.h>

#include "report/text.hpp"
#include "run/destination.hpp"
#include "run/live_line.hpp"
#include "run/time_left.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kNobody = 99;

TEST(TimeLeft, IsNotGuessedBeforeAnythingWasMeasured) {
  const TimeLeft left({kSecond, kSecond}, 10);
  EXPECT_FALSE(left.ns(kNobody, 0));
}

TEST(TimeLeft, IsWhatTheSameTrialsHaveTaken) {
  TimeLeft left({kSecond, 0}, 4);
  left.took(0, 9 * kSecond);
  EXPECT_EQ(left.ns(kNobody, 0), 27 * kSecond) << "the guess was wrong";
  left.took(0, 2 * kSecond);
  EXPECT_EQ(left.ns(kNobody, 0), 4 * kSecond) << "the first one had a dataset to make";
  left.took(0, 4 * kSecond);
  EXPECT_EQ(left.ns(kNobody, 0), 3 * kSecond);
  left.took(0, 3 * kSecond);
  EXPECT_EQ(left.ns(kNobody, 0), 0u) << "and the other one will not run";
}

TEST(TimeLeft, OfWhatHasNotBegunIsAsFarOffAsWhatHas) {
  TimeLeft left({kSecond, 10 * kSecond}, 2);
  left.took(0, 3 * kSecond);
  EXPECT_EQ(left.ns(kNobody, 0), 3 * kSecond + 2 * 30 * kSecond);
}

TEST(TimeLeft, CountsDownWithinATrialAndNotBelowIt) {
  TimeLeft left({kSecond, kSecond}, 2);
  left.took(0, 3 * kSecond);
  const auto others = 2 * 3 * kSecond;
  EXPECT_EQ(left.ns(0, kSecond), others + 2 * kSecond);
  EXPECT_EQ(left.ns(0, 100 * kSecond), others);
}

TEST(TimeLeft, WhatIsOverTakesNoMore) {
  TimeLeft left({kSecond, kSecond}, 5);
  left.took(0, kSecond);
  left.took(1, 7 * kSecond);
  left.is_over(1);
  EXPECT_EQ(left.ns(kNobody, 0), 4 * kSecond);
  left.goes_on(0);
  EXPECT_EQ(left.ns(kNobody, 0), 4 * kSecond) << "it does anyway";
  left.goes_on(1);
  EXPECT_EQ(left.ns(kNobody, 0), 11 * kSecond) << "one more than was due";
}

TEST(TimeLeft, InWords) {
  EXPECT_EQ(span_text(0), "0 s");
  EXPECT_EQ(span_text(45 * kSecond + kSecond / 3), "45 s");
  EXPECT_EQ(span_text(80 * kSecond), "1 m 20 s");
  EXPECT_EQ(span_text(7500 * kSecond), "2 h 5 m");
}

TEST(LiveLine, HasAllThatFits) {
  const LiveLine line{.what = "read depth 32 · block 4 of 10",
                      .figures = {"posix 2.27 us", "uring 1.80 us", "mmap 2.00 us"},
                      .running = 1,
                      .left = "1 m 20 s left"};
  EXPECT_EQ(fitted(line, 100),
            "read depth 32 · block 4 of 10 · posix 2.27 us · [uring 1.80 us] · mmap 2.00 us · "
            "1 m 20 s left");
  EXPECT_EQ(fitted(line, 84),
            "read depth 32 · block 4 of 10 · posix 2.27 us · [uring 1.80 us] · … · 1 m 20 s left");
  EXPECT_EQ(fitted(line, 70),
            "read depth 32 · block 4 of 10 · [uring 1.80 us] · … · 1 m 20 s left");
  EXPECT_EQ(fitted(line, 50), "read depth 32 · block 4 of 10 · … · 1 m 20 s left");
  EXPECT_EQ(fitted(line, 20), "read depth 32 · blo…");
  for (std::size_t columns = 1; columns < 110; ++columns)
    EXPECT_LE(width_of(fitted(line, columns)), columns) << columns;
}

TEST(LiveLine, OfAStepAlone) {
  EXPECT_EQ(fitted({.what = "removing files", .figures = {}, .running = {}, .left = ""}, 80),
            "removing files");
}

/// A case of one operation on files of 1 MiB.
class Destinations : public testing::Test {
 protected:
  static Case one(iodyno_op op, std::uint64_t files) {
    Case c;
    c.phase = "copy";
    c.dataset.files = files;
    c.dataset.size = {1 << 20, 1 << 20};
    c.steps.emplace_back().ops = {{op, 1}};
    return c;
  }
  Destination look(iodyno_op op, std::uint64_t files = 2) const {
    return Destination(run.fd(), one(op, files), spec);
  }

  test::TempDir run;
  TrialSpec spec = {.directory = "set", .second_directory = "second"};
};

TEST_F(Destinations, GrowWithWhatIsThere) {
  const auto destination = look(IODYNO_OP_COPY);
  EXPECT_EQ(destination.total_bytes(), 2u << 20);
  EXPECT_EQ(destination.bytes(), 0u) << "not even the directory is there";
  test::fs::create_directory(run / "second");
  const Files files(one(IODYNO_OP_COPY, 2).dataset);
  test::write_text(run / "second" / files.path(1), std::string(100'000, 'x'));
  EXPECT_EQ(destination.bytes(), 100'000u);
  test::fs::resize_file(run / "second" / files.path(1), 1 << 20);
  EXPECT_LT(destination.bytes(), 1u << 20) << "a hole is not written yet";
}

TEST_F(Destinations, AreWhereTheFilesAreMade) {
  test::fs::create_directory(run / "set");
  test::write_text(run / "set" / Files(one(IODYNO_OP_CREATE, 2).dataset).path(0), "abc");
  EXPECT_EQ(look(IODYNO_OP_CREATE).bytes(), 3u);
  EXPECT_EQ(look(IODYNO_OP_READ).total_bytes(), 0u) << "makes none";
  EXPECT_EQ(look(IODYNO_OP_COPY, 100).total_bytes(), 0u) << "too many to look at";
}

}  // namespace
}  // namespace iodyno::host
