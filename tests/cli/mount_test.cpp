// Targets that need a file system of their own. Each test has a process of its own, whose mounts
// nobody else sees.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1;

class Targets : public Cli {
 protected:
  void SetUp() override {
    if (const auto why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  }
  Ended run_on_target(const std::string& backend) {
    return measure({"smoke", "--backend", backend, "--filter", "/create/", "--repetitions", "1"});
  }
};

TEST_F(Targets, ReadOnly) {
  const Mount mount("none", target(), "tmpfs", MS_RDONLY);
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  for (const char* backend : {"null", "posix"}) {
    const auto before = listing(work());
    const auto ended = run_on_target(backend);
    EXPECT_EQ(ended.status, kEnvironment);
    EXPECT_EQ(ended.err, "iodyno: error: target: not writable: Read-only file system\n");
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(listing(work()), before);
  }
}

/// By another name, and with another path.
TEST_F(Targets, ABindMountOfTheSystem) {
  const Mount mount("/etc", target(), "none", MS_BIND);
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  const auto ended = run_on_target("posix");
  EXPECT_EQ(ended.status, kEnvironment);
  EXPECT_TRUE(contains(ended.err, "target: in the system's /etc, where no work is done"));
}

TEST_F(Targets, Full) {
  const Mount mount(target(), "size=256k");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  write_text(target() / "all", std::string(1 << 20, 'x'));
  ASSERT_EQ(fs::space(target()).available, 0u);
  const auto before = entries_of(target());
  const auto posix = run_on_target("posix");
  EXPECT_EQ(posix.status, kEnvironment);
  EXPECT_TRUE(contains(posix.err, "error: smoke: the target has 0 B free; the plan needs "));
  EXPECT_EQ(posix.out, "");
  // It needs no room, but the directory of the run does.
  const auto null = run_on_target("null");
  EXPECT_EQ(null.status, kEnvironment);
  EXPECT_TRUE(contains(null.err, "No space left on device"));
  EXPECT_EQ(null.out, "");
  const auto doctor = iodyno({"doctor", "target"});
  EXPECT_EQ(doctor.status, kEnvironment);
  EXPECT_TRUE(contains(doctor.err, "iodyno: error: target: ")) << doctor.err;
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_FALSE(fs::exists(work() / "out"));
}

TEST_F(Targets, NoInodesLeft) {
  const Mount mount(target(), "size=1m,nr_inodes=8");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  const auto posix = run_on_target("posix");
  EXPECT_EQ(posix.status, kEnvironment);
  EXPECT_TRUE(contains(posix.err, "inodes free; the plan needs "));
  EXPECT_EQ(entries_of(target()).size(), 0u);
}

TEST_F(Targets, InMemory) {
  const Mount mount(target(), "size=4m");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  const auto ended = measure({"smoke", "--filter", "/(read|create)/", "--repetitions", "1", "--set",
                              "phases.read.cache=cold", "--set", "dataset.files=3"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(contains(ended.err, "warning: target is on tmpfs, which is memory"));
  EXPECT_TRUE(contains(ended.out, "skipped: tmpfs is memory: its files can't be cold"));
  EXPECT_EQ(results("smoke").at("context").at("iodyno.skipped.smoke/read/backend:posix/real_time"),
            "tmpfs is memory: its files can't be cold");
  EXPECT_EQ(summary_rows("smoke").size(), 2u);
  EXPECT_EQ(entries_of(target()).size(), 0u);
}

TEST_F(Targets, ResultsThatDoNotFit) {
  fs::create_directory(work() / "out");
  const Mount mount(work() / "out", "size=8k");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  const auto before = entries_of(target());
  const auto ended = run_on_target("null");
  EXPECT_EQ(ended.status, kEnvironment);
  EXPECT_TRUE(contains(ended.err, "No space left on device"));
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(names_in(work() / "out/smoke").size(), 0u) << "no trial, nothing to keep";
}

/// What has been measured is kept, and is told how to be gone on with.
TEST_F(Targets, ResultsThatFitUntilTheyAreWritten) {
  fs::create_directory(work() / "out");
  const Mount mount(work() / "out", "size=64k");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  const auto before = entries_of(target());
  const auto ended =
      measure({"smoke", "--backend", "null", "--filter", "/create/", "--repetitions", "100"});
  EXPECT_EQ(ended.status, kEnvironment);
  EXPECT_TRUE(contains(ended.err, "No space left on device"));
  EXPECT_TRUE(contains(ended.err, "finished trials are kept in out/smoke/.part-"));
  EXPECT_TRUE(contains(ended.err, "go on with: iodyno run --resume out/smoke/.part-"));
  EXPECT_EQ(entries_of(target()), before);
  ASSERT_EQ(::mount("none", (work() / "out").c_str(), "tmpfs", MS_REMOUNT, "size=4m"), 0);
  const auto resumed = iodyno({"run", "--resume", "out/smoke"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(samples("smoke").size(), 100u);
  EXPECT_EQ(names_in(work() / "out/smoke").size(), 3u);
}

/// It does not keep `clean` from the rest.
TEST_F(Targets, WithAMountAmongWhatWasLeft) {
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(measure({"smoke", "--backend", "posix", "--filter", "/read/", "--repetitions", "1",
                       "--keep"})
                  .status,
              0);
  std::set<std::string> left;
  for (const auto& name : names_in(target()))
    if (name.starts_with("iodyno-")) left.insert(name);
  ASSERT_EQ(left.size(), 2u);
  const auto &stuck = *left.begin(), &other = *left.rbegin();
  fs::create_directory(target() / stuck / "set-1");
  {
    const Mount mount(target() / stuck / "set-1", "size=64k");
    if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
    const auto ended = iodyno({"clean", "target"});
    EXPECT_EQ(ended.status, kEnvironment);
    EXPECT_EQ(ended.out, "removed target/" + other + "\n");
    EXPECT_EQ(ended.err, "iodyno: target/" + stuck +
                             " could not be removed: look into set-1: Invalid cross-device link "
                             "(EXDEV)\n");
  }
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_EQ(names_in(target()), std::set<std::string>{"someone's.txt"});
}

/// A project that is half there is none, and would be in the way of the next attempt.
TEST_F(Targets, FullOnesKeepNothingOfANewProject) {
  const Mount mount(target(), "size=64k");
  if (!mount.refused.empty()) GTEST_SKIP() << mount.refused;
  write_text(target() / "all", std::string(60 << 10, 'x'));
  const auto before = entries_of(target());
  const auto backend = iodyno({"new-backend", "mine", "--into", "target/mine"});
  EXPECT_EQ(backend.status, kEnvironment);
  EXPECT_TRUE(contains(backend.err, "write target/mine/"));
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(iodyno({"new-scenario", "mine", "--into", "target"}).status, kEnvironment);
  EXPECT_EQ(entries_of(target()), before);
}

}  // namespace
}  // namespace iodyno::test
