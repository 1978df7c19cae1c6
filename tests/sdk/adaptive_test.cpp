// What the backend adaptive alone has: groups, tuning, what it keeps, and its bounds.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "fixture.hpp"

namespace sdk_test {
namespace {

constexpr std::uint32_t kFiles = 60, kBytes = 5000;

/// Files f0, f1, … and a batch that reads them.
class Adaptive : public testing::Test {
 protected:
  Adaptive() {
    for (std::uint32_t i = 0; i < kFiles; ++i) {
      names.push_back("f" + std::to_string(i));
      dir.write(names.back(), text_of(kBytes, i));
    }
    for (const auto& name : names) reads.push_back(request(IODYNO_OP_READ, name.c_str(), kBytes));
  }
  /// A session that stays with these settings.
  Opening fixed(std::uint32_t depth, std::int64_t threads, std::int64_t group) const {
    Opening with{.depth = depth, .dir = dir.fd(), .dir2 = dir.fd()};
    with.options["tune"].i = 0;
    with.options["threads"].i = threads;
    with.options["group"].i = group;
    return with;
  }
  /// Each request started, and never more of them in flight than that.
  static void expect_in_flight(const std::vector<iodyno_completion>& done, int most) {
    std::vector<std::pair<std::uint64_t, int>> events;
    for (const auto& c : done) {
      ASSERT_NE(c.start_ns, 0u);
      ASSERT_LE(c.start_ns, c.end_ns);
      events.emplace_back(c.start_ns, 1);
      events.emplace_back(c.end_ns, -1);  // sorts before a start at the same time
    }
    std::ranges::sort(events);
    int in_flight = 0, highest = 0;
    for (const auto& [when, change] : events) highest = std::max(highest, in_flight += change);
    EXPECT_LE(highest, most);
  }

  TempDir dir;
  std::vector<std::string> names;
  std::vector<iodyno_request> reads;
};

TEST_F(Adaptive, GroupsReadEachFileAndStayWithinTheDepth) {
  for (const auto& [threads, group] : {std::pair{1, 16}, {2, 8}, {4, 4}, {16, 1}, {3, 5}}) {
    Session session(adaptive(), fixed(16, threads, group));
    EXPECT_EQ(session.status, 0) << session.error.text;
    const auto done = session.run(reads);
    for (std::uint32_t i = 0; i < kFiles; ++i) {
      expect_done(done[i], kBytes);
      EXPECT_EQ(session.delivered_by(i), text_of(kBytes, i));
    }
    expect_in_flight(done, threads * group);
    EXPECT_EQ(session.notes.at("threads"), std::to_string(threads) + " of 16");
    EXPECT_EQ(session.notes.at("group"), std::to_string(group));
    EXPECT_EQ(session.notes.at("tune"), "off");
    EXPECT_TRUE(session.counts.empty());
    EXPECT_EQ(session.kept, "adaptive 1") << "it learns nothing, and says so at once";
  }
}

TEST_F(Adaptive, TheDepthBoundsWhatIsAskedFor) {
  Session session(adaptive(), fixed(8, 4096, 4096));
  const auto done = session.run(reads);
  for (const auto& c : done) expect_done(c, kBytes);
  expect_in_flight(done, 8);
  EXPECT_EQ(session.notes.at("threads"), "8 of 8");
  EXPECT_EQ(session.notes.at("group"), "1");
}

TEST_F(Adaptive, OneBadFileInAGroupIsNoLossToTheOthers) {
  Session session(adaptive(), fixed(16, 1, 16));
  std::filesystem::create_directory(dir / "folder");
  reads[0].path = "gone";
  reads[7].path = "folder";
  reads[8].length = kBytes + 1;
  reads[9].flags = 0x100;
  reads[10] = request(iodyno_op(31), "f10");
  reads[11] = request(IODYNO_OP_STAT, "f11");
  reads[12] = request(IODYNO_OP_COPY, "f12", kBytes, 0, "copy");
  reads[13] = request(IODYNO_OP_CREATE, "f13", 1);
  reads[14] = block(IODYNO_OP_READ_BLOCK, 3, 0, 1);
  reads[59].path = "gone";
  const auto done = session.run(reads);
  const std::map<std::size_t, int> errors = {{0, ENOENT},  {7, EISDIR},   {8, ENODATA},
                                             {9, ENOTSUP}, {10, ENOTSUP}, {13, EEXIST},
                                             {14, EBADF},  {59, ENOENT}};
  for (std::uint32_t i = 0; i < kFiles; ++i) {
    const auto expected = errors.find(i);
    EXPECT_EQ(done[i].error, expected == errors.end() ? 0 : expected->second) << i;
    if (done[i].error == 0 && reads[i].op == IODYNO_OP_READ) {
      EXPECT_EQ(session.delivered_by(i), text_of(kBytes, i)) << i;
    }
  }
  expect_in_flight(done, 16);
  EXPECT_EQ(dir.read("copy"), text_of(kBytes, 12));
}

TEST_F(Adaptive, BlocksComeInGroups) {
  Session session(adaptive(), fixed(32, 2, 16));
  ASSERT_EQ(session.open_files({"f0", "f1"}, IODYNO_WRITABLE), 0);
  std::vector<iodyno_request> blocks;
  for (std::uint32_t i = 0; i < 100; ++i)
    blocks.push_back(block(IODYNO_OP_READ_BLOCK, i % 2, i * 7, 100 + i));
  const auto done = session.run(blocks);
  for (std::uint32_t i = 0; i < 100; ++i) {
    expect_done(done[i], 100 + i);
    EXPECT_EQ(session.delivered_by(i), text_of(kBytes, i % 2).substr(i * 7, 100 + i));
  }
}

/// Puts the limit back.
class Descriptors {
 public:
  explicit Descriptors(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  Descriptors(const Descriptors&) = delete;
  ~Descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Adaptive, AGroupTakesAShareOfTheDescriptors) {
  const Descriptors few(64);
  Session session(adaptive(), fixed(32, 1, 32));
  for (const auto& c : session.run(reads)) expect_done(c, kBytes);
  EXPECT_EQ(session.notes.at("group"), "16");
}

TEST_F(Adaptive, AGroupThatRunsOutOfDescriptorsGoesOnInPieces) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan, which is built in, too, needs a descriptor to look at an exception";
#endif
  Session session(adaptive(), fixed(32, 1, 32));
  const Descriptors few(open_descriptors() + 4);
  const auto done = session.run(reads);
  for (std::uint32_t i = 0; i < kFiles; ++i) {
    expect_done(done[i], kBytes);
    EXPECT_EQ(session.delivered_by(i), text_of(kBytes, i));
  }
  expect_in_flight(done, 32);
}

TEST_F(Adaptive, MemoryBoundsBuffersAndThreads) {
  Opening with = fixed(16, 16, 1);
  with.options["memory"].i = 64 << 10;
  Session session(adaptive(), with);
  for (const auto& c : session.run(reads)) expect_done(c, kBytes);
  EXPECT_EQ(session.notes.at("buffer"), "16 KiB");
  EXPECT_EQ(session.notes.at("threads"), "4 of 16");
}

/// When it comes to rest is up to the machine; what it does until then is not.
TEST_F(Adaptive, LearnsInRehearsalsAndMeasuredBatchesAlike) {
  Session session(adaptive(), {.depth = 8, .dir = dir.fd(), .dir2 = dir.fd()});
  EXPECT_EQ(session.notes.at("tune"), "on");
  EXPECT_EQ(session.notes.count("kept"), 0u);
  EXPECT_EQ(session.kept, "");
  double epochs = 0;
  for (int i = 0; i < 100; ++i) {
    for (const auto& c : session.run(reads, i % 2 ? std::uint32_t{IODYNO_REHEARSAL} : 0))
      ASSERT_EQ(c.error, 0);
    EXPECT_EQ(session.counts["epochs"], ++epochs) << "a batch that is too small to be cut";
    if (!session.kept.empty()) {
      EXPECT_TRUE(session.kept.starts_with("adaptive 1 1:")) << session.kept;
    }
  }
}

TEST_F(Adaptive, WhereThereIsNothingToChooseItKeepsThatAtOnce) {
  Session session(adaptive(), {.depth = 1, .dir = dir.fd(), .dir2 = dir.fd()});
  EXPECT_EQ(session.kept, "");
  for (const auto& c : session.run(reads)) expect_done(c, kBytes);
  EXPECT_EQ(session.kept, "adaptive 1 1:1,1,262144");
}

TEST_F(Adaptive, TakesUpWhatWasKept) {
  const std::string kept = "adaptive 1 1:2,4,65536";
  const Opening with{.depth = 8, .dir = dir.fd(), .dir2 = dir.fd(), .kept = kept.c_str()};
  Session session(adaptive(), with);
  EXPECT_EQ(session.notes.at("kept"), "taken up");
  EXPECT_EQ(session.kept, "") << "other operations may have to be rehearsed";
  for (const auto& c : session.run(reads, IODYNO_REHEARSAL)) expect_done(c, kBytes);
  EXPECT_EQ(session.counts["epochs"], 1) << "it rests, and the batch is one epoch";
  EXPECT_EQ(session.kept, kept) << "no need to rehearse again";
  EXPECT_EQ(session.notes.at("threads"), "2 of 8");
  EXPECT_EQ(session.notes.at("group"), "4");
  EXPECT_EQ(session.notes.at("buffer"), "64 KiB");
}

/// The files of a rehearsal are in the cache.
TEST_F(Adaptive, LearnsNothingOfColdFilesInARehearsal) {
  Opening with{.depth = 8, .dir = dir.fd(), .dir2 = dir.fd()};
  with.expect = IODYNO_COLD;
  Session session(adaptive(), with);
  EXPECT_EQ(session.kept, "adaptive 1");
  for (const auto& c : session.run(reads, IODYNO_REHEARSAL)) expect_done(c, kBytes);
  EXPECT_EQ(session.counts.count("epochs"), 0u);
  EXPECT_EQ(session.notes.at("threads"), "8 of 8");
  for (const auto& c : session.run(reads)) expect_done(c, kBytes);
  EXPECT_EQ(session.counts.at("epochs"), 1);
}

TEST_F(Adaptive, WhatIsNotItsOwnIsIgnoredAndSaidSo) {
  Opening with{.depth = 2, .dir = dir.fd(), .dir2 = dir.fd()};
  for (const char* text : {"", "rubbish", "adaptive 1 1:8,8,262144"}) {
    with.kept = text;
    Session session(adaptive(), with);
    EXPECT_TRUE(session.notes.at("kept").starts_with("ignored")) << text;
    for (const auto& c : session.run(reads)) expect_done(c, kBytes);
  }
}

TEST_F(Adaptive, ARateIsKeptByAllThreadsAndNotTuned) {
  Opening with{.depth = 4, .flags = IODYNO_PACED, .dir = dir.fd(), .dir2 = dir.fd()};
  with.options["group"].i = 4;
  with.kept = "adaptive 1 1:1,4,65536";
  Session session(adaptive(), with);
  EXPECT_EQ(session.kept, with.kept) << "for those without a rate";
  const auto done = session.run(reads);
  for (const auto& c : done) expect_done(c, kBytes);
  EXPECT_EQ(session.notes.at("tune"), "off: there is a rate");
  EXPECT_EQ(session.notes.at("threads"), "4 of 4");
  EXPECT_EQ(session.notes.at("group"), "1");
}

TEST_F(Adaptive, ADeadlineThatHasPassedStartsNothing) {
  Session session(adaptive(), fixed(16, 2, 8));
  for (const auto& c : session.run(reads, 0, 1)) {
    EXPECT_EQ(c.error, ECANCELED);
    EXPECT_EQ(c.start_ns, 0u);
    EXPECT_EQ(c.end_ns, 0u);
  }
  EXPECT_TRUE(session.delivered.empty());
}

}  // namespace
}  // namespace sdk_test
