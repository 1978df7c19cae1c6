// The bytes on the disk are those of the rule in scenario/content.hpp.
#include "trial/dataset.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "scenario/content.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::contains;

/// What stands in a file, by the rule.
std::string expected(std::uint64_t file, std::uint64_t size, const Content& content) {
  static std::vector<std::byte> source(kSourceSize);
  fill_source(source, content);
  std::string text(size, 0);
  for (std::uint64_t x = 0; x < size; ++x)
    text[x] = char(source[(source_base(file, 0) + x) % kSourceSize]);
  return text;
}

TEST(Dataset, HoldsWhatTheRuleSays) {
  for (const auto& content : {Content{1}, Content{0.5}, Content{0}}) {
    const test::TempDir dir;
    const Dataset dataset{
        .files = 30, .size = {0, 3'000'000}, .directories = 4, .content = content};
    const Files files(dataset);
    make_dataset(dir.fd(), files, content, {});
    EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"d0", "d1", "d2", "d3"}));
    for (std::uint64_t i = 0; i < files.count(); ++i)
      EXPECT_TRUE(test::read_text(dir / files.path(i)) == expected(i, files.size(i), content)) << i;
  }
}

TEST(Dataset, LeavesNoHoles) {
  const test::TempDir dir;
  const Files files({.files = 2, .size = {100'000, 100'000}, .content = {0}});
  make_dataset(dir.fd(), files, {0}, {});
  Fd fd = open_at(dir.fd(), files.path(1).c_str(), O_RDONLY);
  ASSERT_EQ(fsync(fd), 0);
  EXPECT_EQ(lseek(fd, 0, SEEK_HOLE), 100'000);
}

/// Within a large file, and over many that are not.
TEST(Dataset, TellsOfItsBytes) {
  for (const auto& dataset : {Dataset{.files = 1, .size = {40 << 20, 40 << 20}},
                              Dataset{.files = 40, .size = {1 << 20, 1 << 20}}}) {
    const test::TempDir dir;
    std::vector<std::uint64_t> told;
    make_dataset(dir.fd(), Files(dataset), {}, {},
                 [&](std::uint64_t, std::uint64_t bytes) { told.push_back(bytes); });
    EXPECT_EQ(told, (std::vector<std::uint64_t>{0, 16 << 20, 32 << 20})) << dataset.files;
  }
}

TEST(Dataset, MakesThePartsThatAreWanted) {
  const test::TempDir dir;
  const Files files({.files = 10, .size = {5, 5}, .directories = 2});
  make_dataset(dir.fd(), files, {}, {.file = [](std::uint64_t) { return false; }});
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"d0", "d1"}));
  std::uint64_t ticks = 0;
  make_dataset(dir.fd(), files, {},
               {.directories = false, .file = [](std::uint64_t i) { return i % 2 == 0; }},
               [&](std::uint64_t, std::uint64_t) { ++ticks; });
  EXPECT_EQ(test::names_in(dir / "d0"), (std::set<std::string>{"f0", "f2", "f4"}));
  EXPECT_EQ(test::names_in(dir / "d1"), (std::set<std::string>{"f6", "f8"}));
  EXPECT_EQ(ticks, 1u);
}

TEST(Dataset, HasALoneDirectoryOnlyWhereItIsWanted) {
  const test::TempDir dir;
  const Files files({.files = 1, .size = {5, 5}});
  make_dataset(dir.fd(), files, {}, {});
  EXPECT_EQ(test::names_in(dir.path()), std::set<std::string>{"f0"});
  make_dataset(dir.fd(), files, {},
               {.lone_directory = true, .file = [](std::uint64_t) { return false; }});
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"f0", "d0"}));
}

TEST(Dataset, SaysWhichFileCouldNotBeMade) {
  const test::TempDir dir;
  test::write_text(dir / "f3", "in the way");
  const Files files({.files = 10, .size = {5, 5}});
  EXPECT_TRUE(contains(test::thrown_by([&] { make_dataset(dir.fd(), files, {}, {}); }),
                       "making the dataset: create f3: File exists"));
  EXPECT_EQ(test::read_text(dir / "f3"), "in the way");
}

class RealTree : public testing::Test {
 protected:
  RealTree() {
    fs::create_directories(dir / "b/deep/er");
    fs::create_directory(dir / "a");
    fs::create_directory(dir / "empty");
    test::write_text(dir / "top", "at the top");
    test::write_text(dir / "b/deep/er/file", std::string(3'000'000, 'x'));
    test::write_text(dir / "a/caf\xe9 \xff", "no UTF-8");
    test::write_text(dir / "a/nothing", "");
  }
  test::TempDir dir, to;
};

TEST_F(RealTree, IsScannedInOrder) {
  const auto tree = scan_tree(dir.path());
  EXPECT_EQ(tree.directories,
            (std::vector<std::string>{".", "a", "b", "b/deep", "b/deep/er", "empty"}));
  ASSERT_EQ(tree.files.size(), 4u);
  EXPECT_EQ(tree.files[0].path, "a/caf\xe9 \xff");
  EXPECT_EQ(tree.files[0].directory, 1u);
  EXPECT_EQ(tree.files[1].path, "a/nothing");
  EXPECT_EQ(tree.files[2].path, "b/deep/er/file");
  EXPECT_EQ(tree.files[2].size, 3'000'000u);
  EXPECT_EQ(tree.files[2].directory, 4u);
  EXPECT_EQ(tree.files[3].path, "top");
  EXPECT_EQ(tree.files[3].directory, 0u);
}

TEST_F(RealTree, IsCopied) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  copy_tree(dir.fd(), to.fd(), files, *tree, {});
  const auto copy = scan_tree(to.path());
  EXPECT_EQ(copy.directories, tree->directories);
  ASSERT_EQ(copy.files.size(), tree->files.size());
  for (const auto& file : tree->files)
    EXPECT_TRUE(test::read_text(to / file.path) == test::read_text(dir / file.path)) << file.path;
}

TEST_F(RealTree, IsCopiedInPart) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  copy_tree(dir.fd(), to.fd(), files, *tree, {.file = [](std::uint64_t i) { return i == 3; }});
  const auto copy = scan_tree(to.path());
  EXPECT_EQ(copy.directories, tree->directories);
  ASSERT_EQ(copy.files.size(), 1u);
  EXPECT_EQ(copy.files[0].path, "top");
}

TEST_F(RealTree, GivesItsDirectoriesToOtherFiles) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  make_dataset(to.fd(), files, {}, {.file = [](std::uint64_t) { return false; }});
  const auto copy = scan_tree(to.path());
  EXPECT_EQ(copy.directories, tree->directories);
  EXPECT_TRUE(copy.files.empty());
}

TEST_F(RealTree, IsRefusedWithALinkOrAFifo) {
  fs::create_symlink("top", dir / "b/link");
  EXPECT_TRUE(contains(test::thrown_by([&] { scan_tree(dir.path()); }),
                       "b/link is neither a file nor a directory"));
  fs::remove(dir / "b/link");
  ASSERT_EQ(mkfifo((dir / "b/fifo").c_str(), 0600), 0);
  EXPECT_EQ(test::errno_of([&] { scan_tree(dir.path()); }), EINVAL);
}

/// Between the scan and the copy somebody else may put there what waits, or leads elsewhere.
TEST_F(RealTree, IsNotFollowedWhereAFileWasReplaced) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  const auto copy = [&] {
    return test::thrown_by([&] { copy_tree(dir.fd(), test::TempDir().fd(), files, *tree, {}); });
  };
  fs::remove(dir / "top");
  ASSERT_EQ(mkfifo((dir / "top").c_str(), 0600), 0);
  EXPECT_TRUE(contains(copy(), "copying the tree: open top: "));
  fs::remove(dir / "top");
  fs::create_symlink("/etc/hostname", dir / "top");
  EXPECT_TRUE(contains(copy(), "copying the tree: open top: Too many levels of symbolic links"));
  fs::remove_all(dir / "b/deep");
  fs::create_symlink("/etc", dir / "b/deep");
  EXPECT_TRUE(contains(copy(), "copying the tree: open b/deep/er/file: "));
}

/// The room for it was reckoned with; that for more is not ours to fill.
TEST_F(RealTree, IsNotCopiedBeyondWhatAFileHad) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  fs::resize_file(dir / "top", std::uintmax_t(1) << 36);  // without a block more
  EXPECT_EQ(test::errno_of([&] { copy_tree(dir.fd(), to.fd(), files, *tree, {}); }), ESTALE);
  EXPECT_LE(fs::file_size(to / "top"), std::uintmax_t(64) << 20);
}

TEST_F(RealTree, IsRefusedWhenItChangesOrIsMissing) {
  const auto tree = std::make_shared<Tree>(scan_tree(dir.path()));
  const Files files({.from = dir.path()}, tree);
  test::write_text(dir / "top", "longer than it was");
  EXPECT_TRUE(contains(test::thrown_by([&] { copy_tree(dir.fd(), to.fd(), files, *tree, {}); }),
                       "copying the tree: read top: "));
  EXPECT_EQ(test::errno_of([&] { scan_tree(dir / "missing"); }), ENOENT);
  EXPECT_EQ(test::errno_of([&] { scan_tree(dir / "a/nothing"); }), ENOTDIR);
}

}  // namespace
}  // namespace iodyno::host
