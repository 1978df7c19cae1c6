#include "trial/memory_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>

#include "scenario/units.hpp"
#include "trial/sanitizer.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kStackBytes = 9 << 20;  // glibc's 8 MiB, and what goes with it

}  // namespace

std::uint64_t memory_limit(std::uint64_t machine_bytes, const TrialSpec& spec) {
  std::uint64_t depth = 1;
  for (const auto& step : spec.steps) depth = std::max<std::uint64_t>(depth, step.depth);
  return spec.memory_limit_bytes.value_or(machine_bytes / 4 * 3) + depth * kStackBytes;
}

std::string memory_limit_text(const TrialSpec& spec) {
  return spec.memory_limit_bytes
             ? "a worker may have " + format_size(*spec.memory_limit_bytes) + " (--memory-limit)"
             : "a worker may have three quarters of this machine's";
}

void limit_memory(const TrialSpec& spec) {
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
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, memory_limit(machine, spec));
  limit.rlim_max = limit.rlim_cur;
  check(setrlimit(RLIMIT_DATA, &limit), "RLIMIT_DATA");
}

}  // namespace iodyno::host
