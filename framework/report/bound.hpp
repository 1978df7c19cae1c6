#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "report/reader.hpp"

namespace iodyno::host {

/// Where the time of a case went.
enum class Spender {
  user,     ///< the worker's threads, in user mode
  kernel,   ///< the same in the kernel
  workers,  ///< the kernel's io_uring workers (iou-wrk)
  pollers,  ///< the kernel's pollers of submission queues (iou-sqp)
  waiting,  ///< nothing of the worker was on a CPU
};
inline constexpr std::size_t kSpenders = 5;
/// "user CPU", "kernel CPU", "io_uring workers", "io_uring pollers", "waiting".
std::string_view to_text(Spender);

/// A part of the whole, as a fraction: of all trials together, and between what and what the middle
/// half of the trials lies.
struct TimeShare {
  double fraction = 0, low = 0, high = 0;
};

/// What the time of a case consists of. With W the wall time and C the CPU time of all trials, the
/// whole is max(W, C): the wall time or, where more than one CPU was busy, the CPU time.
///
///     user, workers, pollers   their CPU time / whole
///     kernel                   (C - user - workers - pollers) / whole
///     waiting                  (W - C) / whole, 0 where C is greater
///
/// So they add up to 1, and `waiting` is the least of the wall time in which nothing of the worker
/// ran: where several threads take turns in waiting it is more.
struct Bound {
  std::array<TimeShare, kSpenders> shares;  ///< in the order of the enumerators
  double cpus_busy = 0;                     ///< C / W
  std::optional<Spender> by;                ///< who has more than half; none where nobody has
  /// The kernel tells user from kernel mode by who runs at a tick, of 10 ms here and there; it can
  /// give all of the time to either where a trial has none.
  bool has_few_ticks = false;

  const TimeShare& of(Spender spender) const { return shares[std::size_t(spender)]; }
  /// How far shares differ between trials: the widest of the middle halves.
  double spread() const;
};

/// None where the case has no figures, or lacks those of CPU time.
std::optional<Bound> bound_of(const ReadCase&);

}  // namespace iodyno::host
