// What the aio backend alone has: its options, its limits, and a context that breaks.
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>

#include "child.hpp"
#include "fixture.hpp"

namespace sdk_test {
namespace {

class Aio : public Engine {
 protected:
  void SetUp() override {
    Engine::SetUp();
    dir.write("file", text);
  }
  const std::string text = text_of(64 * kPage);
};
INSTANTIATE_TEST_SUITE_P(
    , Aio,
    testing::ValuesIn(std::vector<Setup>{
        {aio, 0, 1}, {aio, 0, 32}, {aio, IODYNO_DIRECT, 1}, {aio, IODYNO_DIRECT, 32}}),
    name_of);

TEST_P(Aio, HasTheOperationsOfBlocksAlone) {
  EXPECT_EQ(session.ops, IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_WRITE_BLOCK) |
                             IODYNO_BIT(IODYNO_OP_FSYNC));
  EXPECT_EQ(session.run_one(request(IODYNO_OP_READ, "file", kPage)).error, ENOTSUP);
  EXPECT_EQ(session.run_one(request(iodyno_op(31), "file")).error, ENOTSUP);
}

TEST_P(Aio, SaysWhatIsNotAsynchronous) {
  EXPECT_EQ(session.notes.count("buffered"), direct() ? 0u : 1u);
}

TEST_P(Aio, EveryWayToReapAndToWaitDoesTheSame) {
  for (const std::int64_t reap : {0, 1})
    for (const std::int64_t wait : {0, 1, 7, 65536}) {
      Opening with = opening();
      with.options["reap"].i = reap;
      with.options["wait"].i = wait;
      Session other(backend(), with);
      ASSERT_EQ(other.status, 0) << other.error.text;
      EXPECT_EQ(other.notes.at("reap"), reap == 0 ? "from the mapped ring" : "io_getevents");
      ASSERT_EQ(other.open_files({"file"}, 0), 0);
      std::vector<iodyno_request> all;
      for (std::uint32_t i = 0; i < 1000; ++i)  // more than the ring has room for
        all.push_back(block(IODYNO_OP_READ_BLOCK, 0, i * 7 % 64 * kPage, kPage));
      const auto done = other.run(all);
      for (std::uint32_t i = 0; i < all.size(); ++i) {
        expect_done(done[i], kPage);
        EXPECT_EQ(other.delivered_by(i), text.substr(all[i].offset, kPage));
      }
      EXPECT_GT(other.counts.at("submit_calls"), 0);
      if (reap == 1) {
        EXPECT_GT(other.counts.at("getevents_calls"), 0);
      } else if (!direct()) {
        EXPECT_EQ(other.counts.at("getevents_calls"), 0) << "all is there after io_submit";
      }
    }
}

TEST_P(Aio, DurableInBothWays) {
  for (const std::int64_t way : {0, 1}) {
    Opening with = opening();
    with.options["durable"].i = way;
    Session other(backend(), with);
    EXPECT_EQ(other.notes.at("durable"), way == 0 ? "IOCB_CMD_FDSYNC" : "RWF_DSYNC");
    ASSERT_EQ(other.open_files({"file"}, IODYNO_WRITABLE), 0);
    std::vector<iodyno_request> all;
    for (std::uint32_t i = 0; i < 20; ++i) {
      all.push_back(block(IODYNO_OP_WRITE_BLOCK, 0, 3 * i * kPage, 3 * kPage, i * kPage));
      all.back().flags = i % 2 == 0 ? IODYNO_DURABLE : 0;
    }
    const auto done = other.run(all);
    const std::string now = dir.read("file");
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      expect_done(done[i], 3 * kPage);
      EXPECT_EQ(now.substr(all[i].offset, all[i].length), other.source(all[i]));
      const bool synced = way == 0 && i % 2 == 0;
      EXPECT_EQ(done[i].how, synced ? std::uint32_t{IODYNO_PUNTED} : 0u);
    }
    EXPECT_EQ(other.run_one(block(IODYNO_OP_FSYNC, 0, 0, 0)).error, 0);
  }
}

/// A worker of the kernel does it: what is done at once is stamped in the meantime.
TEST_P(Aio, AnFsyncHoldsUpNoOther) {
  if (GetParam().depth == 1) GTEST_SKIP() << "one request in flight";
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  std::vector<iodyno_request> all(GetParam().depth, block(IODYNO_OP_READ_BLOCK, 0, 0, kPage));
  all[0] = block(IODYNO_OP_FSYNC, 0, 0, 0);
  bool overtaken = false;
  for (int i = 0; i < 1000 && !overtaken; ++i) {  // a worker may be as fast
    const auto done = session.run(all);
    for (std::size_t r = 0; r < all.size(); ++r) expect_done(done[r], r == 0 ? 0 : kPage);
    overtaken = done[1].end_ns < done[0].end_ns;
  }
  EXPECT_TRUE(overtaken);
}

TEST_P(Aio, RequestsThatFailAtOnceLeaveTheOthersAlone) {
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  std::vector<iodyno_request> all;
  for (std::uint32_t i = 0; i < 100; ++i)  // io_submit stops at each that it refuses
    all.push_back(block(i % 3 == 1 ? IODYNO_OP_WRITE_BLOCK : IODYNO_OP_READ_BLOCK, i % 7 == 2, 0,
                        i % 5 == 0 ? 0 : kPage));
  const auto done = session.run(all);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const bool not_in_the_set = i % 7 == 2, not_writable = i % 3 == 1 && i % 5 != 0;
    EXPECT_EQ(done[i].error, not_in_the_set || not_writable ? EBADF : 0) << i;
    EXPECT_GE(done[i].end_ns, done[i].start_ns);
    EXPECT_NE(done[i].start_ns, 0u);
  }
}

TEST_P(Aio, WorksWithoutBuffersAndWithASmallSource) {
  Opening with = opening();
  with.buffer_size = 0;
  with.source_size = kPage;
  with.source_tail = 0;
  Session bare(backend(), with);
  ASSERT_EQ(bare.open_files({"file"}, IODYNO_WRITABLE), 0);
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 2 * kPage, 50 * kPage);
  expect_done(bare.run_one(write), write.length);
  expect_done(bare.run_one(block(IODYNO_OP_READ_BLOCK, 0, 2 * kPage, 50 * kPage)), write.length);
  EXPECT_EQ(bare.delivered_by(0), bare.source(write));
  EXPECT_EQ(bare.run_one(block(IODYNO_OP_READ_BLOCK, 0, 60 * kPage, 5 * kPage)).error, ENODATA);
}

TEST_P(Aio, TheEndOfAnOddFileIsReadAndNothingBehindIt) {
  dir.write("odd", text_of(5 * kPage + 7));
  ASSERT_EQ(session.open_files({"odd"}, 0), 0);
  const auto done = session.run({block(IODYNO_OP_READ_BLOCK, 0, 5 * kPage, kPage),
                                 block(IODYNO_OP_READ_BLOCK, 0, 4 * kPage, kPage),
                                 block(IODYNO_OP_READ_BLOCK, 0, 6 * kPage, kPage)});
  EXPECT_EQ(done[0].error, ENODATA);
  expect_done(done[1], kPage);
  EXPECT_EQ(done[2].error, ENODATA);
}

TEST(AioLimits, SaysHowManyRequestsTheSystemAllows) {
  std::uint32_t most = 0;
  if (!(std::ifstream("/proc/sys/fs/aio-max-nr") >> most) || most > 1u << 21)
    GTEST_SKIP() << "fs.aio-max-nr allows more than is to be tried";
  const TempDir dir;
  const Session session(aio(),
                        {.depth = most + 1, .dir = dir.fd(), .dir2 = dir.fd(), .buffer_size = 0});
  EXPECT_EQ(session.status, EAGAIN);
  const std::string said = session.error.text, expected = "io_setup for " +
                                                          std::to_string(most + 1) +
                                                          " requests: fs.aio-max-nr is " +
                                                          std::to_string(most) + ", of which ";
  EXPECT_EQ(said.rfind(expected, 0), 0u) << said;
}

TEST(AioLimits, SaysThatItIsForbidden) {
  const TempDir dir;
  const std::string said = in_a_child([&] {
    if (!forbid(SYS_io_setup, EPERM)) return std::string("no seccomp");
    const Session session(aio(), {.dir = dir.fd(), .dir2 = dir.fd()});
    return std::to_string(session.status) + " " + session.error.text;
  });
  if (said == "no seccomp") GTEST_SKIP() << said;
  EXPECT_EQ(said.rfind(std::to_string(EPERM) + " ", 0), 0u) << said;
  EXPECT_NE(said.find("seccomp"), said.npos) << said;
}

TEST(AioLimits, AContextThatBreaksEndsTheBatchAndCanBeClosed) {
  const TempDir dir;
  dir.write("file", text_of(64 * kPage));
  for (const long call : {SYS_io_submit, SYS_io_getevents}) {
    const std::string said = in_a_child([&] {
      Session session(
          aio(), {.depth = 8, .dir = dir.fd(), .dir2 = dir.fd(), .options = {{"reap", {.i = 1}}}});
      if (session.status != 0) return std::string(session.error.text);
      if (session.open_files({"file"}, 0) != 0) return std::string(session.error.text);
      if (!forbid(call, EPERM)) return std::string("no seccomp");
      session.run(std::vector<iodyno_request>(99, block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)));
      return std::to_string(session.run_status) + " " + session.error.text;
    });
    if (said == "no seccomp") GTEST_SKIP() << said;
    EXPECT_EQ(said.rfind(std::to_string(EPERM) + " io_", 0), 0u) << said;
  }
}

}  // namespace
}  // namespace sdk_test
