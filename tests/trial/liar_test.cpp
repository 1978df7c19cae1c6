// Backends whose figures can't be true, and what the sample says of them.
#include <gtest/gtest.h>

#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

using test::contains;
using test::joined;

Phase reading() { return {.name = "read", .ops = {{IODYNO_OP_READ}}, .rehearse = false}; }

class Liar : public testing::Test {
 protected:
  Sample trial(const std::string& how, const Phase& phase = reading()) {
    return rig.trial(rig.spec(LIAR_PLUGIN, {{"how", how}}, phase));
  }
  void expect_invalid(const std::string& how, const std::string& reason,
                      const Phase& phase = reading()) {
    const auto sample = trial(how, phase);
    EXPECT_EQ(sample.error, "") << how;
    EXPECT_TRUE(contains(joined(sample.invalid), reason)) << how;
    EXPECT_FALSE(sample.usable()) << how;
  }
  void expect_error(const std::string& how, const std::string& reason,
                    const Phase& phase = reading()) {
    const auto sample = trial(how, phase);
    EXPECT_TRUE(contains(sample.error, reason)) << how;
  }

  test::Rig rig;
};

TEST_F(Liar, IsBelievedWhenItDoesNotLie) {
  auto phase = reading();
  for (const auto kind : {Consume::Kind::touch, Consume::Kind::checksum, Consume::Kind::none})
    for (const auto sizes : {Sizes::known, Sizes::unknown})
      for (const bool timed : {true, false}) {
        phase.consume.kind = kind;
        phase.sizes = sizes;
        phase.timed = timed;
        const auto sample = trial("not", phase);
        EXPECT_TRUE(sample.usable()) << sample.error << joined(sample.invalid);
        EXPECT_EQ(sample.requests, 20u);
        EXPECT_EQ(sample.bytes, 20u * 5000);
      }
}

TEST_F(Liar, IsCaughtByItsStamps) {
  for (const std::string how : {"too_early", "too_late", "backwards", "unstamped"})
    expect_invalid(how, "a time stamp lies outside the window of run()");
  expect_invalid("too_deep", "more requests were in flight than the depth");
}

TEST_F(Liar, MayLeaveOutStampsWhereNoneAreAskedFor) {
  auto phase = reading();
  phase.timed = false;
  EXPECT_TRUE(trial("unstamped", phase).usable());
}

TEST_F(Liar, IsCaughtByItsByteCounts) {
  expect_invalid("wrong_count", "a completion counts 5001 bytes instead of 5000");
  expect_invalid("short_count", "a completion counts 4999 bytes instead of 5000");
  auto phase = reading();
  phase.ops = {{IODYNO_OP_STAT}};
  expect_invalid("stat_wrong", "a completion counts 5001 bytes instead of 5000", phase);
}

TEST_F(Liar, IsCaughtByWhatItDelivers) {
  expect_invalid("delivers_less", "counts 100000 bytes read, but handed over 99980");
  expect_invalid("delivers_more", "counts 100000 bytes read, but handed over 100020");
  auto phase = reading();
  phase.sizes = Sizes::unknown;
  expect_invalid("delivers_less", "counts 100000 bytes read, but handed over 99980", phase);
}

/// It counts what it delivers, which is nothing; but the host knows how long the files are.
TEST_F(Liar, IsCaughtReadingNothingOfAFileOfUnknownSize) {
  auto phase = reading();
  phase.sizes = Sizes::unknown;
  expect_invalid("reads_nothing", "a completion counts 0 bytes instead of 5000", phase);
}

TEST_F(Liar, IsCaughtByTheChecksum) {
  auto phase = reading();
  phase.consume.kind = Consume::Kind::checksum;
  expect_invalid("delivers_other_bytes", "the checksum of what was read is not that of", phase);
  phase.consume.kind = Consume::Kind::touch;
  auto spec = rig.spec(LIAR_PLUGIN, {{"how", "delivers_other_bytes"}}, phase);
  spec.verify = false;
  EXPECT_TRUE(rig.trial(spec).usable()) << "touch does not look";
}

TEST_F(Liar, IsCaughtWhenItHasToReadAgain) {
  expect_invalid("delivers_other_bytes",
                 "read again: f00: byte 4999 is not what the file has there\n");
  expect_invalid("delivers_twice", "read again: f00: what is at 0 came more than once\n");
  expect_invalid("delivers_at_odd_places", "read again: f00: a piece begins at 1\n");
  expect_invalid("delivers_for_another",
                 "read again: f01: byte 0 is not what the file has there\n");
  expect_invalid("delivers_for_nobody", "read again: a piece of request 4294967295\n");
  expect_invalid("fails_at_second_sight", "read again: f00: Input/output error (EIO)\n");
}

TEST_F(Liar, TellsEachKindOfLieOnce) {
  EXPECT_EQ(joined(trial("wrong_count").invalid),
            "a completion counts 5001 bytes instead of 5000\n"
            "it counts 100020 bytes read, but handed over 100000\n"
            "read again: f00: 5001 bytes were counted, and 5000 handed over\n");
}

TEST_F(Liar, IsCaughtForgettingARequest) {
  expect_error("forgets", "read f19: it was never completed; 1 of 20 requests of the batch failed");
}

TEST_F(Liar, NamesTheFirstOfSomeFailures) {
  expect_error("some_fail",
               "read f01: Link has been severed (ENOLINK); 7 of 20 requests of the batch failed");
}

TEST_F(Liar, MayNotNegateErrno) {
  expect_error("negative_errno", "read f00: the error -5, which is no errno value; 1 of 20");
}

TEST_F(Liar, StopsAtTheFirstBatchWithFailures) {
  auto phase = reading();
  phase.batch = 5;
  const auto sample = trial("some_fail", phase);
  EXPECT_TRUE(contains(sample.error, "2 of 5 requests of the batch failed"));
  EXPECT_EQ(sample.requests, 3u);
}

TEST_F(Liar, SaysWhatBroke) {
  expect_error("run_fails", "liar: run: the engine stalled: Input/output error");
  expect_error("open_fails", "liar: open: the stars are not right: Operation not permitted");
  expect_error("open_says_nothing", "Operation not permitted");
  EXPECT_EQ(rig.stages, (std::vector<std::string>{"load", "open"}));
}

TEST_F(Liar, SaysWhatBrokeInTheRehearsal) {
  auto phase = reading();
  phase.rehearse = true;
  expect_error("rehearsal_fails", "liar: run: cold feet", phase);
  expect_error("some_fail", "in the rehearsal: read rehearsal-", phase);
  expect_error("some_fail", "/f01: Link has been severed (ENOLINK); 7 of 20 requests", phase);
}

TEST_F(Liar, SaysWhichOperationDoesNotWorkHere) {
  auto phase = reading();
  EXPECT_TRUE(trial("no_create", phase).usable());
  phase.ops = {{IODYNO_OP_CREATE}};
  const auto sample = rig.trial(rig.spec(LIAR_PLUGIN, {{"how", "no_create"}}, phase));
  EXPECT_EQ(sample.error, "create does not work here: the moon is not full");
  phase.ops = {{IODYNO_OP_DELETE}};
  EXPECT_EQ(rig.trial(rig.spec(LIAR_PLUGIN, {}, phase)).error, "delete does not work here");
}

TEST_F(Liar, IsHeardWithItsNotesCountersAndWhatItKeeps) {
  auto spec = rig.spec(LIAR_PLUGIN, {{"say", "forty-two"}}, reading());
  spec.steps[0].batch = 4;
  auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.notes.at("said"), "forty-two");
  EXPECT_EQ(sample.notes.at("before"), "nothing");
  EXPECT_EQ(sample.kept, "forty-two");
  EXPECT_EQ(sample.counters.at("batches"), 5.0);
  spec.kept = sample.kept;
  EXPECT_EQ(rig.trial(spec).notes.at("before"), "forty-two");
  // What is counted in the rehearsal is not counted.
  spec.steps[0].rehearse = true;
  EXPECT_EQ(rig.trial(spec).counters.at("batches"), 5.0);
}

TEST_F(Liar, MustGiveASession) {
  const Phase phase{.name = "stat", .ops = {{IODYNO_OP_STAT}}};
  const auto sample =
      rig.trial(rig.spec(CRASHER_PLUGIN, {{"when", "never"}, {"what", "no_session"}}, phase));
  EXPECT_EQ(sample.error, "crasher: open: it succeeded, but gave no session");
}

}  // namespace
}  // namespace iodyno::host
