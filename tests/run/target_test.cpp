// Our directories in a target: known by their mark, in use while it is locked.
#include "run/target.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <functional>
#include <thread>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using Kind = Leftover::Kind;

class Target : public testing::Test {
 protected:
  /// Like one of ours whose run was killed.
  void abandon(const std::string& name) {
    std::string mark;
    {
      RunDirectory run(dir.path());
      mark = test::read_text(fs::path(run.path()) / ".iodyno");
      run.remove();
    }
    fs::create_directories(dir / (name + "/set-1/d0"));
    test::write_text(dir / (name + "/set-1/d0/f0"), "x");
    test::write_text(dir / (name + "/probe"), "x");
    test::write_text(dir / (name + "/.iodyno"), mark);
  }
  Kind only_leftover() {
    const auto all = find_leftovers(dir.path());
    EXPECT_EQ(all.size(), 1u);
    return all.at(0).kind;
  }
  test::TempDir dir;
};

TEST_F(Target, HasARunDirectoryWithAMark) {
  RunDirectory run(dir.path());
  EXPECT_TRUE(run.name().starts_with("iodyno-"));
  EXPECT_EQ(run.path(), (dir / run.name()).string());
  EXPECT_EQ(test::names_in(dir.path()), std::set<std::string>{run.name()});
  EXPECT_EQ(test::names_in(run.path()), std::set<std::string>{".iodyno"});
  EXPECT_FALSE(test::read_text(fs::path(run.path()) / ".iodyno").empty());
  struct stat status;
  ASSERT_EQ(fstat(run.fd(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(Target, IsInUseWhileTheRunLives) {
  test::write_text(dir / "else", "not ours");
  {
    RunDirectory run(dir.path());
    EXPECT_EQ(only_leftover(), Kind::in_use);
    const RunDirectory second(dir.path());
    EXPECT_EQ(find_leftovers(dir.path()).size(), 2u);
    EXPECT_NE(run.name(), second.name());
    run.remove();
    EXPECT_EQ(find_leftovers(dir.path()).at(0).name, second.name());
  }
  EXPECT_EQ(only_leftover(), Kind::abandoned);
}

/// It has no mark for a moment when it begins, and when it ends.
TEST_F(Target, IsNeverForeignWhileRunsComeAndGo) {
  std::atomic<bool> done = false;
  std::thread runs([&] {
    while (!done) RunDirectory(dir.path()).remove();
  });
  for (int i = 0; i < 300; ++i)
    for (const auto& one : find_leftovers(dir.path())) EXPECT_NE(one.kind, Kind::foreign);
  done = true;
  runs.join();
}

TEST_F(Target, IsEmptyAfterTheRun) {
  test::write_text(dir / "theirs", "theirs");
  RunDirectory run(dir.path());
  fs::create_directories(fs::path(run.path()) / "set-1/d0");
  test::write_text(fs::path(run.path()) / "set-1/d0/f0", "x");
  fs::create_symlink("../theirs", fs::path(run.path()) / "probe");
  fs::create_symlink(dir.path(), fs::path(run.path()) / "set-1/d1");
  run.remove();
  EXPECT_EQ(test::names_in(dir.path()), std::set<std::string>{"theirs"});
}

TEST_F(Target, KnowsWhatIsNotOurs) {
  fs::create_directory(dir / "iodyno-empty");
  fs::create_directory(dir / "iodyno-other");
  test::write_text(dir / "iodyno-other/.iodyno", "something else");
  fs::create_directories(dir / "iodyno-directory/.iodyno");
  fs::create_directory(dir / "iodyno-pipe");
  ASSERT_EQ(mkfifo((dir / "iodyno-pipe/.iodyno").c_str(), 0600), 0);
  test::write_text(dir / "iodyno-file", "a file");
  abandon("elsewhere");
  fs::create_symlink("elsewhere", dir / "iodyno-link");
  fs::create_directory(dir / "iodyno-linked-mark");
  fs::create_symlink("../elsewhere/.iodyno", dir / "iodyno-linked-mark/.iodyno");
  const auto all = find_leftovers(dir.path());
  EXPECT_EQ(all.size(), 7u);
  for (const auto& leftover : all) {
    EXPECT_EQ(leftover.kind, Kind::foreign) << leftover.name;
    EXPECT_NE(test::errno_of([&] { remove_leftover(dir.path(), leftover.name); }), 0);
  }
  EXPECT_EQ(test::names_in(dir.path()).size(), 8u);
  EXPECT_EQ(test::names_in(dir / "iodyno-other").size(), 1u);
  EXPECT_EQ(test::names_in(dir / "elsewhere").size(), 3u);
}

TEST_F(Target, RemovesWhatWasAbandoned) {
  abandon("iodyno-1");
  EXPECT_EQ(only_leftover(), Kind::abandoned);
  remove_leftover(dir.path(), "iodyno-1");
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

/// What somebody put among our files is nobody's but theirs.
TEST_F(Target, LeavesWhatHasNoNameOfOurs) {
  abandon("iodyno-1");
  const fs::path in = dir / "iodyno-1";
  fs::create_directories(in / "set-1/rehearsal-0123456789abcdef/d0");
  for (const char* ours : {"set-1/d0/f1.new", "set-1/d0/probe", "set-1/.iodyno-nameless-7",
                           "set-1/rehearsal-0123456789abcdef/d0/f00"})
    test::write_text(in / ours, "ours");
  const std::set<std::string> theirs{"notes",           "set-2.tar",          "set-1/f",
                                     "set-1/d0/thesis", "set-1/d0/f0 (copy)", "photos/f0"};
  fs::create_directory(in / "photos");
  for (const auto& path : theirs) test::write_text(in / path, "theirs");
  const auto kept = remove_leftover(dir.path(), "iodyno-1");
  EXPECT_EQ(std::set(kept.begin(), kept.end()),
            (std::set<std::string>{"notes", "set-2.tar", "set-1/f", "set-1/d0/thesis",
                                   "set-1/d0/f0 (copy)", "photos"}));
  EXPECT_EQ(only_leftover(), Kind::abandoned) << "its mark stands";
  std::set<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(in))
    if (entry.is_regular_file() && entry.path().filename() != ".iodyno")
      left.insert(entry.path().lexically_relative(in));
  EXPECT_EQ(left, theirs);
  for (const auto& path : theirs) fs::remove(in / path);
  fs::remove(in / "photos");
  EXPECT_TRUE(remove_leftover(dir.path(), "iodyno-1").empty());
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

TEST_F(Target, OfARunThatEndsIsLeftWithWhatIsNotOurs) {
  RunDirectory run(dir.path());
  test::write_text(fs::path(run.path()) / "thesis", "theirs");
  EXPECT_TRUE(test::contains(test::thrown_by([&] { run.remove(); }),
                             run.path() + " is left, as thesis in it is not ours"));
  EXPECT_EQ(test::read_text(fs::path(run.path()) / "thesis"), "theirs");
}

/// Two of them would find each other's files gone.
TEST_F(Target, IsRemovedByOneAlone) {
  abandon("iodyno-1");
  for (int i = 0; i < 300; ++i)
    test::write_text(dir / ("iodyno-1/set-1/f" + std::to_string(i)), "");
  int others = 0;
  remove_leftover(dir.path(), "iodyno-1", [&](std::uint64_t, std::uint64_t) {
    EXPECT_EQ(only_leftover(), Kind::in_use);
    EXPECT_EQ(test::errno_of([&] { remove_leftover(dir.path(), "iodyno-1"); }), EWOULDBLOCK);
    ++others;
  });
  EXPECT_EQ(others, 1);
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

/// As a plugin may do.
TEST_F(Target, OfARunThatEndsIsRemovedAlsoWithoutItsMark) {
  using Path = const fs::path&;
  const std::vector<std::function<void(Path)>> deeds{
      [](Path) {},
      [](Path mark) { test::write_text(mark, "something else"); },
      [](Path mark) { fs::create_directory(mark); },
      [](Path mark) { fs::create_symlink("..", mark); },
      [](Path mark) { fs::copy_file(mark.parent_path() / "set-1/mark", mark); },
  };
  for (const auto& deed : deeds) {
    RunDirectory run(dir.path());
    const auto mark = fs::path(run.path()) / ".iodyno";
    fs::create_directory(fs::path(run.path()) / "set-1");
    fs::copy_file(mark, fs::path(run.path()) / "set-1/mark");
    fs::remove(mark);
    deed(mark);
    // What is not ours stays, and `clean` can tell of it, and go on when that is gone.
    EXPECT_TRUE(test::contains(test::thrown_by([&] { run.remove(); }),
                               run.path() + " is left, as set-1/mark in it is not ours"));
    EXPECT_EQ(only_leftover(), Kind::in_use);
    fs::remove(mark);
    fs::remove(fs::path(run.path()) / "set-1/mark");
    run.remove();
    EXPECT_TRUE(test::names_in(dir.path()).empty());
  }
}

TEST_F(Target, KeepsWhatIsInTheMarksPlace) {
  {
    RunDirectory run(dir.path());
    const auto mark = fs::path(run.path()) / ".iodyno";
    fs::remove(mark);
    fs::create_directory(mark);
    test::write_text(mark / "thesis", "theirs");
    EXPECT_TRUE(test::contains(test::thrown_by([&] { run.remove(); }), "as not-our-mark-"));
  }
  EXPECT_EQ(only_leftover(), Kind::abandoned);
  const auto name = find_leftovers(dir.path()).at(0).name;
  const auto kept = remove_leftover(dir.path(), name);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(test::read_text(dir / name / kept[0] / "thesis"), "theirs");
}

TEST_F(Target, OfARunIsNoOthersOfItsName) {
  RunDirectory run(dir.path());
  fs::rename(run.path(), dir / "elsewhere");
  fs::create_directory(run.path());
  EXPECT_EQ(test::errno_of([&] { run.remove(); }), ESTALE);
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{run.name(), "elsewhere"}));
  EXPECT_EQ(test::names_in(dir / "elsewhere"), std::set<std::string>{".iodyno"});
}

TEST_F(Target, KeepsTheMarkToTheLast) {
  abandon("iodyno-1");
  for (int i = 0; i < 1000; ++i)
    test::write_text(dir / ("iodyno-1/set-1/f" + std::to_string(i)), "");
  struct Stop {};
  EXPECT_THROW(
      remove_leftover(dir.path(), "iodyno-1", [](std::uint64_t, std::uint64_t) { throw Stop(); }),
      Stop);
  EXPECT_EQ(only_leftover(), Kind::abandoned);
  remove_leftover(dir.path(), "iodyno-1");
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

/// After the look at what there is, while the last of it goes.
TEST_F(Target, KeepsTheMarkForWhatComesAtTheLastMoment) {
  abandon("iodyno-1");
  const auto remove_while_comes = [&](const std::string& name) {
    fs::create_directories(dir / "iodyno-1/set-1");
    for (int i = 0; i < 300; ++i)
      test::write_text(dir / ("iodyno-1/set-1/f" + std::to_string(i)), "");
    return remove_leftover(dir.path(), "iodyno-1", [&](std::uint64_t, std::uint64_t) {
      test::write_text(dir / ("iodyno-1/" + name), "late");
    });
  };
  EXPECT_EQ(remove_while_comes("thesis"), std::vector<std::string>{"thesis"});
  EXPECT_EQ(only_leftover(), Kind::abandoned);
  EXPECT_EQ(test::names_in(dir / "iodyno-1"), (std::set<std::string>{".iodyno", "thesis"}));
  fs::remove(dir / "iodyno-1/thesis");
  EXPECT_EQ(remove_while_comes("probe"), std::vector<std::string>{}) << "that is ours";
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

TEST_F(Target, RemovesNothingThatLiesElsewhere) {
  abandon("iodyno-1");
  fs::create_directory(dir / "inner");
  EXPECT_EQ(test::errno_of([&] { remove_leftover(dir / "inner", "../iodyno-1"); }), EXDEV);
  EXPECT_EQ(test::errno_of([&] { remove_leftover(dir.path(), "missing"); }), ENOENT);
  EXPECT_EQ(only_leftover(), Kind::abandoned);
}

TEST_F(Target, MustBeADirectory) {
  test::write_text(dir / "file", "");
  EXPECT_EQ(test::errno_of([&] { RunDirectory{dir / "file"}; }), ENOTDIR);
  EXPECT_EQ(test::errno_of([&] { RunDirectory{dir / "missing"}; }), ENOENT);
}

TEST(RandomId, IsEightDigitsAndNotTheSame) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(random_id());
  EXPECT_GE(ids.size(), 99u);
  for (const auto& id : ids) EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos);
  EXPECT_EQ(ids.begin()->size(), 8u);
}

}  // namespace
}  // namespace iodyno::host
