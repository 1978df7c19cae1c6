#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace iodyno::host {

/// Figures as people read them.

/// "412 ns", "1.23 us", "45.6 ms": three significant digits.
std::string format_duration(double ns);
/// "1.23 M" with a unit behind: "1.23 M/s", "4.56 GB/s" (of the units "/s" and "B/s").
std::string format_rate(double per_second, std::string_view unit);
/// "1.23 GiB", "45.6 KiB", "100 B": three significant digits.
std::string format_rough_bytes(std::uint64_t bytes);
/// "64 KiB", "1 MB", "100 B": exact, in the largest unit that divides it.
std::string format_bytes(std::uint64_t bytes);

}  // namespace iodyno::host
