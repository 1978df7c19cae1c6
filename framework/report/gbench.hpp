#pragma once
#include <string>
#include <string_view>

#include "report/results.hpp"

namespace iodyno::host {

/// The version of what is written here, in the context as `iodyno.format_version`: keys and
/// counters are only added within it (docs/result-format.md).
inline constexpr std::string_view kResultFormatVersion = "1";

/// The two files in Google Benchmark's JSON format (its own JSONReporter writes the rows):
/// every repetition with aggregates and one error row for each failed or invalid case, and the
/// summary with one median row for each ok or degraded case. The text is parsed again before it is
/// returned; std::logic_error if it is not the JSON that it should be. Not for use beside another
/// thread: the process's locale is the classic one meanwhile.
std::string gbench_results(const Results&);
std::string gbench_summary(const Results&);

/// UTF-8 without control characters, whatever came in.
std::string clean_text(std::string_view);

}  // namespace iodyno::host
