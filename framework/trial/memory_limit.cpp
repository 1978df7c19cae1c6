#include "trial/memory_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>

#include "trial/sanitizer.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kStackBytes = 9 << 20;  // glibc's 8 MiB, and what goes with it

}  // namespace

std::uint64_t memory_limit(std::uint64_t machine_bytes, const std::vector<Phase>& steps) {
  std::uint64_t depth = 1;
  for (const auto& step : steps) depth = std::max<std::uint64_t>(depth, step.depth);
  return machine_bytes / 4 * 3 + depth * kStackBytes;
}

void limit_memory(const std::vector<Phase>& steps) {
  // Anybody may make himself a better victim; where there is no such file, nobody is spared.
  if (const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
    (void)!write(file, "1000", 4);
    close(file);
  }
  if (is_sanitized()) return;
  const auto machine =
      std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  check(getrlimit(RLIMIT_DATA, &limit), "RLIMIT_DATA");
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, memory_limit(machine, steps));
  limit.rlim_max = limit.rlim_cur;
  check(setrlimit(RLIMIT_DATA, &limit), "RLIMIT_DATA");
}

}  // namespace iodyno::host
