// What a process costs, and which part of it is the kernel's threads.
#include "trial/usage.hpp"

#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/mman.h>

#include <sstream>
#include <thread>

#include "trial/machine.hpp"
#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

void spin(std::uint64_t ns) {
  for (const auto begin = now(); now() - begin < ns;) {
  }
}

TEST(Usage, IsOfAllThreads) {
  UsageMeter meter;
  Sample sample;
  const auto before = meter.begin();
  std::thread([] { spin(30'000'000); }).join();
  add_usage(sample, before, meter.end());
  EXPECT_GT(sample.cpu_ns, 1'000'000u) << "it may have had to share the CPU";
  EXPECT_GT(sample.voluntary_switches, 0u) << "for the thread to end";
  EXPECT_EQ(sample.iou_wrk_cpu_ns + sample.iou_sqp_cpu_ns, 0u);
}

TEST(Usage, CountsPageFaults) {
  constexpr std::size_t kPages = 1000, kPage = 4096;
  UsageMeter meter;
  Sample sample;
  void* memory =
      mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  madvise(memory, kPages * kPage, MADV_NOHUGEPAGE);
  const auto before = meter.begin();
  for (std::size_t i = 0; i < kPages; ++i) static_cast<volatile char*>(memory)[i * kPage] = 1;
  add_usage(sample, before, meter.end());
  munmap(memory, kPages * kPage);
  EXPECT_GE(sample.minor_faults, kPages);
}

class Ring {
 public:
  explicit Ring(unsigned flags) {
    io_uring_params parameters{};
    parameters.flags = flags;
    parameters.sq_thread_idle = 60'000;
    error_ = io_uring_queue_init_params(64, &ring_, &parameters);
  }
  ~Ring() {
    if (error_ == 0) io_uring_queue_exit(&ring_);
  }
  io_uring* get() { return &ring_; }
  int error() const { return error_; }

 private:
  io_uring ring_{};
  int error_ = 0;
};

TEST(Usage, SplitsOutThePollerOfAnIdleQueue) {
  constexpr std::uint64_t kIdleNs = 300'000'000;
  Ring ring(IORING_SETUP_SQPOLL);
  if (ring.error() != 0) GTEST_SKIP() << "no SQPOLL here: " << strerror(-ring.error());
  io_uring_prep_nop(io_uring_get_sqe(ring.get()));  // it sleeps until the first request
  ASSERT_EQ(io_uring_submit_and_wait(ring.get(), 1), 1);
  UsageMeter meter;
  Sample sample;
  const auto began = now();
  const auto before = meter.begin();
  std::this_thread::sleep_for(std::chrono::nanoseconds(kIdleNs));
  add_usage(sample, before, meter.end());
  const auto elapsed = now() - began;
  EXPECT_GT(sample.iou_sqp_cpu_ns, kIdleNs / 10) << "it may have had to share the CPU";
  EXPECT_LE(sample.iou_sqp_cpu_ns, elapsed);
  EXPECT_GE(sample.cpu_ns + kIdleNs / 5, sample.iou_sqp_cpu_ns) << "it is part of the process";
  EXPECT_EQ(sample.iou_wrk_cpu_ns, 0u);
}

TEST(Usage, SplitsOutTheWorkers) {
  constexpr std::size_t kBytes = 1 << 20, kReads = 32;
  Ring ring(0);
  if (ring.error() != 0) GTEST_SKIP() << "no io_uring here: " << strerror(-ring.error());
  const Fd zero = open_at(AT_FDCWD, "/dev/zero", O_RDONLY);
  std::vector<std::byte> buffer(kBytes);
  UsageMeter meter;
  Sample sample;
  const auto before = meter.begin();
  for (std::size_t i = 0; i < kReads; ++i) {
    auto* entry = io_uring_get_sqe(ring.get());
    io_uring_prep_read(entry, zero, buffer.data(), kBytes, 0);
    entry->flags |= IOSQE_ASYNC;
  }
  ASSERT_EQ(io_uring_submit_and_wait(ring.get(), kReads), int(kReads));
  add_usage(sample, before, meter.end());
  EXPECT_GT(sample.iou_wrk_cpu_ns, 0u);
  EXPECT_LE(sample.iou_wrk_cpu_ns, sample.cpu_ns + 50'000'000) << "not read at the same moment";
}

/// The whole way, with the engine that people use: a second in which nothing is due.
TEST(SlowUsage, OfAnIdlePollerIsACpuSecondASecond) {
  test::Rig rig;
  auto phase = test::phase_of(IODYNO_OP_READ);
  phase.rate = Rate{1};
  const auto spec = rig.spec(URING_PLUGIN, {{"sqpoll", "true"}, {"sqpoll_idle", "10 s"}}, phase,
                             {.files = 2, .size = {100, 100}});
  Sample sample;
  // Where others want its CPU the poller gets less of it, and never more than there is.
  for (int i = 0; i < 10 && sample.iou_sqp_cpu_ns < 850'000'000; ++i) sample = rig.trial(spec);
  if (!sample.error.empty()) GTEST_SKIP() << sample.error;
  EXPECT_NEAR(double(sample.iou_sqp_cpu_ns), 1e9, 0.15e9);
  EXPECT_NEAR(double(sample.cpu_ns), 1e9, 0.15e9);
  EXPECT_NEAR(double(sample.wall_ns), 1e9, 0.1e9);
}

TEST(MachineTime, GoesOn) {
  const auto before = machine_time();
  spin(50'000'000);
  const auto spent = machine_time().since(before);
  EXPECT_GT(spent.busy_ns, 0u);
  EXPECT_LT(spent.steal_share(), 1);
}

/// Emulated files in a container, or a machine that has moved.
TEST(MachineTime, ThatShrinksHasNotGrown) {
  const MachineTime before{.busy_ns = 10, .steal_ns = 20, .throttled_ns = 30};
  const auto spent = MachineTime{.busy_ns = 9, .steal_ns = 25, .throttled_ns = 0}.since(before);
  EXPECT_EQ(spent.busy_ns, 0u);
  EXPECT_EQ(spent.steal_ns, 5u);
  EXPECT_EQ(spent.throttled_ns, 0u);
}

/// One thread that is stopped is, on however many CPUs.
TEST(MachineTime, OfThrottlingIsThatOfOneCpu) {
  EXPECT_EQ(MachineTime{.throttled_ns = 600}.throttled_within(1000), 600u);
  EXPECT_EQ(MachineTime{.throttled_ns = 6000}.throttled_within(1000), 1000u);
}

class ControlGroups : public testing::Test {
 protected:
  void stat(const std::string& directory, const std::string& text) {
    std::filesystem::create_directories(mounts_ / directory);
    test::write_text(mounts_ / directory / "cpu.stat", text);
  }
  std::uint64_t throttled(const std::string& groups) {
    std::istringstream lines(groups);
    return throttled_ns(cpu_stat_files(lines, mounts_.path()));
  }

 private:
  test::TempDir mounts_;
};

/// A quota keeps all that is below it.
TEST_F(ControlGroups, AreAllOnTheWayUp) {
  stat("cpu,cpuacct", "nr_periods 0\nnr_throttled 0\nthrottled_time 1000\n");
  stat("cpu,cpuacct/a", "nr_periods 9\nnr_throttled 8\nthrottled_time 594000000\n");
  stat("cpu,cpuacct/a/b", "nr_periods 0\nnr_throttled 0\nthrottled_time 20\n");
  stat("cpu,cpuacct/other", "throttled_time 7\n");
  stat("a/b", "throttled_usec 5\n");
  const std::string others = "5:cpuset:/other\n4:memory:/other\n0::/a/b\n";
  EXPECT_EQ(throttled("6:cpu,cpuacct:/a/b\n" + others), 594'001'020u);
  EXPECT_EQ(throttled(others + "6:cpu,cpuacct:/a/b\n"), 594'001'020u);
  EXPECT_EQ(throttled("6:cpu,cpuacct:/\n" + others), 1000u) << "once";
  EXPECT_EQ(throttled("6:cpu,cpuacct:/seen/from/outside\n" + others), 1000u);
}

TEST_F(ControlGroups, OfTheSecondVersionHaveOneHierarchy) {
  stat("", "usage_usec 99\nuser_usec 98\n");
  stat("a.slice", "usage_usec 9\nthrottled_usec 3\n");
  stat("a.slice/b.scope", "usage_usec 9\nthrottled_usec 5\n");
  EXPECT_EQ(throttled("0::/a.slice/b.scope\n"), 8000u);
  EXPECT_EQ(throttled("0::/\n"), 0u);
  EXPECT_EQ(throttled(""), 0u);
}

TEST(MachineTime, OfStealIsAShareOfWhatWasWanted) {
  EXPECT_EQ((MachineTime{.busy_ns = 90, .steal_ns = 10}).steal_share(), 0.1);
  EXPECT_EQ(MachineTime{}.steal_share(), 0);
}

}  // namespace
}  // namespace iodyno::host
