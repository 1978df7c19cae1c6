#pragma once

namespace iodyno::host {

/// Whether the hypervisor gave a greater part than `limit` of the CPU time that was wanted to
/// others. It is counted in ticks of 10 ms, some of them by chance: less than five say nothing.
constexpr bool steal_exceeds(double limit, double steal_ns, double busy_ns) {
  constexpr double kTickNs = 10e6, kTicks = 5;
  return steal_ns >= kTicks * kTickNs && steal_ns > limit * (steal_ns + busy_ns);
}

}  // namespace iodyno::host
