#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace iodyno::host {

/// How many blocks a phase and point gets.
struct Stopping {
  static constexpr std::uint64_t kFewest = 6;  ///< fewer can't tell anybody from anybody
  static constexpr std::uint64_t kMostTimes = 10;

  std::uint64_t repetitions = 10;
  /// Go on until the ratios are known to this fraction; none: exactly `repetitions` blocks.
  std::optional<double> precision;

  std::uint64_t most() const { return precision ? kMostTimes * repetitions : repetitions; }
};

/// That there were blocks enough, and why.
struct Stop {
  bool by_time = false;   ///< more were due
  std::string precision;  ///< whether it was reached; empty where none was asked for
};

/// Whether to stop after so many blocks, at least one. `late`: the time is up. `known_within` says
/// how well the ratios of rivals to the baseline are known; nothing: there are none. It is asked
/// only when that matters.
std::optional<Stop> stop_after(std::uint64_t blocks, bool late, const Stopping&,
                               const std::function<std::optional<double>()>& known_within);

}  // namespace iodyno::host
