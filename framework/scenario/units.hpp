#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iodyno::host {

/// A value, or why the text is none (to be read behind the text: `"4 Kib" has an unknown unit`).
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string problem;
};

/// "4 KiB", "100 B", "1.5 GB": bytes. A unit is needed, the space before it is not.
Parsed<std::uint64_t> parse_size(std::string_view);
/// "250 ms", "1.5 s", "2 min": nanoseconds.
Parsed<std::uint64_t> parse_time(std::string_view);
/// "10000": digits and nothing else.
Parsed<std::uint64_t> parse_count(std::string_view);
/// "-3", "10000".
Parsed<std::int64_t> parse_integer(std::string_view);
/// "0.99", "1e-3": finite.
Parsed<double> parse_real(std::string_view);
/// "50%": 0.5. From 0% to 100%.
Parsed<double> parse_percent(std::string_view);
/// "5000/s", "2.5 k/s": requests per second.
Parsed<double> parse_rate(std::string_view);

/// The shortest exact form: "64 KiB", "100 B".
std::string format_size(std::uint64_t bytes);
/// The shortest exact form: "300 ms", "1500 us".
std::string format_time(std::uint64_t ns);

/// `[A-Za-z0-9_.-]+`: what may stand in a result's name without confusing those who read it.
bool is_token(std::string_view);

}  // namespace iodyno::host
