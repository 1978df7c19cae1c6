// What can't be done is said before anything is made.
#include "run/preflight.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "run/probes.hpp"
#include "run/target.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

using test::contains;

TEST(RefuseTarget, OfWhatIsNoDirectoryThatCanBeWrittenTo) {
  const test::TempDir dir;
  test::write_text(dir / "file", "");
  EXPECT_EQ(refuse_target(dir.path()), "");
  EXPECT_EQ(refuse_target(dir / "missing"),
            (dir / "missing").string() + ": No such file or directory");
  EXPECT_EQ(refuse_target(dir / "file"), (dir / "file").string() + ": not a directory");
  EXPECT_TRUE(contains(refuse_target(dir / "file/below"), "Not a directory"));
  if (geteuid() != 0) {
    std::filesystem::permissions(
        dir.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_TRUE(contains(refuse_target(dir.path()), "not writable: Permission denied"));
    std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all);
  }
  EXPECT_TRUE(test::names_in(dir.path()) == std::set<std::string>{"file"})
      << "it is only looked at";
}

TEST(RefuseTarget, ThatTheSystemLivesIn) {
  const test::TempDir dir;
  const auto said = [](const std::string& where) {
    return ": in the system's " + where + ", where no work is done; choose a directory of your own";
  };
  for (const std::string path : {"/", "/etc", "/usr", "/proc", "/sys", "/dev", "/var", "/run"})
    EXPECT_EQ(refuse_target(path), path + said(path));
  EXPECT_EQ(refuse_target("/usr/lib"), "/usr/lib" + said("/usr"));
  EXPECT_EQ(refuse_target("/tmp/../etc/"), "/tmp/../etc/" + said("/etc"));
  std::filesystem::create_symlink("/etc", dir / "link");
  EXPECT_EQ(refuse_target(dir / "link"), (dir / "link").string() + said("/etc"));
  EXPECT_EQ(refuse_target("/dev/shm"), "");
  EXPECT_EQ(refuse_target("/var/tmp"), "");
}

TEST(RefuseTarget, ThatIsABlockDevice) {
  const test::TempDir dir;
  if (mknod((dir / "disk").c_str(), S_IFBLK | 0600, makedev(7, 200)) != 0)
    GTEST_SKIP() << "mknod: " << strerror(errno);
  EXPECT_EQ(
      refuse_target(dir / "disk"),
      (dir / "disk").string() + ": a block device; the target is a directory on a file system");
}

TEST(RefuseTarget, WithSomethingOfOurNameThatIsNotOurs) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "iodyno-photos");
  EXPECT_EQ(refuse_target(dir.path()), (dir / "iodyno-photos").string() +
                                           " has a name of ours but not our mark; move it away, "
                                           "or choose another target");
}

TEST(WarnAbout, WhatOtherRunsLeft) {
  const test::TempDir dir;
  FileSystem fs{.type = "ext4"};
  EXPECT_TRUE(warnings_about(dir.path(), fs).empty());
  std::string name;
  {
    const RunDirectory run(dir.path());
    name = run.name();
    EXPECT_EQ(refuse_target(dir.path()), "");
    const auto warnings = warnings_about(dir.path(), fs);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_TRUE(contains(warnings[0], "another run is working in"));
  }
  const auto warnings = warnings_about(dir.path(), fs);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(contains(warnings[0], name + " was left by an earlier run; `iodyno clean "));
}

TEST(WarnAbout, FileSystemsThatAreNoDisk) {
  const test::TempDir dir;
  EXPECT_TRUE(contains(warnings_about(dir.path(), {.type = "tmpfs", .in_memory = true}).at(0),
                       "is on tmpfs, which is memory"));
  EXPECT_TRUE(contains(warnings_about(dir.path(), {.type = "nfs4", .network = true}).at(0),
                       "is on nfs4, a network file system"));
}

TEST(RefusePlan, ThatDoesNotFit) {
  const FileSystem fs{.free_bytes = 1000 << 20, .total_bytes = 2000 << 20, .free_inodes = 1000};
  EXPECT_EQ(refuse_plan({}, fs), "");
  EXPECT_EQ(refuse_plan({.peak_bytes = 800 << 20}, fs), "");
  const auto said = refuse_plan({.peak_bytes = 950 << 20}, fs);
  EXPECT_TRUE(contains(said, "the target has 1000 MiB free; the plan needs 950 MiB"));
  EXPECT_TRUE(contains(said, "a reserve of 100 MiB (5 %)"));
  EXPECT_TRUE(contains(refuse_plan({.peak_inodes = 990}, fs),
                       "the target has 1000 inodes free; the plan needs 990"));
  EXPECT_EQ(refuse_plan({.peak_inodes = 900}, fs), "");
  auto unlimited = fs;
  unlimited.free_inodes = UINT64_MAX;
  EXPECT_EQ(refuse_plan({.peak_inodes = 990}, unlimited), "");
}

TEST(SkipReason, OfWhatCannotBeHadInMemoryOrWithoutRoot) {
  const FileSystem disk{.type = "ext4"}, memory{.type = "tmpfs", .in_memory = true};
  Case plain{.steps = {{.name = "p", .ops = {{IODYNO_OP_READ}}}}};
  auto direct = plain, cold = plain, cold_names = plain;
  direct.steps[0].direct = true;
  cold.steps[0].cache = CacheState::cold;
  cold_names.steps[0].metadata = CacheState::cold;
  for (const auto& c : {plain, direct, cold, cold_names})
    EXPECT_EQ(skip_reason(c, 1, disk, true), "");
  EXPECT_EQ(skip_reason(plain, 1, memory, false), "");
  EXPECT_TRUE(contains(skip_reason(direct, 1, memory, true), "nothing that O_DIRECT could bypass"));
  EXPECT_TRUE(contains(skip_reason(cold, 1, memory, true), "its files can't be cold"));
  EXPECT_TRUE(contains(skip_reason(cold_names, 1, memory, true), "its metadata can't be cold"));
  EXPECT_TRUE(contains(skip_reason(cold_names, 1, disk, false), "needs root"));
}

TEST(SkipReason, OfACpuThatIsNotThere) {
  cpu_set_t mine, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
  int here = 0, missing = CPU_SETSIZE - 1;
  while (!CPU_ISSET(here, &mine)) ++here;
  while (CPU_ISSET(missing, &mine)) --missing;
  const auto said = "`pin`: CPU " + std::to_string(missing) + " can't be had here";
  const std::pair<std::vector<int>, std::string> cases[] = {
      {{here}, ""}, {{missing}, said}, {{here, missing}, said}};
  for (const auto& [cpus, reason] : cases) {
    const Case c{.steps = {{.name = "p", .ops = {{IODYNO_OP_READ}}, .pin = cpus}}};
    EXPECT_EQ(skip_reason(c, 1, {.type = "ext4"}, true), reason);
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&mine, &after)) << "what is asked does not pin who asks";
}

TEST(System, KnowsTheFileSystemOfTheTarget) {
  const test::TempDir dir;
  const auto fs = look_at_file_system(dir.path());
  EXPECT_FALSE(fs.type.empty());
  EXPECT_GT(fs.total_bytes, 0u);
  EXPECT_LE(fs.free_bytes, fs.total_bytes);
  EXPECT_EQ(fs.in_memory, test::in_memory(dir.path()));
  const auto facts = system_facts(dir.path(), fs);
  EXPECT_EQ(facts.at("target"), dir.path().string());
  EXPECT_EQ(facts.at("file_system"), fs.type);
  EXPECT_EQ(facts.count("kernel"), 1u);
  EXPECT_EQ(facts.count("cpus"), 1u);
  EXPECT_EQ(test::errno_of([&] { look_at_file_system(dir / "missing"); }), ENOENT);
}

TEST(Probes, AnswerWithYesOrAReason) {
  for (const char* where : {".", "/dev/shm"}) {
    const test::TempDir dir(where);
    const auto facts = probe_facts(dir.fd(), look_at_file_system(dir.path()));
    for (const auto* key : {"o_direct", "reflink", "io_uring"})
      EXPECT_TRUE(facts.at(key) == "yes" || facts.at(key).starts_with("no: ")) << facts.at(key);
    if (test::in_memory(dir.path())) {
      EXPECT_EQ(facts.at("o_direct"), "no: tmpfs takes the flag and ignores it");
    }
    EXPECT_GT(std::stoull(facts.at("first_touch_ns")), 0u);
    EXPECT_TRUE(test::names_in(dir.path()).empty()) << "nothing is left of it";
  }
}

}  // namespace
}  // namespace iodyno::host
