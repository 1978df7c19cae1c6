// Runs on a file system that fails in one step: the case fails with the errno value, the operation
// and the path, the others go on, and nothing is left that could be removed.
#include "cli/fixture.hpp"
#include "support/faulty_mount.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kFailed = 3;
// Below the run's directory: the files of a dataset, and those of its rehearsal.
const std::string kFiles = "/*/set-*/f*", kScratch = "/*/set-*/rehearsal-*/f*";

class Faults : public Cli {
 protected:
  void SetUp() override {
    if (const auto why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
    fs::create_directory(work() / "below");
    faulty_.emplace(work() / "below", target());
    if (!faulty_->refused.empty()) GTEST_SKIP() << faulty_->refused;
    write_text(target() / "someone's.txt", "not ours");
  }

  void fail(const std::string& operation, int error, const std::string& pattern,
            unsigned from = 1) const {
    faulty_->set(FaultyMount::fault(operation, error, pattern, from));
  }
  void heal() const { faulty_->heal(); }

  /// Measures one phase, and one after it that has no files, once with each of the backends.
  Ended measure_phase(const std::string& phase, const std::vector<std::string>& more = {}) const {
    write_text(work() / "faults.yaml",
               "scenario: faults\n"
               "dataset: {files: 4, size: 16 KiB}\n"
               "cache: as_is\n"  // the kernel forgets a file's pages each time it is opened
               "phases:\n"
               "  - {name: faulty, " +
                   phase +
                   "}\n"
                   "  - {name: good, op: mkdir, rehearse: false}\n"
                   "backends: [posix, uring, mmap]\n"
                   "repetitions: 1\n");
    std::vector<std::string> arguments = {"./faults.yaml", "--backend-path",
                                          fs::path(SABOTEUR_PLUGIN).parent_path()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return measure(arguments);
  }

  /// Each backend has failed in the phase, with all of these words; none has in the other one.
  /// `mapped`: those of the one whose writes are written back later.
  void expect_failures(const Ended& ended, const std::vector<std::string>& words,
                       const std::vector<std::string>& mapped = {}) const {
    EXPECT_EQ(ended.status, kFailed) << ended.err;
    std::size_t failed = 0, good = 0;
    for (const auto& row : results_rows("faults")) {
      const std::string name = row.at("name");
      good += contains(name, "/good/") && !row.contains("error_occurred");
      if (!contains(name, "/faulty/")) continue;
      ++failed;
      ASSERT_TRUE(row.contains("error_message")) << row;
      for (const auto& word : mapped.empty() || !contains(name, "mmap") ? words : mapped)
        EXPECT_TRUE(contains(row.at("error_message"), word)) << name;
    }
    EXPECT_EQ(failed, 3u) << ended.out;
    EXPECT_EQ(good, 3u) << ended.out;
  }
  void expect_clean() const {
    EXPECT_EQ(names_in(target()), std::set<std::string>{"someone's.txt"});
    EXPECT_EQ(read_text(target() / "someone's.txt"), "not ours");
  }

  std::optional<FaultyMount> faulty_;
};

TEST_F(Faults, NoneIsNoFailure) {
  const auto ended = measure_phase("op: overwrite");
  EXPECT_EQ(ended.status, 0) << ended.err << ended.out;
  EXPECT_EQ(summary_rows("faults").size(), 6u);
  expect_clean();
}

TEST_F(Faults, MakingADataset) {
  for (const auto& [error, name] : {std::pair(EIO, "(EIO)"), {EDQUOT, "(EDQUOT)"}}) {
    heal();
    fail("write", error, kFiles, 3);
    // Each backend would get a dataset of its own, so that each finds the fault.
    const auto ended = measure_phase("op: overwrite");
    expect_failures(ended, {"making the dataset: write f", name});
    expect_clean();
  }
}

TEST_F(Faults, ClosingWhatWasWritten) {
  fail("flush", EDQUOT, kFiles);
  expect_failures(measure_phase("op: overwrite"),
                  {"making the dataset: close f0: Disk quota exceeded (EDQUOT)"});
  expect_clean();
}

TEST_F(Faults, MakingTheDirectoryOfADataset) {
  fail("mkdir", EIO, "/*/set-*", 2);
  const auto ended = measure_phase("op: overwrite", {"--filter", "/faulty/"});
  EXPECT_EQ(ended.status, kFailed) << ended.err;
  EXPECT_TRUE(contains(ended.err, "mkdir set-")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "Input/output error (EIO)"));
  expect_clean();
}

TEST_F(Faults, Rehearsing) {
  fail("write", EIO, kScratch);
  expect_failures(measure_phase("op: create"),
                  {"in the rehearsal: create rehearsal-", "Input/output error (EIO)"});
  expect_clean();
}

TEST_F(Faults, MakingFilesForTheRehearsal) {
  fail("create", EIO, kScratch);
  expect_failures(measure_phase("op: overwrite"),
                  {"in `rehearse`: making the dataset: create f0: Input/output error (EIO)"});
  expect_clean();
}

TEST_F(Faults, Settling) {
  const auto ended = measure_phase(
      "op: stat", {"--filter", "/faulty/", "--backend",
                   "saboteur:when=rehearse,dirty=true,point=" + target().string() +
                       ",fault=" + FaultyMount::fault("write", EIO, "/*/set-*/.iodyno-dirty")});
  EXPECT_EQ(ended.status, kFailed) << ended.err;
  EXPECT_TRUE(contains(ended.err, "in `settle`: syncfs: Input/output error (EIO)")) << ended.err;
  expect_clean();
}

TEST_F(Faults, WarmingTheCache) {
  fail("read", EIO, kFiles);
  expect_failures(measure_phase("op: read, cache: warm, rehearse: false"),
                  {"in `cache`: read f", "Input/output error (EIO)"});
  expect_clean();
}

/// A mapping is told by SIGBUS, which its backend catches and says in its own words.
TEST_F(Faults, ReadingInTheTrial) {
  fail("read", EIO, kFiles);
  expect_failures(measure_phase("op: read, cache: cold, rehearse: false"),
                  {"read f", "Input/output error (EIO)", "4 of 4 requests of the batch failed"});
  expect_clean();
}

TEST_F(Faults, ReadingBlocksInTheTrial) {
  fail("read", EIO, kFiles);
  expect_failures(measure_phase("op: read_block, block: 4 KiB, cache: cold, rehearse: false"),
                  {"read_block block at ", " of file ", "Input/output error (EIO)"});
  expect_clean();
}

TEST_F(Faults, WritingInTheTrial) {
  for (const auto& [error, name] : {std::pair(EIO, "(EIO)"), {EDQUOT, "(EDQUOT)"}}) {
    heal();
    fail("write", error, kFiles);
    expect_failures(measure_phase("op: create, rehearse: false"),
                    {"create f", name, "4 of 4 requests of the batch failed"},
                    {"in `drain`: syncfs: "});
    expect_clean();
  }
}

TEST_F(Faults, OneRequestOfMany) {
  fail("write", EIO, "/*/set-*/f2");
  expect_failures(measure_phase("op: create, rehearse: false"),
                  {"create f2: Input/output error (EIO); 1 of 4 requests of the batch failed"},
                  {"in `drain`: syncfs: Input/output error (EIO)"});
  expect_clean();
}

TEST_F(Faults, MakingDurable) {
  fail("fsync", EIO, kFiles);
  expect_failures(measure_phase("op: create, durability: each, rehearse: false"),
                  {"create f", "Input/output error (EIO)"});
  expect_clean();
}

TEST_F(Faults, ReadingBack) {
  fail("read", EIO, kFiles);
  expect_failures(measure_phase("op: create, rehearse: false"),
                  {"read back: read f0: Input/output error (EIO)"});
  expect_clean();
}

/// What stays is told, and the rest of it goes.
TEST_F(Faults, Removing) {
  fail("unlink", EIO, "/*/set-*/f2");
  const auto ended = measure_phase("op: read");
  EXPECT_EQ(ended.status, kEnvironment) << ended.err;
  EXPECT_EQ(summary_rows("faults").size(), 6u);
  EXPECT_TRUE(contains(ended.err, "removing the datasets: remove set-"));
  EXPECT_TRUE(contains(ended.err, "could not be removed: remove set-"));
  EXPECT_TRUE(contains(ended.err, "/f2: Input/output error (EIO)"));
  EXPECT_TRUE(contains(ended.err, "`iodyno clean target`"));
  for (const auto& [path, entry] : entries_of(target()))
    EXPECT_TRUE(path.find("/f") == path.npos || path.ends_with("/f2")) << path;
  EXPECT_NE(iodyno({"clean", "target"}).status, 0);
  heal();
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  expect_clean();
}

TEST_F(Faults, RemovingDoesNotHideAFailure) {
  fail("rmdir", EIO, "/*/set-*");
  fail("read", EIO, kFiles);
  const auto ended = measure_phase("op: read, cache: cold, rehearse: false");
  expect_failures(ended, {"read f", "Input/output error (EIO)"});
  EXPECT_TRUE(contains(ended.err, "could not be removed: remove set-"));
  for (const auto& [path, entry] : entries_of(target()))
    EXPECT_EQ(path.find("/f"), path.npos) << path;
  heal();
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  expect_clean();
}

/// From the middle of the first trial on nothing can be changed there.
TEST_F(Faults, ReadOnlyMeanwhile) {
  const auto sabotage =
      "saboteur:point=" + target().string() + ",fault=" + FaultyMount::fault("change", EROFS, "*");
  const auto ended = measure_phase("op: stat, rehearse: false",
                                   {"--backend", sabotage, "--backend", "posix", "--seed", "1"});
  EXPECT_EQ(ended.status, kFailed) << ended.err << ended.out;
  EXPECT_TRUE(contains(ended.err, "Read-only file system (EROFS)")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "could not be removed: remove set-")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "`iodyno clean target`"));
  EXPECT_FALSE(results_rows("faults").empty());
  EXPECT_EQ(iodyno({"clean", "target"}).status, kEnvironment);
  heal();
  const auto cleaned = iodyno({"clean", "target"});
  EXPECT_EQ(cleaned.status, 0) << cleaned.err;
  expect_clean();
}

/// On file systems of their own, in files: what the kernel's own say.
class RealFaults : public Cli {
 protected:
  void SetUp() override {
    if (const auto why = enter_own_mounts(); !why.empty()) GTEST_SKIP() << why;
  }
  void TearDown() override { unmount(); }

  /// Where it can't be made and mounted, says why.
  std::string make_file_system(const std::string& type, std::uintmax_t bytes) {
    std::ofstream(work() / "image").close();
    fs::resize_file(work() / "image", bytes);
    const auto made = run({"mkfs." + type, "-q", work() / "image"});
    return made.status == 0 ? mount_it() : "no mkfs." + type + ": " + made.err;
  }
  std::string mount_it() {
    const auto mounted = run({"mount", "-o", "loop", work() / "image", target()});
    mounted_ = mounted.status == 0;
    return mounted_ ? "" : mounted.err;
  }
  void unmount() {
    if (mounted_) umount2(target().c_str(), 0);
    mounted_ = false;
  }

 private:
  bool mounted_ = false;
};

TEST_F(RealFaults, ReadOnlyMeanwhile) {
  if (const auto why = make_file_system("ext4", 32 << 20); !why.empty()) GTEST_SKIP() << why;
  const auto before = names_in(target());
  write_text(work() / "own.yaml",
             "scenario: own\nphases: [{name: stat, op: stat, rehearse: false}]\n"
             "backends: [posix, {saboteur: {abort: true, point: " +
                 target().string() +
                 "}}]\n"
                 "dataset: {files: 9, size: 4 KiB}\nrepetitions: 2\n");
  const auto ended =
      measure({"./own.yaml", "--backend-path", fs::path(SABOTEUR_PLUGIN).parent_path()});
  EXPECT_NE(ended.status, 0) << ended.err << ended.out;
  EXPECT_TRUE(contains(ended.err, "could not be removed: remove set-")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "Read-only file system (EROFS)"));
  EXPECT_EQ(results_rows("own").empty(), false);
  unmount();
  ASSERT_EQ(mount_it(), "");
  EXPECT_EQ(iodyno({"clean", "target"}).status, 0);
  EXPECT_EQ(names_in(target()), before);
}

TEST_F(RealFaults, QuotaReached) {
  if (const auto why = make_file_system("btrfs", 256 << 20); !why.empty()) GTEST_SKIP() << why;
  const auto part = target() / "part";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"btrfs", "quota", "enable", target()},
        {"btrfs", "subvolume", "create", part},
        {"btrfs", "qgroup", "limit", "4M", part}})
    if (const auto ended = run(command); ended.status != 0) GTEST_SKIP() << ended.err;
  write_text(work() / "own.yaml",
             "scenario: own\nphases: [{name: create, op: create, rehearse: false}]\n"
             "backends: [posix, uring]\ndataset: {files: 4}\nrepetitions: 1\n"
             "sweep: {size: [16 KiB, 4 MiB]}\n");
  const auto ended = iodyno({"run", "./own.yaml", "--target", "target/part", "--out", "out"});
  EXPECT_EQ(ended.status, kFailed) << ended.err << ended.out;
  for (const auto& row : results_rows("own")) {
    const bool large = contains(row.at("name").get<std::string>(), "size:4194304");
    EXPECT_EQ(row.contains("error_message"), large) << row;
    if (large) {
      EXPECT_TRUE(contains(row.at("error_message"), "Disk quota exceeded (EDQUOT)"));
    }
  }
  EXPECT_TRUE(names_in(part).empty());
}

}  // namespace
}  // namespace iodyno::test
