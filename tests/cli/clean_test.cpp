// `clean`: what it removes, and what it leaves alone.
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class Clean : public Cli {
 protected:
  /// What a run with --keep leaves.
  std::string leave_a_directory() {
    const auto ended = measure(
        {"smoke", "--backend", "posix", "--filter", "/read/", "--repetitions", "1", "--keep"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    const std::string kept = "kept: target/";
    const auto at = ended.err.rfind(kept);
    if (at == ended.err.npos) {
      ADD_FAILURE() << "nothing was kept";
      return {};
    }
    const auto name = ended.err.substr(at + kept.size(), std::string("iodyno-01234567").size());
    EXPECT_TRUE(fs::exists(target() / name / ".iodyno")) << ended.err;
    return name;
  }
};

TEST_F(Clean, NothingToRemove) {
  const auto before = listing(target());
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "nothing to remove in target\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(listing(target()), before);
}

TEST_F(Clean, WhatARunKept) {
  const auto before = entries_of(target());
  const auto name = leave_a_directory();
  const auto next = iodyno({"run", "smoke", "--backend", "null", "--filter", "/read/", "--target",
                            "target", "--repetitions", "1"});
  EXPECT_EQ(next.status, 0);
  EXPECT_TRUE(contains(next.err, name + " was left by an earlier run; `iodyno clean target`"));
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "removed target/" + name + "\n");
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(Clean, SeveralAtOnce) {
  const auto first = leave_a_directory(), second = leave_a_directory();
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_EQ(names_in(target()), std::set<std::string>{"someone's.txt"});
}

TEST_F(Clean, TwoAtOnce) {
  for (int i = 0; i < 2; ++i) {
    const auto name = leave_a_directory();
    fs::create_directory(target() / name / "set-1");
    for (int k = 0; k < 3000; ++k)
      write_text(target() / name / "set-1" / ("f" + std::to_string(k)), "");
  }
  Process first(command({"clean", "target"}), here()), second(command({"clean", "target"}), here());
  for (const auto& ended : {first.wait(), second.wait()})
    EXPECT_EQ(ended.err.find("(ENOENT)"), ended.err.npos) << ended.err;
  EXPECT_EQ(names_in(target()), std::set<std::string>{"someone's.txt"});
}

/// What a run that was killed had just started dies after it, and has its lock until then.
TEST_F(Clean, WhatIsInUseForAMomentLonger) {
  const auto name = leave_a_directory();
  const auto mark = target() / name / ".iodyno";
  Fd lock = open_at(AT_FDCWD, mark.c_str(), O_RDONLY);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  const Fd watch(inotify_init1(IN_CLOEXEC));
  ASSERT_GE(inotify_add_watch(watch, mark.c_str(), IN_OPEN), 0);
  Process clean(command({"clean", "target"}), here());
  // Each time that it opens the mark is a look.
  for (int opened = 0; opened < 2;) {
    pollfd ready{watch, POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 20'000), 1) << "it has not looked again";
    inotify_event events[16];
    opened += int(read(watch, events, sizeof events) / ssize_t(sizeof events[0]));
  }
  lock.close();
  const auto ended = clean.wait();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "removed target/" + name + "\n");
}

TEST_F(Clean, WhatIsNotOurs) {
  fs::create_directory(target() / "iodyno-theirs");
  write_text(target() / "iodyno-theirs" / ".iodyno", "another mark");
  write_text(target() / "iodyno-file", "theirs");
  fs::create_directory_symlink("iodyno-theirs", target() / "iodyno-link");
  const auto before = listing(target());
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  for (const char* name : {"iodyno-theirs", "iodyno-file", "iodyno-link"})
    EXPECT_TRUE(contains(ended.err, std::string(name) + " does not have our mark; left alone"));
  EXPECT_EQ(listing(target()), before);
}

TEST_F(Clean, TellsNamesThatWouldPaintTheTerminal) {
  fs::create_directory(target() / "iodyno-\x1b[31m\nall is well");
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
  EXPECT_EQ(ended.err.find('\x1b'), ended.err.npos);
}

TEST_F(Clean, OursBesideAnothers) {
  const auto ours = leave_a_directory();
  fs::create_directory(target() / "iodyno-theirs");
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "removed target/" + ours + "\n");
  EXPECT_EQ(names_in(target()), (std::set<std::string>{"iodyno-theirs", "someone's.txt"}));
}

TEST_F(Clean, NeverThroughALink) {
  const auto ours = leave_a_directory();
  fs::create_directory(work() / "precious");
  write_text(work() / "precious" / "file", "theirs");
  const auto set = "set-01234567";
  fs::create_directory(target() / ours / set);
  fs::create_directory_symlink(work() / "precious", target() / ours / set / "d0");
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_FALSE(fs::exists(target() / ours));
  EXPECT_EQ(read_text(work() / "precious" / "file"), "theirs");
}

TEST_F(Clean, NotWhatSomebodyPutAmongOurFiles) {
  const auto ours = leave_a_directory();
  fs::path set;
  for (const auto& name : names_in(target() / ours))
    if (name.starts_with("set-")) set = target() / ours / name;
  ASSERT_FALSE(set.empty());
  write_text(set / "thesis", "theirs");
  for (int i = 0; i < 20; ++i) write_text(target() / ours / ("\x1b" + std::to_string(i)), "theirs");
  const auto ended = iodyno({"clean", "target"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_TRUE(contains(ended.err, " is not ours; left alone, and target/" + ours + " with it\n"));
  EXPECT_TRUE(contains(ended.err, "iodyno: and 11 more\n"));
  EXPECT_EQ(ended.err.find('\x1b'), ended.err.npos);
  EXPECT_EQ(names_in(target() / ours).size(), 22u) << "20 files, the dataset, the mark";
  EXPECT_EQ(names_in(set), std::set<std::string>{"thesis"});
  fs::remove(set / "thesis");
  for (int i = 0; i < 20; ++i) fs::remove(target() / ours / ("\x1b" + std::to_string(i)));
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_FALSE(fs::exists(target() / ours));
}

TEST_F(Clean, WhatIsNoDirectory) {
  for (const char* path : {"absent", "target/someone's.txt"}) {
    const auto ended = iodyno({"clean", path});
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_TRUE(contains(ended.err, path));
    EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
  }
}

}  // namespace
}  // namespace iodyno::test
