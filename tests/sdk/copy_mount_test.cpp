// The copy backend on file systems that share extents, each in memory and on a mount of its own.
#include "copy_fixture.hpp"

namespace sdk_test {
namespace {

class SharedExtents : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!image.refused.empty()) GTEST_SKIP() << image.refused;
  }
  bool is_btrfs() const { return GetParam() == std::string_view("btrfs"); }

  Image image{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, SharedExtents, testing::Values("xfs", "btrfs"),
                         [](const auto& each) { return std::string(each.param); });

bool clones(std::string_view method) { return method == "reflink" || method == "copy_file_range"; }

/// Each method, with sizes that fill blocks and some that do not, against what the kernel says of
/// the extents.
TEST_P(SharedExtents, AreReportedWhereTheyAre) {
  const TempDir dir(image.path()), dir2(image.path());
  for (const char* method : kMethods) {
    Session session(copier(), with_method(method, dir, dir2));
    ASSERT_EQ(missing(session), "") << method;
    for (const std::uint64_t size : {1, 100, 3000, 4095, 4096, 4097, (1 << 20) + 3, 6 << 20}) {
      const auto from = std::to_string(size), to = method + ("-" + from);
      dir.write(from, text_of(size));
      const auto c = session.run_one(
          request(IODYNO_OP_COPY, from.c_str(), IODYNO_SIZE_UNKNOWN, 0, to.c_str()));
      EXPECT_EQ(c.error, 0) << to;
      EXPECT_TRUE(whole_of(dir2 / to) == text_of(size)) << to;
      EXPECT_EQ((c.how & IODYNO_SHARED) != 0, is_shared(dir2 / to)) << to;
      EXPECT_EQ((c.how & IODYNO_SHARED) != 0, clones(method) && (!is_btrfs() || size > 2048)) << to;
    }
  }
}

TEST_P(SharedExtents, OfAPartOfAFile) {
  const TempDir dir(image.path()), dir2(image.path());
  const std::string text = text_of((1 << 20) + 3);
  dir.write("from", text);
  for (const char* method : {"reflink", "copy_file_range"}) {
    Session session(copier(), with_method(method, dir, dir2));
    for (const std::uint64_t size : {100, 4096, 5000, 1 << 20, (1 << 20) + 1}) {
      const auto to = method + std::to_string(size);
      const auto c = session.run_one(request(IODYNO_OP_COPY, "from", size, 0, to.c_str()));
      EXPECT_EQ(c.error, 0);
      EXPECT_EQ(c.bytes, size);
      EXPECT_TRUE(whole_of(dir2 / to) == text.substr(0, size)) << to;
      const bool whole = size % kPage == 0, reflink = method == std::string_view("reflink");
      EXPECT_EQ((c.how & IODYNO_SHARED) != 0, reflink || size >= kPage) << to;
      EXPECT_EQ((c.how & IODYNO_FALLBACK) != 0, !reflink && !whole && size > kPage) << to;
      EXPECT_TRUE(!whole || is_shared(dir2 / to)) << to;
    }
  }
}

TEST_P(SharedExtents, KeepHoles) {
  const TempDir dir(image.path()), dir2(image.path());
  const std::uint64_t size = (5ull << 30) + 77;
  write_sparse(dir / "from", size, {1 << 20, 3ull << 30}, text_of(100'000));
  for (const char* method : kMethods) {
    Session session(copier(), with_method(method, dir, dir2));
    const auto c = session.run_one(request(IODYNO_OP_COPY, "from", IODYNO_SIZE_UNKNOWN, 0, method));
    EXPECT_EQ(c.error, 0) << method << " " << strerrorname_np(c.error);
    EXPECT_EQ(c.bytes, size);
    EXPECT_EQ((c.how & IODYNO_SHARED) != 0, clones(method));
    EXPECT_EQ(std::uint64_t(stat_of(dir2 / method).st_size), size);
    EXPECT_LE(stat_of(dir2 / method).st_blocks, stat_of(dir / "from").st_blocks + 64) << method;
    EXPECT_TRUE(part_of(dir2 / method, 3ull << 30, 100'000) == text_of(100'000)) << method;
  }
}

/// btrfs clones no file that is written in place to one that is not.
TEST_P(SharedExtents, OfASingleFileMayBeRefused) {
  const TempDir dir(image.path()), dir2(image.path());
  const std::string text = text_of(1 << 20);
  const int fd = ::open((dir / "from").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  int flags = FS_NOCOW_FL;
  const bool refuses = is_btrfs() && ::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  EXPECT_EQ(::write(fd, text.data(), text.size()), ssize_t(text.size()));
  ::close(fd);
  if (!refuses) GTEST_SKIP() << "no such files here";
  Session reflink(copier(), with_method("reflink", dir, dir2));
  expect_done(reflink.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, "1")), text.size(),
              IODYNO_FALLBACK);
  EXPECT_EQ(reflink.notes.at("fallback"), "read_write: Invalid argument");
  Session in_kernel(copier(), with_method("copy_file_range", dir, dir2));
  expect_done(in_kernel.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, "2")), text.size());
  for (const char* name : {"1", "2"}) {
    EXPECT_TRUE(whole_of(dir2 / name) == text);
    EXPECT_FALSE(is_shared(dir2 / name));
  }
}

}  // namespace
}  // namespace sdk_test
