#include "trial/pin.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <iodyno/posix.hpp>
#include <iterator>

namespace iodyno::host {

std::vector<int> pin(const std::vector<int>& cpus) {
  cpu_set_t wanted, had;
  CPU_ZERO(&wanted);
  CPU_ZERO(&had);
  for (const int cpu : cpus) CPU_SET(cpu, &wanted);
  if (sched_setaffinity(0, sizeof wanted, &wanted) == 0)
    check(sched_getaffinity(0, sizeof had, &had), "sched_getaffinity");
  else if (errno != EINVAL)  // there is none of them
    fail(errno, "sched_setaffinity");
  std::vector<int> missing;
  std::ranges::copy_if(cpus, std::back_inserter(missing),
                       [&](int cpu) { return !CPU_ISSET(cpu, &had); });
  return missing;
}

}  // namespace iodyno::host
