#pragma once
#include <cstdint>

namespace iodyno::host {

/// How fast the CPU under this thread computes, by a loop of registers only. Who shares its core
/// (another hardware thread, which may be another virtual machine's), heat and a sleepy governor
/// slow it by a third and more, and nothing in /proc tells of that.
struct Calm {
  double fastest_ns = 0;  ///< 1000 steps of the loop, in the best of the probes of about 2 ms
  double slowdown = 0;    ///< how many times as long the last one took as the fastest known
};

/// Probes until one is within 10 % of the fastest known, `known_ns` (0: none) or one of its own, or
/// until `limit_ns` are over: once at least, which also wakes a CPU that had slept. What others do
/// to a core comes in bursts of milliseconds, and these in crowds: hence a calm beginning is worth
/// having. Touches no memory: the caches stay as they are.
Calm wait_until_calm(double known_ns, std::uint64_t limit_ns);

}  // namespace iodyno::host
