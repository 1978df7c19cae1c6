// What needs a file system of its own: full ones, read-only ones, and mounts where none should be.
#include <gtest/gtest.h>

#include "run/bench.hpp"
#include "run/preflight.hpp"
#include "trial/dataset.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::case_of;
using test::contains;
using test::Mount;

#define NEEDS(mount) \
  if (!(mount).refused.empty()) GTEST_SKIP() << (mount).refused

class Mounts : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = test::enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(Mounts, AreNotRemovedWithATree) {
  const test::TempDir dir, elsewhere;
  fs::create_directories(dir / "tree/sub/point");
  test::write_text(elsewhere / "file", "theirs");
  for (const bool bind : {true, false}) {
    const Mount mount(bind ? elsewhere.path() : fs::path("none"), dir / "tree/sub/point",
                      bind ? nullptr : "tmpfs", bind ? MS_BIND : 0);
    NEEDS(mount);
    test::write_text(dir / "tree/sub/point/file", "theirs");
    EXPECT_EQ(test::errno_of([&] { remove_tree(dir.fd(), "tree"); }), EXDEV);
    EXPECT_EQ(test::errno_of([&] { open_below(dir.fd(), "tree/sub/point"); }), EXDEV);
    EXPECT_EQ(test::errno_of([&] { open_file_below(dir.fd(), "tree/sub/point/file", O_RDONLY); }),
              EXDEV);
    EXPECT_EQ(test::read_text(dir / "tree/sub/point/file"), "theirs");
  }
  remove_tree(dir.fd(), "tree");
  EXPECT_EQ(test::read_text(elsewhere / "file"), "theirs");
}

TEST_F(Mounts, InARealTreeAreRefused) {
  const test::TempDir dir;
  fs::create_directories(dir / "tree/sub/point");
  const Mount mount(dir / "tree/sub/point", "size=1m");
  NEEDS(mount);
  test::write_text(dir / "tree/sub/point/file", "theirs");
  EXPECT_TRUE(contains(test::thrown_by([&] { scan_tree(dir / "tree"); }),
                       "sub/point is another file system"));
}

TEST_F(Mounts, InARunDirectoryKeepItFromBeingRemoved) {
  const test::TempDir dir;
  RunDirectory run(dir.path());
  fs::create_directories(fs::path(run.path()) / "set-1/d0");
  {
    const Mount mount(fs::path(run.path()) / "set-1/d0", "size=1m");
    NEEDS(mount);
    EXPECT_EQ(test::errno_of([&] { run.remove(); }), EXDEV);
    EXPECT_EQ(find_leftovers(dir.path()).at(0).kind, Leftover::Kind::in_use) << "its mark stands";
  }
  run.remove();
  EXPECT_TRUE(test::names_in(dir.path()).empty());
}

TEST_F(Mounts, ThatAreReadOnlyAreRefused) {
  const test::TempDir dir;
  const Mount mount("none", dir.path(), "tmpfs", MS_RDONLY);
  NEEDS(mount);
  EXPECT_EQ(refuse_target(dir.path()),
            dir.path().string() + ": not writable: Read-only file system");
  EXPECT_EQ(test::errno_of([&] { RunDirectory{dir.path()}; }), EROFS);
}

TEST_F(Mounts, ThatAreFullGetNoRunDirectory) {
  const test::TempDir dir;
  const Mount mount(dir.path(), "size=64k");
  NEEDS(mount);
  std::ofstream(dir / "filler") << std::string(1 << 20, 'x');
  EXPECT_EQ(test::errno_of([&] { RunDirectory{dir.path()}; }), ENOSPC);
  EXPECT_EQ(test::names_in(dir.path()), std::set<std::string>{"filler"})
      << "what has no mark would be taken for somebody else's";
}

TEST_F(Mounts, InMemoryCannotBeColdOrDirect) {
  test::Bench bench;
  const test::TempDir dir;
  const Mount mount(dir.path(), "size=16m");
  NEEDS(mount);
  const auto fs = look_at_file_system(dir.path());
  EXPECT_TRUE(fs.in_memory);
  EXPECT_EQ(fs.type, "tmpfs");
  EXPECT_EQ(fs.total_bytes, 16u << 20);
  const auto run = bench.run(bench.plan(R"(
scenario: s
dataset: {files: 4, size: 8 KiB}
phases:
  - {name: plain, op: read}
  - {name: cold, op: read, cache: cold}
  - {name: direct, op: read, direct: true}
backends: [posix, {'null': {latency: 0 ns}}]
repetitions: 1
)"),
                             {}, dir.path());
  EXPECT_TRUE(case_of(run, "plain/backend:posix").samples.at(0).usable());
  EXPECT_EQ(case_of(run, "cold/backend:posix").skipped, "tmpfs is memory: its files can't be cold");
  EXPECT_EQ(case_of(run, "direct/backend:posix").skipped,
            "tmpfs is memory: there is nothing that O_DIRECT could bypass");
  EXPECT_TRUE(case_of(run, "cold/backend:null").samples.at(0).usable());
}

/// Its files have their pages in the file system below, where a look at them sees none.
TEST_F(Mounts, OfOverlaysCanBeColdAndWarm) {
  test::Bench bench;
  const test::TempDir dir;
  for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(dir / name);
  if (test::in_memory(dir.path())) GTEST_SKIP() << "files in memory can't be cold";
  const auto part = [&](const char* key, const char* name) {
    return std::string(key) + "=" + (dir / name).string();
  };
  const auto options =
      part("lowerdir", "lower") + "," + part("upperdir", "upper") + "," + part("workdir", "work");
  const Mount mount("overlay", dir / "merged", "overlay", 0, options.c_str());
  NEEDS(mount);
  const auto run = bench.run(bench.plan(R"(
scenario: s
dataset: {files: 8, size: 64 KiB}
phases:
  - {name: cold, op: read, cache: cold}
  - {name: warm, op: read}
backends: [posix]
repetitions: 2
)"),
                             {}, dir / "merged");
  for (const auto& sample : case_of(run, "/cold/").samples) {
    EXPECT_TRUE(sample.usable()) << sample.error;
    EXPECT_GE(sample.device_read_bytes.value(), 8 * 65536.0);
  }
  for (const auto& sample : case_of(run, "/warm/").samples) {
    EXPECT_TRUE(sample.usable()) << sample.error;
    EXPECT_EQ(sample.residency, 1.0);
  }
}

/// A case that does not fit fails by itself, and leaves the room to the others.
TEST_F(Mounts, ThatGetFullFailACaseAndNotTheRun) {
  test::Bench bench;
  const test::TempDir dir;
  const Mount mount(dir.path(), "size=4m");
  NEEDS(mount);
  const auto run = bench.run(bench.plan(R"(
scenario: s
dataset: {size: 100 KiB}
rehearse: false
phases:
  - {name: read, op: read}
  - {name: create, op: create}
  - {name: copy, op: copy}
sweep: {files: [100, 30, 5]}
backends: [posix]
repetitions: 2
)"),
                             {}, dir.path());
  const auto error = [&](const std::string& name) {
    const auto& samples = case_of(run, "/" + name).samples;
    EXPECT_EQ(samples.size(), samples.at(0).error.empty() ? 2u : 1u) << name;
    return samples[0].error;
  };
  EXPECT_TRUE(contains(error("read/backend:posix/files:100"), "write f"));
  EXPECT_TRUE(contains(error("read/backend:posix/files:100"), "No space left on device (ENOSPC)"));
  EXPECT_EQ(error("read/backend:posix/files:30"), "");
  EXPECT_EQ(error("read/backend:posix/files:5"), "");
  EXPECT_TRUE(contains(error("create/backend:posix/files:100"), "(ENOSPC)"));
  // The dataset that the reads have, and the copies will have, stands beside what is made.
  EXPECT_TRUE(contains(error("create/backend:posix/files:30"), "(ENOSPC)"));
  EXPECT_EQ(error("create/backend:posix/files:5"), "");
  EXPECT_TRUE(contains(error("copy/backend:posix/files:30"), "(ENOSPC)"));
  EXPECT_EQ(error("copy/backend:posix/files:5"), "");
}

TEST_F(Mounts, WithoutInodesFailACaseAndNotTheRun) {
  test::Bench bench;
  const test::TempDir dir;
  const Mount mount(dir.path(), "size=4m,nr_inodes=60");
  NEEDS(mount);
  EXPECT_LT(look_at_file_system(dir.path()).free_inodes, 60u);
  const auto run = bench.run(bench.plan(R"(
scenario: s
phases: [{name: create, op: create, rehearse: false}]
sweep: {files: [100, 10]}
backends: [posix]
repetitions: 1
)"),
                             {}, dir.path());
  EXPECT_TRUE(contains(case_of(run, "files:100").samples.at(0).error, "(ENOSPC)"));
  EXPECT_TRUE(case_of(run, "files:10/").samples.at(0).usable());
}

}  // namespace
}  // namespace iodyno::host
