#pragma once
#include <cstdint>
#include <optional>

#include "report/sample.hpp"
#include "scenario/scenario.hpp"
#include "trial/machine.hpp"

namespace iodyno::host {

/// What goes on around a trial: from its making, just before the clock, until it is asked.
class Surroundings {
 public:
  Surroundings();

  /// To be called when the clock has stopped: what came from devices, and what others did.
  void end_clock(const Phase&, Sample&) const;
  /// To be called when all is drained: what the whole machine did.
  void end(Sample&) const;

 private:
  std::optional<std::uint64_t> others_cpu_ns(const Phase&, const Sample&) const;

  std::uint64_t began_ns_;
  MachineTime before_;
  std::uint64_t own_cpu_before_ns_;
  std::optional<std::uint64_t> device_read_before_;
};

}  // namespace iodyno::host
