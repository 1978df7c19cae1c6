// Blocks of open files.
#include <cerrno>
#include <cstring>

#include "fixture.hpp"

namespace sdk_test {
namespace {

class EngineOnBlocks : public Engine {
 protected:
  void SetUp() override {
    Engine::SetUp();
    dir.write("a", a);
    dir.write("b", b);
  }
  const std::string a = text_of(32 * kPage, 1), b = text_of(32 * kPage, 2);
};
INSTANTIATE_TEST_SUITE_P(, EngineOnBlocks, testing::ValuesIn(setups_on_blocks()), name_of);

TEST_P(EngineOnBlocks, ReadsFromTheFileThatIsNamed) {
  ASSERT_EQ(session.open_files({"a", "b"}, 0), 0) << session.error.text;
  const auto done = session.run({block(IODYNO_OP_READ_BLOCK, 0, 0, kPage),
                                 block(IODYNO_OP_READ_BLOCK, 1, 3 * kPage, 2 * kPage),
                                 block(IODYNO_OP_READ_BLOCK, 1, kPage, 20 * kPage),  // many buffers
                                 block(IODYNO_OP_READ_BLOCK, 0, 31 * kPage, 2 * kPage),
                                 block(IODYNO_OP_READ_BLOCK, 2, 0, kPage),
                                 block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage)});
  expect_done(done[0], kPage);
  EXPECT_EQ(session.delivered_by(0), a.substr(0, kPage));
  EXPECT_EQ(session.delivered_by(1), b.substr(3 * kPage, 2 * kPage));
  EXPECT_EQ(session.delivered_by(2), b.substr(kPage, 20 * kPage));
  EXPECT_EQ(done[3].error, ENODATA);
  EXPECT_EQ(done[4].error, EBADF);
  EXPECT_EQ(done[5].error, EBADF) << "the set was opened for reading";
}

TEST_P(EngineOnBlocks, WritesInPlace) {
  ASSERT_EQ(session.open_files({"b", "a"}, IODYNO_WRITABLE), 0);
  auto durable = block(IODYNO_OP_WRITE_BLOCK, 1, 5 * kPage, 10 * kPage, 28 * kPage);
  durable.flags = IODYNO_DURABLE;
  const auto done = session.run({durable, block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage, kPage),
                                 block(IODYNO_OP_FSYNC, 0, 0, 0), block(IODYNO_OP_FSYNC, 7, 0, 0)});
  expect_done(done[0], 10 * kPage);
  expect_done(done[1], kPage);
  expect_done(done[2], 0);
  EXPECT_EQ(done[3].error, EBADF);
  EXPECT_EQ(dir.read("a"), a.substr(0, 5 * kPage) + session.source(durable) + a.substr(15 * kPage));
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 1, 5 * kPage, 10 * kPage)), 10 * kPage);
  EXPECT_EQ(session.delivered_by(0), session.source(durable));
}

TEST_P(EngineOnBlocks, OddBlocksAreForTheBufferedAlone) {
  ASSERT_EQ(session.open_files({"a"}, IODYNO_WRITABLE), 0);
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 100, 1000);
  const int error = session.run_one(write).error;
  if (direct()) {  // btrfs writes it through the page cache, of its own accord
    EXPECT_TRUE(error == EINVAL || error == 0) << strerrorname_np(error);
    return;
  }
  EXPECT_EQ(error, 0);
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 99, 1002)), 1002);
  EXPECT_EQ(session.delivered_by(0), a[99] + session.source(write) + a[1100]);
}

TEST_P(EngineOnBlocks, TheSetIsReplacedAsAWhole) {
  ASSERT_EQ(session.open_files({"a"}, 0), 0);
  EXPECT_EQ(session.open_files({"b", "gone"}, 0), ENOENT);
  EXPECT_EQ(session.error.code, ENOENT);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)).error, EBADF);
  ASSERT_EQ(session.open_files({"b"}, 0), 0);
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)), kPage);
  EXPECT_EQ(session.delivered_by(0), b.substr(0, kPage));
  EXPECT_EQ(session.open_files({}, 0), 0);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)).error, EBADF);
  EXPECT_EQ(session.open_files({"b"}, 0x10), ENOTSUP);
}

}  // namespace
}  // namespace sdk_test
