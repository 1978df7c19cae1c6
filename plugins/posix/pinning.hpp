/// Each thread on a core of its own, as long as there are enough.
#pragma once
#include <sched.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <vector>

namespace engine::posix {

class Pinning {
 public:
  /// The cores are those that the process may use now.
  Pinning(iodyno::Pool& pool, bool wanted) : pool_(pool), wanted_(wanted) {
    iodyno::retry([&] { return ::sched_getaffinity(0, sizeof before_, &before_); },
                  "sched_getaffinity");
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &before_)) cores_.push_back(core);
    apply();
  }
  Pinning(const Pinning&) = delete;
  /// The first slot's thread is the host's.
  ~Pinning() {
    if (wanted_) ::sched_setaffinity(0, sizeof before_, &before_);
  }

  /// To be called again when there are new threads, which have inherited the core of the first.
  void apply() const {
    if (!wanted_) return;
    std::atomic<int> error = 0;
    pool_.run([&](std::uint32_t slot) {
      cpu_set_t own;
      CPU_ZERO(&own);
      CPU_SET(cores_[slot % cores_.size()], &own);
      if (::sched_setaffinity(0, sizeof own, &own) < 0) error = errno;
    });
    if (error != 0) iodyno::fail(error, "sched_setaffinity");
  }
  std::size_t cores() const { return cores_.size(); }

 private:
  iodyno::Pool& pool_;
  const bool wanted_;
  cpu_set_t before_{};
  std::vector<int> cores_;
};

}  // namespace engine::posix
