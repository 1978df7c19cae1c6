// The uring backend's chains, rings, large files and pace; what it leaves behind.

#include <cerrno>
#include <iodyno/config.hpp>

#include "fixture.hpp"

namespace sdk_test {
namespace {

std::vector<std::string> numbered(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

/// In whichever way it came about.
void expect_moved(const iodyno_completion& c, std::uint64_t bytes) {
  EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
  EXPECT_EQ(c.bytes, bytes);
}

// --- Chains

TEST(Uring, SaysWhatItWorksWith) {
  const TempDir dir;
  const Session session(uring(), {.depth = 32, .dir = dir.fd(), .dir2 = dir.fd()});
  ASSERT_EQ(session.status, 0) << session.error.text;
  EXPECT_NE(session.notes.at("ring").find("entries"), std::string::npos);
  for (const char* key :
       {"rings", "workers", "chains", "registered_files", "fixed_buffers", "transfers", "wait"})
    EXPECT_FALSE(session.notes.at(key).empty()) << key;
  EXPECT_EQ(session.notes.at("list"), "by system call: io_uring has no opcode for it");
}

TEST(Uring, ChainsNeedRegisteredFiles) {
  const TempDir dir;
  const Session session(
      uring(), {.dir = dir.fd(), .dir2 = dir.fd(), .options = {{"registered_files", {.i = 0}}}});
  EXPECT_EQ(session.notes.at("registered_files"), "off");
  EXPECT_EQ(session.notes.at("chains"), "off: they need registered files");
}

/// Cached small files: one journey into the kernel for a whole round of the depth.
TEST(Uring, ReadsAsManyFilesPerSystemCallAsTheDepth) {
  if (is_tmpfs(".")) GTEST_SKIP() << "workers read there";
  const TempDir dir;
  const int count = 10'000;
  const auto names = numbered("file", count);
  for (int i = 0; i < count; ++i) dir.write(names[std::size_t(i)], text_of(100, unsigned(i)));
  for (const std::uint32_t depth : {32u, 64u, 256u}) {
    Session session(
        uring(),
        {.depth = depth, .dir = dir.fd(), .dir2 = dir.fd(), .options = {{"rings", {.i = 1}}}});
    ASSERT_EQ(session.status, 0) << session.error.text;
    if (session.notes.at("chains").starts_with("off")) GTEST_SKIP() << session.notes.at("chains");
    for (const auto length : {std::uint64_t{100}, IODYNO_SIZE_UNKNOWN}) {
      std::vector<iodyno_request> requests;
      for (const auto& name : names)
        requests.push_back(request(IODYNO_OP_READ, name.c_str(), length));
      session.counts.clear();
      const auto done = session.run(requests);
      for (std::uint32_t i = 0; i < done.size(); ++i) {
        ASSERT_EQ(done[i].error, 0);
        ASSERT_EQ(session.delivered_by(i), text_of(100, i));
      }
      // A dentry may have been dropped from the cache: such an open is done by a worker.
      EXPECT_LE(session.counts.at("enter_calls"), count / depth * 1.05 + 4) << depth;
    }
  }
}

TEST(Uring, ThousandsOfTooShortFilesLeakNothing) {
  const TempDir dir;
  dir.write("file", text_of(100));
  Session session(uring(), {.depth = 16, .dir = dir.fd(), .dir2 = dir.fd()});
  ASSERT_EQ(session.status, 0) << session.error.text;
  const std::vector<iodyno_request> requests(5000, request(IODYNO_OP_READ, "file", 101));
  const auto before = open_descriptors();
  for (const auto& c : session.run(requests)) EXPECT_EQ(c.error, ENODATA);
  EXPECT_EQ(open_descriptors(), before);
  expect_moved(session.run_one(request(IODYNO_OP_READ, "file", 100)), 100);
}

class UringRings : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(, UringRings, testing::Values(1, 2, 3));

TEST_P(UringRings, FiveThousandMixedRequestsAtDepth64) {
  const TempDir dir, dir2;
  Session session(
      uring(),
      {.depth = 64, .dir = dir.fd(), .dir2 = dir2.fd(), .options = {{"rings", {.i = GetParam()}}}});
  ASSERT_EQ(session.status, 0) << session.error.text;
  const auto files = numbered("file", 500), fresh = numbered("new", 5000);
  const std::string block_text = text_of(64 * kPage);
  for (int i = 0; i < 500; ++i) dir.write(files[std::size_t(i)], text_of(std::uint64_t(i) * 97, 3));
  dir.write("blocks", block_text);
  ASSERT_EQ(session.open_files({"blocks"}, 0), 0);
  std::vector<iodyno_request> requests;
  for (std::size_t i = 0; i < 5000; ++i) {
    const char* file = files[i % 500].c_str();
    const std::uint64_t size = i % 500 * 97;
    const iodyno_request kinds[] = {
        request(IODYNO_OP_READ, file, size),
        request(IODYNO_OP_CREATE, fresh[i].c_str(), i % 7 * 9000, i % 32 * kPage),
        block(IODYNO_OP_READ_BLOCK, 0, i % 48 * kPage, (1 + i % 16) * kPage),
        request(IODYNO_OP_COPY, file, IODYNO_SIZE_UNKNOWN, 0, fresh[i].c_str()),
        request(IODYNO_OP_STAT, file),
        request(IODYNO_OP_READ, file, IODYNO_SIZE_UNKNOWN),
        request(IODYNO_OP_READ, "gone", 5)};
    requests.push_back(kinds[i % 7]);
  }
  const std::uint64_t begin = iodyno::now();
  const auto done = session.run(requests);
  const std::uint64_t end = iodyno::now();
  std::uint64_t in_flight = 0;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const auto& r = requests[i];
    ASSERT_EQ(done[i].error, i % 7 == 6 ? ENOENT : 0) << i;
    ASSERT_LE(begin, done[i].start_ns);
    ASSERT_LE(done[i].start_ns, done[i].end_ns);
    ASSERT_LE(done[i].end_ns, end);
    in_flight += done[i].end_ns - done[i].start_ns;
    const std::string text = text_of(i % 500 * 97, 3);
    switch (i % 7) {
      case 0:
      case 5: ASSERT_EQ(session.delivered_by(i), text); break;
      case 1: ASSERT_EQ(dir.read(fresh[i]), session.source(r)); break;
      case 2: ASSERT_EQ(session.delivered_by(i), block_text.substr(r.offset, r.length)); break;
      case 3: ASSERT_EQ(dir2.read(fresh[i]), text); break;
      case 4: ASSERT_EQ(done[i].bytes, text.size()); break;
    }
  }
  EXPECT_LE(in_flight, 64 * (end - begin));
}

TEST(Uring, MakesNoMoreRingsThanItHasUseFor) {
  const TempDir dir;
  const auto rings = [&](std::uint32_t depth, int asked) {
    return Session(uring(), {.depth = depth,
                             .dir = dir.fd(),
                             .dir2 = dir.fd(),
                             .options = {{"rings", {.i = asked}}}})
        .notes.at("rings");
  };
  EXPECT_EQ(rings(4, 2), "2");
  EXPECT_EQ(rings(2, 3), "2: the depth allows no more");
  EXPECT_EQ(rings(1, 0), "1, auto");
  EXPECT_EQ(rings(15, 0), "1, auto");
}

// --- Large files

class UringLarge : public testing::TestWithParam<std::tuple<std::uint32_t, int, std::uint32_t>> {};
INSTANTIATE_TEST_SUITE_P(, UringLarge,
                         testing::Combine(testing::Values(1u, 4u), testing::Values(1, 8),
                                          testing::Values(0u, std::uint32_t{IODYNO_DIRECT})));

TEST_P(UringLarge, FilesLargerThanTheBuffer) {
  const auto [depth, transfers, flags] = GetParam();
  const TempDir dir, dir2;
  Session session(uring(), {.depth = depth,
                            .flags = flags,
                            .dir = dir.fd(),
                            .dir2 = dir2.fd(),
                            .options = {{"transfers", {.i = transfers}}},
                            .buffer_size = 16 * kPage});
  if (flags != 0 && session.status != 0) GTEST_SKIP() << session.error.text;
  ASSERT_EQ(session.status, 0) << session.error.text;
  const auto names = numbered("large", 12);
  const std::uint64_t sizes[] = {16 * kPage + 1, 200 * kPage, 333 * kPage + 77};
  std::vector<iodyno_request> creates, reads, copies;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* name = names[i].c_str();
    creates.push_back(request(IODYNO_OP_CREATE, name, sizes[i % 3], i * kPage));
    const auto length = i % 2 == 0 ? sizes[i % 3] : IODYNO_SIZE_UNKNOWN;
    reads.push_back(request(IODYNO_OP_READ, name, length));
    copies.push_back(request(IODYNO_OP_COPY, name, length, 0, name));
  }
  for (const auto& all : {creates, reads, copies}) {
    const auto done = session.run(all);
    for (std::uint32_t i = 0; i < done.size(); ++i) {
      EXPECT_EQ(done[i].error, 0) << strerrorname_np(done[i].error);
      EXPECT_EQ(done[i].bytes, sizes[i % 3]);
      if (all[i].op == IODYNO_OP_READ) {
        EXPECT_EQ(session.delivered_by(i), session.source(creates[i]));
      } else {
        EXPECT_EQ((all[i].op == IODYNO_OP_COPY ? dir2 : dir).read(names[i]),
                  session.source(creates[i]));
      }
    }
  }
  auto longer = request(IODYNO_OP_READ, names[2].c_str(), sizes[2] + 1);
  EXPECT_EQ(session.run_one(longer).error, ENODATA);
}

// --- Pace and deadline

TEST_P(UringRings, KeepsToItsPaceWithWorkInFlight) {
  const TempDir dir;
  dir.write("file", text_of(100 * kPage));
  Session session(uring(), {.depth = 8,
                            .flags = IODYNO_PACED,
                            .dir = dir.fd(),
                            .dir2 = dir.fd(),
                            .options = {{"rings", {.i = GetParam()}}}});
  ASSERT_EQ(session.status, 0) << session.error.text;
  std::vector<iodyno_request> requests(200, request(IODYNO_OP_READ, "file", 100 * kPage));
  const std::uint64_t begin = iodyno::now() + 1'000'000;
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].not_before_ns = begin + i * 300'000;
  const std::uint64_t deadline = begin + 150 * 300'000;
  const auto done = session.run(requests, 0, deadline);
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (i >= 150 || done[i].error == ECANCELED) {
      EXPECT_EQ(done[i].error, ECANCELED);
      EXPECT_EQ(done[i].start_ns, 0u);
      continue;
    }
    EXPECT_EQ(done[i].error, 0);
    EXPECT_GE(done[i].start_ns, requests[i].not_before_ns);
    EXPECT_LT(done[i].start_ns, deadline);
  }
  EXPECT_EQ(done[0].error, 0);
  EXPECT_LT(iodyno::now(), deadline + 100'000'000) << "those after the deadline are not waited for";
}

TEST_P(UringRings, StartNothingAfterTheDeadline) {
  const TempDir dir;
  dir.write("file", text_of(kPage));
  Session session(
      uring(),
      {.depth = 4, .dir = dir.fd(), .dir2 = dir.fd(), .options = {{"rings", {.i = GetParam()}}}});
  const std::vector<iodyno_request> requests(100, request(IODYNO_OP_READ, "file", kPage));
  for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_UNTIMED}})
    for (const auto& c : session.run(requests, flags, 1)) {
      EXPECT_EQ(c.error, ECANCELED);
      EXPECT_EQ(c.start_ns, 0u);
    }
  for (const auto& c : session.run(requests, IODYNO_UNTIMED)) {
    expect_moved(c, kPage);
    EXPECT_EQ(c.start_ns + c.end_ns, 0u);
  }
}

// --- What it leaves behind

TEST_P(UringRings, AHundredSessionsLeaveNothing) {
  const TempDir dir;
  dir.write("file", text_of(kPage));
  const auto once = [&] {
    Session session(
        uring(),
        {.depth = 8, .dir = dir.fd(), .dir2 = dir.fd(), .options = {{"rings", {.i = GetParam()}}}});
    ASSERT_EQ(session.status, 0) << session.error.text;
    ASSERT_EQ(session.open_files({"file"}, 0), 0);
    expect_moved(session.run_one(request(IODYNO_OP_REWRITE, "file", kPage)), kPage);
    expect_moved(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)), kPage);
  };
  once();
  const auto files = open_descriptors();
  for (int i = 0; i < 100; ++i) once();
  EXPECT_EQ(open_descriptors(), files);
  // Workers are of the thread, and outlive a ring for some seconds; but they don't add up.
  EXPECT_LE(entries_of("/proc/self/task"), 2 + 2 * 64u);
}

}  // namespace
}  // namespace sdk_test
