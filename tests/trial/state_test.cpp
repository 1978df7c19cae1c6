// The state that a trial finds, what disturbs it, and what is said then.
#include "trial/state.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "trial/free_memory.hpp"
#include "trial/layout.hpp"
#include "trial/rig.hpp"
#include "trial/settle.hpp"

namespace iodyno::host {
namespace {

using test::contains;
using test::joined;
using test::phase_of;

class TrialState : public testing::Test {
 protected:
  TrialSpec reading(CacheState cache) {
    auto phase = phase_of(IODYNO_OP_READ);
    phase.cache = cache;
    spec_ = rig.spec(POSIX_PLUGIN, {}, phase);
    return spec_;
  }
  std::filesystem::path file(const std::string& name) { return rig.run / spec_.directory / name; }
  /// Somebody else does it each time, or the first `times`.
  void at(const std::string& which, int times, std::function<void()> act) {
    rig.at_stage = [=, left = times](const std::string& stage) mutable {
      if (stage == which && left-- > 0) act();
    };
  }
  int count(const std::string& stage) const { return int(std::ranges::count(rig.stages, stage)); }

  test::Rig rig;
  TrialSpec spec_;
};

TEST_F(TrialState, IsMadeAgainWhenSomebodyReadsAFile) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory can't be cold";
  const auto spec = reading(CacheState::cold);
  at("look", 2, [&] { test::read_text(file("f07")); });
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << joined(sample.invalid);
  EXPECT_EQ(sample.residency, 0.0);
  EXPECT_EQ(count("look"), 3);
  EXPECT_EQ(count("cache"), 2);
}

TEST_F(TrialState, IsInvalidWhenSomebodyReadsAFileEachTime) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory can't be cold";
  const auto spec = reading(CacheState::cold);
  at("look", 99, [&] { test::read_text(file("f07")); });
  const auto sample = rig.trial(spec);
  EXPECT_EQ(joined(sample.invalid),
            "the files could not be kept out of the page cache: 2 of 40 pages are there\n");
  EXPECT_GT(sample.residency, 0.0);
  EXPECT_EQ(count("cache"), 3);
}

TEST_F(TrialState, IsMarkedWhenSomebodyWritesAllTheTime) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory are never written back";
  const auto spec = reading(CacheState::warm);
  // In place: what is written after a truncation is written back at once by some file systems.
  at("look", 99, [&] {
    write_fully(open_at(AT_FDCWD, file("f07").c_str(), O_WRONLY), std::vector<std::byte>(10), 0);
  });
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(contains(joined(sample.degraded), "still being written")) << sample.error;
}

TEST_F(TrialState, CountsWhatCameFromTheDevice) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory come from no device";
  const auto cold = rig.trial(reading(CacheState::cold));
  ASSERT_TRUE(cold.device_read_bytes);
  EXPECT_GE(*cold.device_read_bytes, 100'000);
  EXPECT_EQ(joined(cold.degraded), "");
  const auto warm = rig.trial(reading(CacheState::warm));
  EXPECT_LT(warm.device_read_bytes.value(), 100'000);
}

/// A backend that learns in the rehearsal must not learn from files in memory.
TEST_F(TrialState, IsTheSameInTheRehearsal) {
  if (test::in_memory(rig.run.path())) GTEST_SKIP() << "files in memory come from no device";
  auto spec = reading(CacheState::cold);
  const auto read_by = [&](bool rehearse) {
    spec.steps[0].rehearse = rehearse;
    const auto before = device_read_bytes().value();
    EXPECT_TRUE(rig.trial(spec).usable());
    return device_read_bytes().value() - before;
  };
  const auto alone = read_by(false);
  EXPECT_GE(read_by(true), alone + 100'000) << "as many files again";
}

/// After the look, just as the clock begins: it shows in what came from the device.
TEST_F(TrialState, IsMarkedWhenSomebodyReadsAlong) {
  const auto fs = test::file_system_of(rig.run.path());
  if (fs != "ext4" && fs != "xfs") GTEST_SKIP() << "not told on " << fs;
  const auto spec = reading(CacheState::cold);
  at("run", 1, [&] {
    for (const auto& name : test::names_in(rig.run / spec_.directory)) test::read_text(file(name));
  });
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(contains(joined(sample.degraded), "somebody else reads along"));
}

/// Names in memory that nobody uses now, of the whole machine.
long unused_names() {
  long all = 0, unused = 0;
  std::ifstream("/proc/sys/fs/dentry-state") >> all >> unused;
  return unused;
}

/// All of them go, which is no harm.
TEST_F(TrialState, OfMetadataIsColdWhereThatIsAskedFor) {
  if (access("/proc/sys/vm/drop_caches", W_OK) != 0) GTEST_SKIP() << "needs root";
  constexpr long kFiles = 600;
  auto phase = phase_of(IODYNO_OP_STAT);
  std::map<std::string, long> unused;
  rig.at_stage = [&](const std::string& stage) { unused[stage] = unused_names(); };
  phase.metadata = CacheState::cold;
  const auto cold =
      rig.trial(rig.spec(POSIX_PLUGIN, {}, phase, {.files = kFiles, .size = {10, 10}}));
  EXPECT_TRUE(cold.usable()) << cold.error;
  ASSERT_EQ(cold.notes.count("host.metadata"), 1u);
  EXPECT_TRUE(cold.notes.at("host.metadata").starts_with("cold: dropped, which can't be verified"));
  EXPECT_LT(unused.at("run"), unused.at("open") - kFiles / 2) << "others may have brought some";
  phase.metadata = CacheState::warm;
  EXPECT_EQ(rig.trial(rig.spec(POSIX_PLUGIN, {}, phase)).notes.count("host.metadata"), 0u);
}

TEST_F(TrialState, RefusesADatasetWithAHole) {
  auto spec = reading(CacheState::warm);
  std::filesystem::resize_file(file("f03"), 0);
  std::filesystem::resize_file(file("f03"), 5000);
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(contains(joined(sample.invalid), "the layout of the dataset: f03 has a hole at 0\n"));
  spec.check_layout = false;
  EXPECT_TRUE(rig.trial(spec).usable()) << "it is looked at once";
}

/// Space that was reserved reads as zeros, and fast. Where the file system can tell, it is refused.
TEST_F(TrialState, RefusesADatasetThatWasOnlyReserved) {
  const auto spec = reading(CacheState::warm);
  const auto fs = test::file_system_of(rig.run.path());
  if (fs != "ext4" && fs != "xfs" && fs != "btrfs") GTEST_SKIP() << fs << " does not tell";
  std::filesystem::remove(file("f03"));
  const Fd fd = open_at(AT_FDCWD, file("f03").c_str(), O_WRONLY | O_CREAT, 0600);
  if (fallocate(fd, 0, 0, 5000) != 0) GTEST_SKIP() << "no fallocate here";
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(contains(joined(sample.invalid),
                       "the layout of the dataset: f03 has an unwritten extent at 0\n"))
      << joined(sample.invalid);
}

TEST_F(TrialState, KnowsInHowManyPiecesFilesLie) {
  auto spec = reading(CacheState::warm);
  const auto sample = rig.trial(spec);
  const auto fs = test::file_system_of(rig.run.path());
  if (fs == "ext4" || fs == "xfs") {
    EXPECT_EQ(sample.extents_per_file, 1.0);
  }
  spec.check_layout = false;
  spec.extents_per_file = 2.5;
  EXPECT_EQ(rig.trial(spec).extents_per_file, 2.5) << "as known from the first look";
}

/// A device that is said to have a request in flight for ever.
TEST_F(TrialState, IsMarkedWhenTheDeviceIsNeverIdle) {
  auto spec = reading(CacheState::warm);
  test::write_text(rig.run / "stat", "10 0 80 5 20 3 160 9 1 14 14 0 0 0 0 0 0\n");
  spec.device_stat = rig.run / "stat";
  const auto sample = rig.trial(spec);
  EXPECT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(joined(sample.degraded), "the device was not idle after 5 s\n");
}

/// tmpfs takes the flag and reads through its memory all the same.
TEST_F(TrialState, IsMarkedWhenDirectDoesNotPassTheCacheBy) {
  if (!test::in_memory("/dev/shm")) GTEST_SKIP() << "no file system in memory here";
  const Dataset dataset{.files = 2, .size = {8192, 8192}};
  const auto spec = rig.spec(LIAR_PLUGIN, {}, phase_of(IODYNO_OP_READ), dataset);
  auto direct = spec;
  direct.steps[0].direct = true;
  const test::TempDir memory("/dev/shm");
  make_directory(memory.fd(), spec.directory);
  make_directory(memory.fd(), spec.second_directory);
  make_dataset(open_below(memory.fd(), spec.directory), Files(dataset), {}, {});
  const auto sample = run_trial(direct, memory.fd(), [](const std::string&) {});
  EXPECT_TRUE(contains(joined(sample.degraded), "O_DIRECT did not pass the cache by"))
      << sample.error << joined(sample.degraded);
}

class Layout : public testing::TestWithParam<const char*> {
 protected:
  /// What is wrong with a file after `make` has been at it.
  std::string fault(const std::string& text, const std::function<void(int)>& make) {
    test::write_text(dir / "file", text);
    const Fd fd = open_at(dir.fd(), "file", O_RDWR);
    make(fd);
    check(fsync(fd));
    return layout_of(fd, std::uint64_t(check(lseek(fd, 0, SEEK_END)))).fault;
  }
  const test::TempDir dir{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, Layout, testing::Values(".", "/dev/shm"), [](const auto& where) {
  return where.param[0] == '.' ? "here" : "in_memory";
});

TEST_P(Layout, IsGoodWhereEveryByteWasWritten) {
  const auto nothing = [](int) {};
  for (const std::size_t size : {0, 1, 4096, 5000, 1 << 20})
    EXPECT_EQ(fault(std::string(size, 'x'), nothing), "") << size;
}

TEST_P(Layout, HasHoles) {
  const std::string page(4096, 'x');
  EXPECT_EQ(fault("", [](int fd) { check(ftruncate(fd, 8192)); }), "a hole at 0");
  EXPECT_EQ(fault(page, [](int fd) { check(ftruncate(fd, 8192)); }), "a hole at 4096");
  EXPECT_EQ(fault(page, [&](int fd) { write_fully(fd, std::as_bytes(std::span(page)), 16384); }),
            "a hole at 4096");
}

TEST_P(Layout, HasUnwrittenExtents) {
  const std::string page(4096, 'x');
  const auto grow = [](int fd) { return posix_fallocate(fd, 4096, 4096); };
  const auto found = fault(page, [&](int fd) { ASSERT_EQ(grow(fd), 0); });
  // tmpfs allocates pages, which nobody has written, and calls them a hole.
  EXPECT_TRUE(found == "an unwritten extent at 4096" || found == "a hole at 4096") << found;
}

TEST(Settle, WaitsForTheDevice) {
  const test::TempDir dir;
  const auto idle = [&](const std::string& text) {
    test::write_text(dir / "stat", text);
    return wait_until_idle(dir / "stat", 50'000'000);
  };
  EXPECT_TRUE(idle("10 0 80 5 20 3 160 9 0 14 14 0 0 0 0 0 0\n"));
  EXPECT_FALSE(idle("10 0 80 5 20 3 160 9 1 14 14 0 0 0 0 0 0\n")) << "one request is in flight";
  EXPECT_TRUE(idle("")) << "nothing is known";
  EXPECT_TRUE(wait_until_idle("", 0)) << "no device";
}

TEST(Settle, KnowsWhatTheSystemHasYetToWrite) {
  const test::TempDir dir;
  const auto before = system_unwritten_bytes();
  EXPECT_LT(before, std::uint64_t{1} << 40);
  EXPECT_EQ(before % 1024, 0u);
}

TEST(FreeMemory, IsTakenOnceAndGivenBack) {
  for (const char* where : {".", "/dev/shm"}) {
    const test::TempDir dir(where);
    EXPECT_LE(back_free_memory(dir.fd(), 3 << 20), std::uint64_t{3} << 20);
    EXPECT_EQ(back_free_memory(dir.fd(), 0), 0u);
    EXPECT_TRUE(test::names_in(dir.path()).empty());
  }
  const test::TempDir memory("/dev/shm");
  EXPECT_EQ(back_free_memory(memory.fd(), 1 << 20), std::uint64_t{1} << 20);
}

}  // namespace
}  // namespace iodyno::host
