// What the doctor says of what was found; and that it leaves nothing behind.
#include "run/doctor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "run/doctor_areas.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

using test::contains;
using State = Ability::State;

Ability named(const Abilities& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Ability::name);
  if (found != all.end()) return *found;
  ADD_FAILURE() << "nothing of " << name;
  return {};
}

/// What is well needs no remedy, and what is not has one, in sentences.
void expect_sound(const Abilities& all) {
  for (const Ability& one : all) {
    EXPECT_FALSE(one.name.empty());
    EXPECT_EQ(one.state == State::ok, one.remedy.empty()) << one.name;
    EXPECT_TRUE(one.remedy.empty() || one.remedy.ends_with('.')) << one.remedy;
  }
}

FileSystem ext4() {
  FileSystem fs;
  fs.type = "ext4";
  fs.source = "/dev/vda1";
  fs.mount_options = "rw,relatime";
  fs.free_bytes = std::uint64_t(50) << 30;
  fs.total_bytes = std::uint64_t(100) << 30;
  fs.free_inodes = 1'000'000;
  return fs;
}

TEST(Doctor, ThisMachine) {
  const test::TempDir directory;
  const Abilities all = examine(directory.path());
  expect_sound(all);
  for (const char* name :
       {"kernel", "io_uring", "open files", "locked memory", "cold metadata", "file system",
        "mount options", "free space", "free inodes", "left-overs", "O_DIRECT", "reflink",
        "copy_file_range", "cachestat", "memory", "device"})
    named(all, name);
  EXPECT_TRUE(test::names_in(directory.path()).empty()) << "left behind";
}

TEST(Doctor, Kernels) {
  EXPECT_EQ(judge_machine({{"kernel", "6.1.0-18-amd64 x86_64"}})[0].state, State::ok);
  EXPECT_EQ(judge_machine({{"kernel", "10.0 x86_64"}})[0].state, State::ok);
  for (const char* release : {"5.15.0", "4.19", "6.0.1", "", "6", "weird"}) {
    EXPECT_EQ(judge_machine({{"kernel", release}})[0].state, State::warning) << release;
    expect_sound(judge_machine({{"kernel", release}}));
  }
}

TEST(Doctor, RingsThatAreRefused) {
  RingAbilities ring;
  const auto refused = [&](int error, const char* sysctl, bool seccomp) {
    ring.error = error;
    const auto all = judge_ring(ring, {{"io_uring_disabled", sysctl}}, seccomp);
    EXPECT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].state, State::missing);
    expect_sound(all);
    return all[0].found + " | " + all[0].remedy;
  };
  EXPECT_TRUE(contains(refused(EPERM, "2", false), "kernel.io_uring_disabled=0"));
  EXPECT_TRUE(contains(refused(EPERM, "1", true), "kernel.io_uring_disabled=0"));
  EXPECT_TRUE(contains(refused(EPERM, "0", true), "seccomp"));
  EXPECT_TRUE(contains(refused(ENOSYS, "", true), "seccomp"));
  EXPECT_TRUE(contains(refused(ENOSYS, "", false), "older than 5.1"));
  EXPECT_TRUE(contains(refused(ENOMEM, "0", false), "ulimit -l"));
  EXPECT_TRUE(contains(refused(EPERM, "0", false), "security module"));
}

TEST(Doctor, RingsThatLackSomething) {
  RingAbilities ring;
  ring.operations = 16;
  EXPECT_TRUE(std::ranges::all_of(judge_ring(ring, {}, false),
                                  [](const Ability& one) { return one.state == State::ok; }));
  ring.absent = {"MKDIRAT", "FTRUNCATE"};
  ring.absent_modes = {"DEFER_TASKRUN"};
  ring.buffers_error = ENOMEM;
  const auto all = judge_ring(ring, {}, false);
  expect_sound(all);
  EXPECT_EQ(named(all, "io_uring operations").found, "without MKDIRAT, FTRUNCATE");
  EXPECT_EQ(named(all, "io_uring modes").state, State::warning);
  EXPECT_EQ(named(all, "io_uring buffers").state, State::warning);
}

TEST(Doctor, TheRingOfThisMachine) {
  const RingAbilities ring = probe_ring();
  if (ring.error != 0) GTEST_SKIP() << std::strerror(ring.error);
  EXPECT_EQ(std::ranges::find(ring.absent, "READ"), ring.absent.end());
}

TEST(Doctor, Limits) {
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY}, small{1024, 1024}, raised{1024, 1 << 20};
  EXPECT_EQ(named(judge_limits(none, none, false), "open files").state, State::ok);
  EXPECT_EQ(named(judge_limits(raised, none, false), "open files").state, State::ok)
      << "workers raise it";
  EXPECT_EQ(named(judge_limits(small, none, false), "open files").state, State::warning);
  EXPECT_EQ(named(judge_limits(none, small, false), "locked memory").state, State::warning);
  EXPECT_EQ(named(judge_limits(none, none, false), "locked memory").found, "unlimited");
  EXPECT_EQ(named(judge_limits(none, small, true), "locked memory").state, State::ok);
  expect_sound(judge_limits(small, small, false));
}

TEST(Doctor, ColdMetadata) {
  EXPECT_EQ(judge_caches(true, true)[0].state, State::ok);
  EXPECT_TRUE(contains(judge_caches(false, true)[0].remedy, "container"));
  EXPECT_TRUE(contains(judge_caches(false, false)[0].remedy, "root"));
}

TEST(Doctor, FileSystems) {
  EXPECT_TRUE(std::ranges::all_of(judge_file_system(ext4(), {{"journal", "yes"}}),
                                  [](const Ability& one) { return one.state == State::ok; }));
  for (const char* type : {"nfs4", "cifs", "fuse.sshfs", "ceph", "lustre", "9p"}) {
    FileSystem fs = ext4();
    fs.type = type;
    const auto ability = named(judge_file_system(fs, {}), "file system");
    EXPECT_EQ(ability.state, State::warning);
    EXPECT_TRUE(contains(ability.found, std::string(type) + ", over a network"));
  }
  for (const char* type : {"overlay", "fuse", "fuseblk", "virtiofs"}) {
    FileSystem fs = ext4();
    fs.type = type;
    EXPECT_EQ(named(judge_file_system(fs, {}), "file system").state, State::warning) << type;
  }
  FileSystem memory = ext4();
  memory.type = "tmpfs";
  memory.in_memory = true;
  EXPECT_TRUE(contains(named(judge_file_system(memory, {}), "file system").remedy, "memory"));
}

TEST(Doctor, MountOptions) {
  const auto judged = [](const std::string& options) {
    FileSystem fs = ext4();
    fs.mount_options = options;
    const auto all = judge_file_system(fs, {});
    expect_sound(all);
    return named(all, "mount options").remedy;
  };
  EXPECT_EQ(judged("rw,noatime,data=ordered"), "");
  EXPECT_TRUE(contains(judged("rw,relatime,sync"), "`sync`"));
  EXPECT_TRUE(contains(judged("rw,strictatime"), "access time"));
  EXPECT_TRUE(contains(judged("rw,relatime,discard"), "fstrim"));
  EXPECT_TRUE(contains(judged("rw,discard,data=journal"), "twice"));
  EXPECT_EQ(judged("rw,relatime,nodiscard,async"), "");
}

TEST(Doctor, Room) {
  FileSystem fs = ext4();
  fs.free_bytes = std::uint64_t(4) << 30;
  EXPECT_EQ(named(judge_file_system(fs, {}), "free space").state, State::warning) << "below 5 %";
  EXPECT_EQ(named(judge_file_system(fs, {}), "free space").found, "4.00 GiB of 100 GiB");
  fs.free_inodes = 100;
  EXPECT_EQ(named(judge_file_system(fs, {}), "free inodes").state, State::warning);
  fs.free_inodes = UINT64_MAX;
  EXPECT_EQ(named(judge_file_system(fs, {}), "free inodes").found, "no limit");
}

TEST(Doctor, Files) {
  Facts probed = {{"o_direct", "yes"}, {"reflink", "yes"}, {"first_touch_ns", "300"}};
  FileTrials trials;
  trials.cachestat = true;
  trials.direct_memory_align = trials.direct_offset_align = 512;
  const auto good = judge_files(probed, trials, ext4());
  expect_sound(good);
  EXPECT_EQ(named(good, "O_DIRECT").found, "memory aligned to 512 B, offsets to 512 B, by trying");
  trials.cachestat = false;
  trials.copy_file_range = "Operation not supported";
  probed = {{"o_direct", "no: Invalid argument"}, {"reflink", "no: x"}, {"first_touch_ns", "9000"}};
  const auto bad = judge_files(probed, trials, ext4());
  expect_sound(bad);
  for (const char* name : {"O_DIRECT", "reflink", "copy_file_range", "cachestat"})
    EXPECT_EQ(named(bad, name).state, State::missing);
  EXPECT_EQ(named(bad, "memory").state, State::warning);
  EXPECT_EQ(named(bad, "O_DIRECT").found, "Invalid argument");
}

TEST(Doctor, Devices) {
  EXPECT_EQ(judge_device({})[0].state, State::ok);
  const Facts fast = {{"device", "nvme0n1"},
                      {"device_rotational", "0"},
                      {"device_scheduler", "[none] bfq"},
                      {"device_read_ahead_kb", "128"},
                      {"device_write_cache", "write back"}};
  for (const Ability& one : judge_device(fast)) EXPECT_EQ(one.state, State::ok) << one.name;
  Facts slow = fast;
  slow["device"] = "loop0";
  slow["device_scheduler"] = "none [bfq]";
  slow["device_read_ahead_kb"] = "0";
  const auto all = judge_device(slow);
  expect_sound(all);
  for (const char* name : {"device", "scheduler", "read-ahead"})
    EXPECT_EQ(named(all, name).state, State::warning) << name;
}

TEST(Doctor, Load) {
  MachineState before, after;
  before.when_ns = 1'000'000'000;
  after.when_ns = 2'000'000'000;
  after.time.busy_ns = 100'000'000;
  after.pressure_percent = {{"cpu", 1.5}, {"io", 0}};
  const auto quiet = judge_load({{"cpu_governor", "performance"}}, before, after);
  expect_sound(quiet);
  for (const Ability& one : quiet) EXPECT_EQ(one.state, State::ok) << one.name;
  EXPECT_EQ(named(quiet, "other work").found, "uses 0.1 CPUs now");
  EXPECT_EQ(named(quiet, "pressure").found, "cpu 1.5 %, io 0.0 %");
  after.time.busy_ns = 900'000'000;
  after.time.steal_ns = 100'000'000;
  after.pressure_percent["io"] = 50;
  const auto busy = judge_load({{"cpu_governor", "powersave"}}, before, after);
  expect_sound(busy);
  for (const Ability& one : busy) EXPECT_EQ(one.state, State::warning) << one.name;
  EXPECT_EQ(named(busy, "steal").found, "10.0 % of the CPU time");
  after.time.busy_ns = after.time.steal_ns = 40'000'000;
  EXPECT_EQ(named(judge_load({}, before, after), "steal").state, State::ok) << "by chance";
  after.pressure_percent.clear();
  EXPECT_EQ(named(judge_load({}, before, after), "pressure").state, State::missing);
}

TEST(Doctor, LeftOvers) {
  EXPECT_EQ(judge_leftovers("/t", {})[0].state, State::ok);
  const auto all = judge_leftovers(
      "/t", {{Leftover::Kind::abandoned, "iodyno-1"}, {Leftover::Kind::in_use, "iodyno-2"}});
  ASSERT_EQ(all.size(), 2u);
  expect_sound(all);
  EXPECT_TRUE(contains(all[0].remedy, "`iodyno clean /t`"));
  EXPECT_TRUE(contains(all[1].remedy, "Wait"));
}

}  // namespace
}  // namespace iodyno::host
