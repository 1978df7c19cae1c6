#pragma once
#include <cstdint>
#include <iodyno/posix.hpp>
#include <vector>

#include "report/sample.hpp"

namespace iodyno::host {

/// The threads that the kernel runs for this process's io_uring: workers (`iou-wrk-*`) and pollers
/// of submission queues (`iou-sqp-*`). Since Linux 5.12 they are threads of the process, so its CPU
/// time has theirs in it (io_uring/io-wq.c, io_uring/sqpoll.c). Not thread-safe.
class KernelThreads {
 public:
  struct Cpu {
    std::uint64_t workers_ns = 0, pollers_ns = 0;
  };

  KernelThreads();
  /// What they have used since the process began, also those that have ended, as far as they were
  /// there at an earlier reading. Costs one system call where there are none of them.
  Cpu cpu();

 private:
  enum class Kind { other, worker, poller };
  struct Thread {
    int id = 0;
    Kind kind = Kind::other;
    std::uint64_t cpu_ns = 0;  ///< at the last reading
    bool ended = false;
  };

  void look();
  Kind kind_of(int thread) const;

  Fd tasks_;                  ///< /proc/self/task
  std::uint64_t count_ = 0;   ///< of the threads at the last look, by the directory's links
  std::vector<Thread> ours_;  ///< the kernel's
};

/// What this process has cost since it began, by getrusage(2) and CLOCK_PROCESS_CPUTIME_ID.
struct Usage {
  std::uint64_t cpu_ns = 0, user_ns = 0, sys_ns = 0;  ///< of all threads, the kernel's included
  std::uint64_t minor_faults = 0, major_faults = 0;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
  KernelThreads::Cpu io_uring;
};

/// Adds what lies between two readings.
void add_usage(Sample&, const Usage& before, const Usage& after);

/// Reads it, for a window that is narrow in time: begin() reads what it must last, end() first.
class UsageMeter {
 public:
  Usage begin();
  Usage end();

 private:
  KernelThreads threads_;
};

}  // namespace iodyno::host
