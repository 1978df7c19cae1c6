#include "trial/surroundings.hpp"

#include <algorithm>
#include <ctime>
#include <iodyno/config.hpp>

#include "scenario/phase.hpp"
#include "trial/settle.hpp"

namespace iodyno::host {
namespace {

std::uint64_t own_cpu_ns() {
  timespec cpu;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return std::uint64_t(cpu.tv_sec) * 1'000'000'000 + std::uint64_t(cpu.tv_nsec);
}

}  // namespace

Surroundings::Surroundings()
    : began_ns_(now()),
      before_(machine_time()),
      own_cpu_before_ns_(own_cpu_ns()),
      device_read_before_(device_read_bytes()) {}

void Surroundings::end_clock(const Phase& phase, Sample& sample) const {
  if (const auto read = device_read_bytes(); read && device_read_before_)
    sample.device_read_bytes =
        sample.device_read_bytes.value_or(0) + double(*read - *device_read_before_);
  if (const auto others = others_cpu_ns(phase, sample))
    sample.others_cpu_ns = sample.others_cpu_ns.value_or(0) + double(*others);
  sample.throttled_ns += machine_time().since(before_).throttled_within(now() - began_ns_);
}

/// Of a phase that writes or that reads from a device the kernel's own threads do a part, which
/// can't be told from what others do.
std::optional<std::uint64_t> Surroundings::others_cpu_ns(const Phase& phase,
                                                         const Sample& sample) const {
  if (leaves_dirty(phase) || phase.direct || sample.device_read_bytes.value_or(1) > 0) return {};
  const auto all_ns = machine_time().since(before_).busy_ns;
  const auto own_ns = own_cpu_ns() - own_cpu_before_ns_;
  return all_ns - std::min(own_ns, all_ns);
}

void Surroundings::end(Sample& sample) const {
  const auto spent = machine_time().since(before_);
  sample.system_cpu_ns += spent.busy_ns;
  sample.steal_ns += spent.steal_ns;
}

}  // namespace iodyno::host
