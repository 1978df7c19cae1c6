#include "trial/usage.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

namespace iodyno::host {
namespace {

std::uint64_t nanoseconds(const timeval& t) {
  return std::uint64_t(t.tv_sec) * 1'000'000'000 + std::uint64_t(t.tv_usec) * 1000;
}
std::uint64_t nanoseconds(const timespec& t) {
  return std::uint64_t(t.tv_sec) * 1'000'000'000 + std::uint64_t(t.tv_nsec);
}

/// The clock of a thread's CPU time, as the C library makes it of a thread of its own
/// (clock_getres(2); include/linux/posix-timers.h: MAKE_THREAD_CPUCLOCK with CPUCLOCK_SCHED).
clockid_t cpu_clock_of(int thread) { return clockid_t((~unsigned(thread) << 3) | 6); }

/// All of the process, in one reading.
Usage process_usage() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  timespec cpu;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return {.cpu_ns = nanoseconds(cpu),
          .user_ns = nanoseconds(usage.ru_utime),
          .sys_ns = nanoseconds(usage.ru_stime),
          .minor_faults = std::uint64_t(usage.ru_minflt),
          .major_faults = std::uint64_t(usage.ru_majflt),
          .voluntary_switches = std::uint64_t(usage.ru_nvcsw),
          .involuntary_switches = std::uint64_t(usage.ru_nivcsw),
          .io_uring = {}};
}

}  // namespace

KernelThreads::KernelThreads() : tasks_(open_at(AT_FDCWD, "/proc/self/task", O_RDONLY)) {}

KernelThreads::Kind KernelThreads::kind_of(int thread) const {
  const int fd = openat(tasks_, (std::to_string(thread) + "/comm").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Kind::other;  // it has ended
  const Fd file(fd);
  char name[32];
  const auto count = read(file, name, sizeof name);
  const std::string_view text(name, std::size_t(std::max<ssize_t>(count, 0)));
  if (text.starts_with("iou-wrk-")) return Kind::worker;
  if (text.starts_with("iou-sqp-")) return Kind::poller;
  return Kind::other;
}

void KernelThreads::look() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(dup(tasks_)), closedir);
  if (!directory) return;
  rewinddir(directory.get());
  while (const dirent* entry = readdir(directory.get())) {
    const int id = std::atoi(entry->d_name);
    if (id == 0) continue;  // "." and ".."
    const auto same = [&](const Thread& thread) { return thread.id == id && !thread.ended; };
    if (std::ranges::any_of(ours_, same)) continue;
    // Asked each time: one that has just begun still has the name of who made it.
    if (const auto kind = kind_of(id); kind != Kind::other) ours_.push_back({id, kind});
  }
}

KernelThreads::Cpu KernelThreads::cpu() {
  struct stat status;
  const auto count = fstat(tasks_, &status) == 0 ? std::uint64_t(status.st_nlink) : 0;
  // One that begins as another ends does not change the number.
  if (count != count_ || !ours_.empty()) look();
  count_ = count;
  Cpu total;
  for (auto& thread : ours_) {
    timespec time;
    if (!thread.ended && clock_gettime(cpu_clock_of(thread.id), &time) == 0)
      thread.cpu_ns = nanoseconds(time);
    else
      thread.ended = true;
    (thread.kind == Kind::worker ? total.workers_ns : total.pollers_ns) += thread.cpu_ns;
  }
  return total;
}

Usage UsageMeter::begin() {
  const auto io_uring = threads_.cpu();
  auto usage = process_usage();
  usage.io_uring = io_uring;
  return usage;
}

Usage UsageMeter::end() {
  auto usage = process_usage();
  usage.io_uring = threads_.cpu();
  return usage;
}

void add_usage(Sample& sample, const Usage& before, const Usage& after) {
  sample.cpu_ns += after.cpu_ns - before.cpu_ns;
  sample.user_cpu_ns += after.user_ns - before.user_ns;
  sample.sys_cpu_ns += after.sys_ns - before.sys_ns;
  sample.iou_wrk_cpu_ns += after.io_uring.workers_ns - before.io_uring.workers_ns;
  sample.iou_sqp_cpu_ns += after.io_uring.pollers_ns - before.io_uring.pollers_ns;
  sample.minor_faults += after.minor_faults - before.minor_faults;
  sample.major_faults += after.major_faults - before.major_faults;
  sample.voluntary_switches += after.voluntary_switches - before.voluntary_switches;
  sample.involuntary_switches += after.involuntary_switches - before.involuntary_switches;
}

}  // namespace iodyno::host
