// What the asio backend alone has: threads, a set whose files are shared, and no ring.
#include <sys/syscall.h>

#include <cerrno>

#include "child.hpp"
#include "fixture.hpp"

namespace sdk_test {
namespace {

/// Whole files and blocks, on so many threads.
class Asio : public testing::TestWithParam<std::int64_t> {
 protected:
  static constexpr std::uint32_t kFiles = 400, kDepth = 16;
  static constexpr std::uint64_t kSize = 3 * kPage + 5;

  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    if (GetParam() > 1)
      GTEST_SKIP() << "what a thread hands to another through the ring is not seen";
#endif
    ASSERT_EQ(session.status, 0) << session.error.text;
    for (std::uint32_t i = 0; i < kFiles; ++i) {
      paths.push_back("f" + std::to_string(i));
      temporary.push_back(paths.back() + ".new");
    }
  }
  std::vector<iodyno_request> requests(iodyno_op op) const {
    std::vector<iodyno_request> all;
    for (std::uint32_t i = 0; i < kFiles; ++i) {
      const bool has_bytes = op != IODYNO_OP_DELETE && op != IODYNO_OP_STAT;
      all.push_back(
          request(op, paths[i].c_str(), has_bytes ? kSize : 0, has_bytes ? i % 30 * kPage : 0));
      if (op == IODYNO_OP_REPLACE) all.back().path2 = temporary[i].c_str();
      if (op == IODYNO_OP_COPY) all.back().path2 = paths[i].c_str();
    }
    return all;
  }

  TempDir dir, dir2;
  Session session{asio(),
                  {.depth = kDepth,
                   .dir = dir.fd(),
                   .dir2 = dir2.fd(),
                   .options = {{"threads", {.i = GetParam()}}}}};
  std::vector<std::string> paths, temporary;
};
INSTANTIATE_TEST_SUITE_P(Threads, Asio, testing::Values(1, 2, 5, 20));

TEST_P(Asio, FilesFromBirthToDeath) {
  for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_OVERWRITE, IODYNO_OP_REWRITE, IODYNO_OP_REPLACE,
                        IODYNO_OP_READ, IODYNO_OP_COPY, IODYNO_OP_STAT}) {
    const auto all = requests(op);
    const auto done = session.run(all);
    ASSERT_EQ(session.run_status, 0) << session.error.text;
    for (std::uint32_t i = 0; i < kFiles; ++i) {
      expect_done(done[i], kSize);
      if (op == IODYNO_OP_READ) {
        EXPECT_EQ(session.delivered_by(i), session.source(all[i]));
      }
      if (op == IODYNO_OP_COPY) {
        EXPECT_EQ(dir2.read(paths[i]), dir.read(paths[i]));
      }
    }
  }
  for (const auto& c : session.run(requests(IODYNO_OP_DELETE))) expect_done(c, 0);
  for (const auto& path : paths) EXPECT_FALSE(dir.has(path) || dir.has(path + ".new"));
}

/// Each coroutine has a file object of its own, which goes from file to file.
TEST_P(Asio, BlocksOfManyFilesOfOneSet) {
  session.run(requests(IODYNO_OP_CREATE));
  std::vector<const char*> set;
  for (const auto& path : paths) set.push_back(path.c_str());
  const auto before = open_descriptors();
  ASSERT_EQ(session.open_files(set, IODYNO_WRITABLE), 0) << session.error.text;
  std::vector<iodyno_request> all;
  for (std::uint32_t i = 0; i < 3000; ++i)
    all.push_back(block(i % 5 == 0 ? IODYNO_OP_FSYNC : IODYNO_OP_READ_BLOCK, i * 7 % kFiles, kPage,
                        i % 5 == 0 ? 0 : kPage));
  const auto done = session.run(all);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    expect_done(done[i], all[i].length);
    if (all[i].length != 0) {
      const auto made = request(IODYNO_OP_CREATE, nullptr, kSize, all[i].file % 30 * kPage);
      EXPECT_EQ(session.delivered_by(i), session.source(made).substr(kPage, kPage));
    }
  }
  ASSERT_EQ(session.open_files({}, 0), 0);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Asio, SaysWhatItWorksWith) {
  EXPECT_EQ(session.notes.at("io_context").rfind(std::to_string(GetParam()) + " thread", 0), 0u);
  EXPECT_NE(session.notes.at("blocking").find("fsync"), std::string::npos);
}

std::string refusal(int error) {
  if (!forbid(SYS_io_uring_setup, error)) return "no seccomp";
  const TempDir dir;
  const Session session(asio(), {.dir = dir.fd(), .dir2 = dir.fd()});
  return std::to_string(session.status) + " " + session.error.text;
}

TEST(AsioLimits, SaysWhyThereIsNoRing) {
  const std::string missing = in_a_child([] { return refusal(ENOSYS); });
  if (missing == "no seccomp") GTEST_SKIP() << missing;
  EXPECT_EQ(missing.rfind(std::to_string(ENOSYS) + " ", 0), 0u) << missing;
  EXPECT_NE(missing.find("no io_uring"), std::string::npos) << missing;
  const std::string forbidden = in_a_child([] { return refusal(EPERM); });
  EXPECT_EQ(forbidden.rfind(std::to_string(EPERM) + " ", 0), 0u) << forbidden;
  EXPECT_NE(forbidden.find("seccomp"), std::string::npos) << forbidden;
}

TEST(AsioLimits, SaysThatThereAreNoDescriptorsForItsRing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer of undefined behaviour needs a descriptor to look at types";
#endif
  const TempDir dir;
  const std::string said = in_a_child([&] {
    std::vector<int> all;
    for (int fd; (fd = ::dup(dir.fd())) >= 0;) all.push_back(fd);
    const Session session(asio(), {.dir = dir.fd(), .dir2 = dir.fd()});
    return std::to_string(session.status) + " " + session.error.text;
  });
  EXPECT_EQ(said.rfind(std::to_string(EMFILE) + " ", 0), 0u) << said;
  EXPECT_NE(said.find("io_uring_setup"), std::string::npos) << said;
}

}  // namespace
}  // namespace sdk_test
