// Nothing outside of our own directory is opened or removed.
#include "trial/directory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::errno_of;

class Directory : public testing::Test {
 protected:
  Directory() {
    fs::create_directories(dir / "ours/inner");
    fs::create_directories(dir / "theirs/inner");
    test::write_text(dir / "ours/file", "ours");
    test::write_text(dir / "theirs/file", "theirs");
    fs::create_symlink("../theirs", dir / "ours/link");
    fs::create_symlink("../theirs/file", dir / "ours/file-link");
    fs::create_symlink("ours", dir / "short-cut");
    ours = open_below(dir.fd(), "ours");
  }
  test::TempDir dir;
  Fd ours;
};

TEST_F(Directory, OpensWhatLiesBelow) {
  EXPECT_EQ(errno_of([&] { open_below(ours, "inner"); }), 0);
  EXPECT_EQ(errno_of([&] { open_below(dir.fd(), "ours/inner"); }), 0);
  EXPECT_EQ(errno_of([&] { open_file_below(ours, "file", O_RDONLY); }), 0);
  EXPECT_EQ(errno_of([&] { open_file_below(ours, "new", O_WRONLY | O_CREAT | O_EXCL, 0600); }), 0);
  struct stat status;
  ASSERT_EQ(stat((dir / "ours/new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Directory, DoesNotLeadUpwardsOrElsewhere) {
  for (const std::string path : {"..", "../theirs", "inner/../../theirs", "/", "/tmp"})
    EXPECT_EQ(errno_of([&] { open_below(ours, path); }), EXDEV) << path;
  for (const std::string path : {"link/inner", "file-link/x"})
    EXPECT_EQ(errno_of([&] { open_below(ours, path); }), ELOOP) << path;
  EXPECT_EQ(errno_of([&] { open_below(ours, "link"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { open_below(dir.fd(), "short-cut"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { open_file_below(ours, "file-link", O_RDONLY); }), ELOOP);
  EXPECT_EQ(errno_of([&] { open_file_below(ours, "link/file", O_RDONLY); }), ELOOP);
  EXPECT_EQ(errno_of([&] { open_file_below(ours, "../theirs/file", O_RDONLY); }), EXDEV);
  EXPECT_EQ(errno_of([&] { open_below(ours, "file"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { open_below(ours, "missing"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { open_below(ours, ""); }), ENOENT);
}

TEST_F(Directory, MakesDirectories) {
  make_directory(ours, "made");
  EXPECT_TRUE(fs::is_directory(dir / "ours/made"));
  EXPECT_EQ(errno_of([&] { make_directory(ours, "made"); }), EEXIST);
  spread_children(ours);  // where it can't be said, nothing happens
}

TEST_F(Directory, RemovesATreeButNotWhatItsLinksLeadTo) {
  fs::create_directories(dir / "ours/a/b/c/d");
  test::write_text(dir / "ours/a/b/c/file", "x");
  fs::create_symlink(dir / "theirs", dir / "ours/a/b/absolute");
  fs::create_symlink("nowhere", dir / "ours/a/b/dangling");
  ASSERT_EQ(mkfifo((dir / "ours/a/fifo").c_str(), 0600), 0);
  remove_tree(dir.fd(), "ours");
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"theirs", "short-cut"}));
  EXPECT_EQ(test::names_in(dir / "theirs"), (std::set<std::string>{"file", "inner"}));
  EXPECT_EQ(test::read_text(dir / "theirs/file"), "theirs");
}

TEST_F(Directory, RemovesNothingByALinkOrAFileOrAWayUp) {
  EXPECT_EQ(errno_of([&] { remove_tree(dir.fd(), "short-cut"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { remove_tree(ours, "link"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { remove_tree(ours, "file"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { remove_tree(ours, ".."); }), EXDEV);
  EXPECT_EQ(errno_of([&] { remove_tree(ours, "missing"); }), ENOENT);
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"ours", "theirs", "short-cut"}));
  EXPECT_TRUE(fs::exists(dir / "ours/file"));
}

TEST_F(Directory, RemovesManyFilesAndCanBeStopped) {
  for (int i = 0; i < 1000; ++i) test::write_text(dir / ("ours/inner/f" + std::to_string(i)), "");
  struct Stop {};
  EXPECT_THROW(remove_tree(ours, "inner",
                           [](std::uint64_t done, std::uint64_t) {
                             if (done >= 512) throw Stop();
                           }),
               Stop);
  const auto left = test::names_in(dir / "ours/inner").size();
  EXPECT_LT(left, 1000u);
  EXPECT_GT(left, 0u);
  std::uint64_t told = 0;
  remove_tree(ours, "inner", [&](std::uint64_t done, std::uint64_t) { told = done; });
  EXPECT_FALSE(fs::exists(dir / "ours/inner"));
  EXPECT_GT(told, 0u);
}

TEST_F(Directory, IsRemovedWhereAnotherIsQuicker) {
  fs::create_directory(dir / "ours/inner/d0");
  for (int i = 0; i < 1000; ++i) test::write_text(dir / ("ours/inner/f" + std::to_string(i)), "");
  remove_tree(dir.fd(), "ours",
              [&](std::uint64_t, std::uint64_t) { fs::remove_all(dir / "ours/inner"); });
  EXPECT_FALSE(fs::exists(dir / "ours"));
}

/// Deeper than there may be open files.
class DeepDirectory : public Directory {
 protected:
  static constexpr rlim_t kOpen = 64;
  static constexpr int kDepth = 500;
  DeepDirectory() {
    Fd at = open_below(ours, "inner");
    for (int i = 0; i < kDepth; ++i) {
      make_directory(at, "d0");
      make_directory(at, "d1");
      test::write_text("/proc/self/fd/" + std::to_string(int(at)) + "/f0", "ours");
      at = open_below(at, "d0");
    }
    deepest = std::move(at);
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit low{kOpen, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
  }
  ~DeepDirectory() override { setrlimit(RLIMIT_NOFILE, &limit); }
  Fd deepest;
  rlimit limit{};
};

TEST_F(DeepDirectory, IsRemoved) {
  remove_tree(ours, "inner");
  EXPECT_FALSE(fs::exists(dir / "ours/inner"));
}

TEST_F(DeepDirectory, IsToldShortly) {
  test::write_text("/proc/self/fd/" + std::to_string(int(deepest)) + "/thesis", "theirs");
  const auto kept =
      remove_named(ours, "inner", [](const std::string& name) { return name != "thesis"; });
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0], "inner/d0/d0/d0/d0/d0/d0/d0/[...]/d0/d0/d0/d0/d0/d0/d0/d0/thesis");
  EXPECT_EQ(test::names_in(dir / "ours/inner/d0"), std::set<std::string>{"d0"});
}

/// The way up does not lead to where somebody has moved a directory to.
TEST_F(Directory, IsNotLeftUpwardsToAnotherPlace) {
  fs::create_directory(dir / "ours/inner/d0");
  for (int i = 0; i < 256; ++i) test::write_text(dir / ("ours/inner/d0/f" + std::to_string(i)), "");
  const auto removed = errno_of([&] {
    remove_tree(ours, "inner", [&](std::uint64_t, std::uint64_t) {
      fs::rename(dir / "ours/inner/d0", dir / "theirs/inner/d0");
      fs::create_directory(dir / "theirs/d0");
    });
  });
  EXPECT_EQ(removed, ESTALE);
  EXPECT_EQ(test::names_in(dir / "theirs"), (std::set<std::string>{"d0", "file", "inner"}));
  EXPECT_EQ(test::names_in(dir / "theirs/inner"), std::set<std::string>{"d0"});
}

/// As a worker does that is in its last call when `clean` comes.
TEST_F(Directory, RemovesWhatComesAtTheLastMoment) {
  for (int i = 0; i < 256; ++i) test::write_text(dir / ("ours/inner/f" + std::to_string(i)), "");
  std::uint64_t late = 0;
  remove_tree(ours, "inner", [&](std::uint64_t done, std::uint64_t) {
    test::write_text(dir / "ours/inner/late", "");
    late = done;
  });
  EXPECT_EQ(late, 256u) << "with the last of those that were there";
  EXPECT_FALSE(fs::exists(dir / "ours/inner"));
}

}  // namespace
}  // namespace iodyno::host
