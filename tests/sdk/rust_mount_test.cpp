// What the rust backend says of copies on file systems that share extents.
#include "shared_extents.hpp"

namespace sdk_test {
namespace {

class RustSharedExtents : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!image.refused.empty()) GTEST_SKIP() << image.refused;
  }
  bool is_btrfs() const { return GetParam() == std::string_view("btrfs"); }

  Image image{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, RustSharedExtents, testing::Values("xfs", "btrfs"),
                         [](const auto& each) { return std::string(each.param); });

/// Very small files of btrfs lie among its metadata, of which no two files have a part.
TEST_P(RustSharedExtents, AreReportedWhereTheyAre) {
  const TempDir dir(image.path()), dir2(image.path());
  Session session(rust(), {.dir = dir.fd(), .dir2 = dir2.fd()});
  ASSERT_EQ(session.status, 0) << session.error.text;
  for (const std::uint64_t size : {1, 100, 3000, 4095, 4096, 4097, (1 << 20) + 3}) {
    const auto name = std::to_string(size);
    dir.write(name, text_of(size));
    const auto copy = request(IODYNO_OP_COPY, name.c_str(), IODYNO_SIZE_UNKNOWN, 0, name.c_str());
    const auto c = session.run_one(copy);
    expect_done(c, size);
    EXPECT_TRUE(dir2.read(name) == text_of(size));
    EXPECT_EQ((c.how & IODYNO_SHARED) != 0, is_shared(dir2 / name)) << size;
    EXPECT_EQ((c.how & IODYNO_SHARED) != 0, !is_btrfs() || size > 2048) << size;
  }
}

/// Only whole blocks of a part are cloned.
TEST_P(RustSharedExtents, OfAPartOfAFile) {
  const TempDir dir(image.path()), dir2(image.path());
  const std::string text = text_of((1 << 20) + 3);
  dir.write("from", text);
  Session session(rust(), {.dir = dir.fd(), .dir2 = dir2.fd()});
  for (const std::uint64_t size : {100, 4096, 5000, 1 << 20, (1 << 20) + 1, (1 << 20) + 3}) {
    const auto to = std::to_string(size);
    const auto c = session.run_one(request(IODYNO_OP_COPY, "from", size, 0, to.c_str()));
    EXPECT_TRUE(dir2.read(to) == text.substr(0, size)) << to;
    const bool rest = size != text.size() && size % kPage != 0 && size > kPage;
    expect_done(c, size, rest ? std::uint32_t{IODYNO_FALLBACK} : 0u);
    EXPECT_EQ((c.how & IODYNO_SHARED) != 0, size >= kPage) << to;
    EXPECT_TRUE(rest || (c.how & IODYNO_SHARED) == 0 || is_shared(dir2 / to)) << to;
  }
}

/// btrfs clones no file that is written in place to one that is not.
TEST_P(RustSharedExtents, NotOfAFileThatIsWrittenInPlace) {
  const TempDir dir(image.path()), dir2(image.path());
  const std::string text = text_of(1 << 20);
  const int fd = ::open((dir / "from").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  int flags = FS_NOCOW_FL;
  const bool has_such_files = is_btrfs() && ::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  EXPECT_EQ(::write(fd, text.data(), text.size()), ssize_t(text.size()));
  ::close(fd);
  if (!has_such_files) GTEST_SKIP() << "no such files here";
  Session session(rust(), {.dir = dir.fd(), .dir2 = dir2.fd()});
  const auto c = session.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, "to"));
  expect_done(c, text.size());
  EXPECT_EQ(c.how & IODYNO_SHARED, 0u);
  EXPECT_FALSE(is_shared(dir2 / "to"));
}

}  // namespace
}  // namespace sdk_test
