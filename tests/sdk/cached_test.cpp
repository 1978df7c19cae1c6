// What the backend cached alone has: hits and misses, what it promises of files, its options.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "fixture.hpp"

namespace sdk_test {
namespace {

constexpr std::uint64_t kPagesOfFile = 64;

/// Sessions with a cache of so many pages of 4 KiB, on a file of 64 of them.
class Cached : public testing::TestWithParam<Setup> {
 protected:
  Opening with(std::uint64_t pages) const {
    Opening opening{
        .depth = GetParam().depth, .flags = GetParam().flags, .dir = dir.fd(), .dir2 = dir.fd()};
    opening.options["capacity"].i = std::int64_t(pages * kPage);
    return opening;
  }
  void SetUp() override {
    dir.write("file", text);
    const Session probe(cached(), with(16));
    if (probe.status == EOPNOTSUPP) GTEST_SKIP() << probe.error.text;
  }
  static iodyno_request read(std::uint64_t offset, std::uint64_t length) {
    return block(IODYNO_OP_READ_BLOCK, 0, offset, length);
  }
  /// One block, all of which or not all of which comes from the cache.
  void expect_read(Session& session, std::uint64_t offset, std::uint64_t length, bool from_cache) {
    const auto c = session.run_one(read(offset, length));
    expect_done(c, length);
    EXPECT_EQ(c.how, from_cache ? std::uint32_t{IODYNO_CACHED} : 0u) << offset;
    EXPECT_EQ(session.delivered_by(0), text.substr(offset, length)) << offset;
  }

  TempDir dir;
  std::string text = text_of(kPagesOfFile * kPage);
};
INSTANTIATE_TEST_SUITE_P(
    , Cached,
    testing::ValuesIn(std::vector<Setup>{
        {cached, 0, 1}, {cached, 0, 4}, {cached, IODYNO_DIRECT, 1}, {cached, IODYNO_DIRECT, 4}}),
    name_of);

TEST_P(Cached, TheSecondTimeComesFromTheCache) {
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  expect_read(session, 0, kPage, false);
  expect_read(session, 0, kPage, true);
  expect_read(session, 5 * kPage, 8 * kPage, false);
  expect_read(session, 5 * kPage, 8 * kPage, true);
  expect_read(session, 12 * kPage, 2 * kPage, false);  // one of each
  expect_read(session, 13 * kPage + 5, 100, true);
  EXPECT_EQ(session.counts.at("cache_hits"), 1 + 8 + 1 + 1);
  EXPECT_EQ(session.counts.at("cache_misses"), 1 + 8 + 1);
  EXPECT_EQ(session.counts.at("cache_evictions"), 0);
  EXPECT_EQ(session.counts.at("cache_bypasses"), 0);
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  expect_read(session, 0, kPage, false);
}

TEST_P(Cached, OddBlocksAcrossPagesArePutTogether) {
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  for (const bool again : {false, true}) {
    expect_read(session, 100, 1, again);
    expect_read(session, kPage + 4000, 200, again);
    expect_read(session, 4 * kPage + 1, 10 * kPage, again);
    expect_read(session, 20 * kPage, 2 * kPage + 7, again);
    expect_read(session, 31 * kPage + 4095, kPage + 2, again);
  }
  const auto nothing = session.run_one(read(77, 0));
  expect_done(nothing, 0);
  EXPECT_EQ(nothing.how, 0u);
}

TEST_P(Cached, BlocksLargerThanTheCacheComeThrough) {
  Session session(cached(), with(16));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  expect_read(session, 0, kPagesOfFile * kPage, false);
  expect_read(session, 0, kPagesOfFile * kPage, false);
  EXPECT_GT(session.counts.at("cache_evictions") + session.counts.at("cache_bypasses"), 40);
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPagesOfFile * kPage, kPage);
  expect_done(session.run_one(write), write.length);
  text = session.source(write);
  EXPECT_EQ(dir.read("file"), text);
  expect_read(session, 0, kPagesOfFile * kPage, false);
}

TEST_P(Cached, WritesGoThroughAndChangeWhatIsCached) {
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  expect_read(session, 0, 4 * kPage, false);
  const bool direct = GetParam().flags != 0;
  const std::uint64_t offset = direct ? 2 * kPage : 2 * kPage + 100;
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, offset, 4 * kPage, 30 * kPage);
  expect_done(session.run_one(write), write.length);
  text.replace(offset, write.length, session.source(write));
  EXPECT_EQ(dir.read("file"), text) << "at once";
  expect_read(session, 0, 4 * kPage, true);
  expect_read(session, 4 * kPage, 3 * kPage, false);
}

TEST_P(Cached, AFileThatIsInTheSetTwiceHasItsPagesOnce) {
  std::filesystem::create_hard_link(dir / "file", dir / "link");
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file", "file", "link"}, IODYNO_WRITABLE), 0);
  EXPECT_TRUE(session.notes.at("cache").starts_with("256 KiB for 256 KiB")) << "once";
  expect_read(session, 0, 4 * kPage, false);
  for (const std::uint32_t as : {1u, 2u}) {
    const auto again = session.run_one(block(IODYNO_OP_READ_BLOCK, as, 0, kPage));
    expect_done(again, kPage);
    EXPECT_EQ(again.how, std::uint32_t{IODYNO_CACHED});
    const auto write = block(IODYNO_OP_WRITE_BLOCK, as, kPage, kPage, as * kPage);
    expect_done(session.run_one(write), kPage);
    text.replace(kPage, kPage, session.source(write));
    expect_read(session, 0, 4 * kPage, true);
  }
}

TEST_P(Cached, WhatLiesBehindTheEnd) {
  text.resize(5 * kPage + 10);
  dir.write("file", text);
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  expect_read(session, 5 * kPage, 10, false);
  expect_read(session, 5 * kPage + 3, 7, true);
  for (const auto& r : {read(5 * kPage, 11), read(4 * kPage, 2 * kPage), read(6 * kPage, 1),
                        read(100 * kPage, kPage), read(INT64_MAX, kPage), read(0, UINT64_MAX - 1)})
    EXPECT_EQ(session.run_one(r).error, ENODATA) << r.offset;
  // The file grows by a write of ours, in a page that is cached and behind all pages.
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 5 * kPage, 3 * kPage);
  expect_done(session.run_one(write), write.length);
  text.replace(5 * kPage, 10, session.source(write));
  expect_read(session, 5 * kPage, kPage, true);
  expect_read(session, 5 * kPage, 3 * kPage, false);
  EXPECT_GT(session.counts.at("cache_bypasses"), 0) << "behind the end as it was";
  dir.write("empty", "");
  ASSERT_EQ(session.open_files({"empty"}, 0), 0);
  EXPECT_EQ(session.run_one(read(0, 1)).error, ENODATA);
}

TEST_P(Cached, WhatOthersChangeIsSeenInTheNextSet) {
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  expect_read(session, 0, kPage, false);
  const std::string before = text;
  dir.write("file", text = text_of(kPagesOfFile * kPage, 7));
  const auto stale = session.run_one(read(0, kPage));
  expect_done(stale, kPage);
  EXPECT_EQ(session.delivered_by(0), before.substr(0, kPage));
  expect_read(session, kPage, kPage, false);
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  expect_read(session, 0, kPage, false);
}

TEST_P(Cached, AFailedWriteLeavesNothingInTheCache) {
  Session session(cached(), with(64));
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  expect_read(session, 0, 2 * kPage, false);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage)).error, EBADF);
  expect_read(session, kPage, kPage, true);
  expect_read(session, 0, kPage, false);
}

/// Random reads and writes of pages, on all threads at once; then the cache has what the file has.
TEST_P(Cached, StaysLikeTheFile) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const std::int64_t policy : {0, 1})
    for (const std::uint64_t page : {4096, 16384}) {
      Opening opening = with(24);
      opening.options["policy"].i = policy;
      opening.options["page"].i = std::int64_t(page);
      Session session(cached(), opening);
      ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
      std::vector<iodyno_request> batch;
      for (int i = 0; i < 3000; ++i) {
        const std::uint64_t at = random() % kPagesOfFile,
                            length = 1 + random() % std::min<std::uint64_t>(kPagesOfFile - at, 6);
        batch.push_back(block(random() % 3 == 0 ? IODYNO_OP_WRITE_BLOCK : IODYNO_OP_READ_BLOCK, 0,
                              at * kPage, length * kPage, random() % 32 * kPage));
      }
      for (const auto& c : session.run(batch)) ASSERT_EQ(c.error, 0);
      text = dir.read("file");
      ASSERT_EQ(text.size(), kPagesOfFile * kPage);
      std::vector<iodyno_request> pages;
      for (std::uint64_t i = 0; i < kPagesOfFile; ++i) pages.push_back(read(i * kPage, kPage));
      session.run(pages);
      for (std::uint32_t i = 0; i < kPagesOfFile; ++i)
        ASSERT_EQ(session.delivered_by(i), text.substr(i * kPage, kPage)) << i;
    }
}

TEST_P(Cached, FilesThatShrinkAndGrowAreErrorsOfTheirRequests) {
  Session session(cached(), with(16));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  std::vector<iodyno_request> batch;
  for (std::uint64_t i = 0; i < 300; ++i)
    batch.push_back(block(i % 3 == 0 ? IODYNO_OP_WRITE_BLOCK : IODYNO_OP_READ_BLOCK, 0,
                          i * 7 % kPagesOfFile * kPage, kPage));
  std::atomic<bool> over = false;
  std::thread meddler([&] {
    while (!over)
      for (const std::uint64_t pages : {10, 64})
        std::filesystem::resize_file(dir / "file", pages * kPage);
  });
  for (int round = 0; round < 20; ++round)
    for (const auto& c : session.run(batch))
      EXPECT_TRUE(c.error == 0 || c.error == ENODATA) << strerrorname_np(c.error);
  over = true;
  meddler.join();
  for (const auto& c : session.run(batch)) EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
}

TEST_P(Cached, APageIsAPowerOfTwo) {
  Opening opening = with(16);
  opening.options["page"].i = 3 * 4096;
  const Session session(cached(), opening);
  EXPECT_EQ(session.status, EINVAL);
  EXPECT_STREQ(session.error.text, "page: not a power of 2: Invalid argument");
}

TEST_P(Cached, SaysHowLargeItIs) {
  Opening opening = with(16);
  opening.options["huge"].i = 1;
  Session session(cached(), opening);
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  EXPECT_EQ(session.notes.at("cache"), "64 KiB for 256 KiB; parts: 1");
  EXPECT_EQ(session.notes.count("huge"), 1u);
  expect_read(session, 0, kPage, false);
}

}  // namespace
}  // namespace sdk_test
