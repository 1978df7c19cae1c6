#pragma once
#include <map>
#include <optional>
#include <string>

#include "report/reader.hpp"

namespace iodyno::host {

/// What formats with one line a case say of it: a median over its trials, with quartiles where the
/// format has room for a spread.
struct Spread {
  double median = 0, low = 0, high = 0;  ///< low and high: a quarter of the trials lies beyond each
};

struct CaseFigures {
  std::size_t trials = 0;
  Spread real_time_ns, requests_per_second;
  std::optional<double> cpu_time_ns;
  std::map<std::string, double> counters;  ///< medians; those that every trial has
};

/// Of a case that has figures.
CaseFigures figures_of(const ReadCase&);

/// "ok", "degraded", "synthetic", "failed", "invalid", "skipped": the first word of its label, or
/// of what it lacks figures for. "unknown" where that is none of ours.
std::string state_of(const ReadCase&);

/// The name in `[A-Za-z0-9_.:/-]` and not longer than any reader takes, whatever the file says:
/// ours are so already.
std::string exported_name(const std::string& name);
/// At most so many characters of a text, and then "…".
std::string shortened(const std::string& text, std::size_t characters_max);

}  // namespace iodyno::host
