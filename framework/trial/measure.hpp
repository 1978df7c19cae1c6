#pragma once
#include <cstdint>
#include <string>

#include "report/sample.hpp"
#include "scenario/workload.hpp"
#include "trial/session.hpp"

namespace iodyno::host {

struct MeasureSettings {
  std::uint64_t cap_ns = 0;  ///< begin no batch after so long; 0: no cap
  bool rehearsal = false;    ///< tell the backend so; nothing is stamped
  int sync_directory = -1;   ///< with `durability: end`: its file system is synced inside the clock
  bool synthetic = false;    ///< the backend delivers nothing
  /// Their sizes are those on the disk: what a backend is not told is held against them.
  const Files* files = nullptr;
};

/// Runs all batches of a workload, and adds to the sample what they gave: times, bytes, latencies,
/// and what was wrong with a request, a stamp or a count. This is the clock: see docs/method.md.
/// Returns how many of the first requests were all done: the rest came too late, or failed.
std::uint64_t measure(Session&, Workload&, const Phase&, const MeasureSettings&, Sample&);

}  // namespace iodyno::host
