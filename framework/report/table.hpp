#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "report/results.hpp"

namespace iodyno::host {

/// The results for people: a heading for each phase and a line for each case (backend, point,
/// median time per request with its spread, requests or bytes per second, CPU per request,
/// validity). What was skipped, failed or is invalid stands at its place with the reason, and never
/// with a number. Fits 80 columns where the names allow: a long reason goes on in the next lines.
std::string results_table(const Results&, bool color);

/// "took 83 s: 27 % inside the clock, 31 % datasets, 20 % settling": what is less than 1 % is left
/// out.
std::string time_spent_text(const Results&);

/// "412 ns", "1.23 us", "45.6 ms": three significant digits.
std::string format_duration(double ns);
/// "1.23 M" with a unit behind: "1.23 M/s", "4.56 GB/s" (of the units "/s" and "B/s").
std::string format_rate(double per_second, std::string_view unit);
/// "64 KiB", "1 MB", "100 B": exact, in the largest unit that divides it.
std::string format_bytes(std::uint64_t bytes);

}  // namespace iodyno::host
