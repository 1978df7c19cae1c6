#include "scenario/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "scenario/diagnostic.hpp"

namespace iodyno::host {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kKi = 1024, kK = 1000;
constexpr std::array kSizes{Unit{"B", 1},
                            Unit{"KB", kK},
                            Unit{"KiB", kKi},
                            Unit{"MB", kK* kK},
                            Unit{"MiB", kKi* kKi},
                            Unit{"GB", kK* kK* kK},
                            Unit{"GiB", kKi* kKi* kKi},
                            Unit{"TB", kK* kK* kK* kK},
                            Unit{"TiB", kKi* kKi* kKi* kKi},
                            Unit{"PB", kK* kK* kK* kK* kK},
                            Unit{"PiB", kKi* kKi* kKi* kKi* kKi},
                            Unit{"EB", kK* kK* kK* kK* kK* kK},
                            Unit{"EiB", kKi* kKi* kKi* kKi* kKi* kKi}};
constexpr std::array kTimes{Unit{"ns", 1},
                            Unit{"us", 1000},
                            Unit{"ms", 1'000'000},
                            Unit{"s", 1'000'000'000},
                            Unit{"min", 60'000'000'000},
                            Unit{"h", 3'600'000'000'000}};
constexpr std::array kRates{Unit{"/s", 1}, Unit{"k/s", 1000}, Unit{"M/s", 1'000'000}};

// Offsets and durations are signed in the kernel's interfaces.
constexpr auto kGreatest = std::uint64_t(INT64_MAX);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<std::string_view> names(std::span<const Unit> units) {
  std::vector<std::string_view> all;
  for (const auto& unit : units) all.push_back(unit.name);
  return all;
}

std::string list(std::span<const Unit> units) {
  std::string text;
  for (const auto& unit : units) text += (text.empty() ? "" : ", ") + std::string(unit.name);
  return text;
}

/// The digits, with at most one point among them, that a text begins with; the rest is its unit.
struct Decimal {
  std::string_view whole, fraction, unit;
};

std::optional<Decimal> split(std::string_view text) {
  const auto digits = [&] {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    const auto all = text.substr(0, n);
    text.remove_prefix(n);
    return all;
  };
  Decimal parts{.whole = digits()};
  if (parts.whole.empty()) return {};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = digits();
    if (parts.fraction.empty()) return {};
  }
  if (text.starts_with('.')) return {};
  while (text.starts_with(' ')) text.remove_prefix(1);
  parts.unit = text;
  return parts;
}

/// Exact: value = whole + fraction / 10^places.
Parsed<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                     const char* what) {
  const auto parts = split(text);
  if (!parts) return {{}, std::string("is not a ") + what};
  const auto [whole, fraction, name] = *parts;
  if (name.empty()) return {{}, "needs a unit: " + list(units)};
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) {
    auto hint = suggestion(name, names(units));
    return {{}, "has an unknown unit" + (hint.empty() ? "; known are " + list(units) : hint)};
  }
  __extension__ using Wide = unsigned __int128;
  Wide value = 0;
  for (const char c : whole)
    if ((value = value * 10 + Wide(c - '0')) > kGreatest) return {{}, "is too large"};
  value *= unit->factor;
  Wide scale = 1;
  Wide part = 0;
  for (const char c : fraction) {
    if (scale > kGreatest) return {{}, "has too many digits"};
    part = part * 10 + Wide(c - '0'), scale *= 10;
  }
  if (part * unit->factor % scale != 0)
    return {{}, std::string("is not a whole number of ") + std::string(units[0].name)};
  value += part * unit->factor / scale;
  if (value > kGreatest) return {{}, "is too large"};
  return {std::uint64_t(value), {}};
}

/// The number alone, without its unit.
std::string_view number_of(std::string_view text, const Decimal& parts) {
  const auto& last = parts.fraction.empty() ? parts.whole : parts.fraction;
  return text.substr(0, std::size_t(last.data() + last.size() - text.data()));
}

template <class T>
Parsed<T> parse_number(std::string_view text, const char* problem) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return {{}, "is out of range"};
  if (error != std::errc{} || end != text.data() + text.size()) return {{}, problem};
  return {value, {}};
}

std::string format_quantity(std::uint64_t value, std::span<const Unit> units) {
  const auto unit = std::ranges::find_if(units.rbegin(), units.rend(), [&](const Unit& u) {
    return value != 0 && value % u.factor == 0;
  });
  const Unit& best = unit == units.rend() ? units.front() : *unit;
  return std::to_string(value / best.factor) + " " + std::string(best.name);
}

}  // namespace

Parsed<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizes, "size");
}
Parsed<std::uint64_t> parse_time(std::string_view text) {
  return parse_quantity(text, kTimes, "time");
}

Parsed<std::uint64_t> parse_count(std::string_view text) {
  if (text.size() > 1 && text[0] == '-' && std::ranges::all_of(text.substr(1), is_digit))
    return {{}, "is negative"};
  auto parsed = parse_number<std::uint64_t>(text, "is not a whole number, in digits");
  if (parsed.problem == "is out of range") parsed.problem = "is too large";
  return parsed;
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
  return parse_number<std::int64_t>(text, "is not a whole number, in digits");
}

Parsed<double> parse_real(std::string_view text) {
  auto parsed = parse_number<double>(text, "is not a number");
  if (parsed.value && !std::isfinite(*parsed.value)) return {{}, "is not a number"};
  return parsed;
}

Parsed<double> parse_percent(std::string_view text) {
  const auto parts = split(text);
  if (!parts || (parts->unit != "%" && text.ends_with('%')))
    return {{}, "is not a percentage, such as 50%"};
  if (parts->unit != "%") return {{}, "needs a percent sign, as in 50%"};
  const double value = parse_real(number_of(text, *parts)).value.value_or(HUGE_VAL);
  if (value > 100) return {{}, "is more than 100%"};
  return {value / 100, {}};
}

Parsed<double> parse_rate(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return {{}, "is not a rate, such as 5000/s"};
  if (parts->unit.empty()) return {{}, "needs a unit: " + list(kRates)};
  const auto unit = std::ranges::find(kRates, parts->unit, &Unit::name);
  if (unit == kRates.end()) return {{}, "has an unknown unit; known are " + list(kRates)};
  const double value =
      parse_real(number_of(text, *parts)).value.value_or(HUGE_VAL) * double(unit->factor);
  // One request in a thousand seconds; a request in a nanosecond.
  if (value < 1e-3) return {{}, "is too small; at least 0.001/s"};
  if (value > 1e9) return {{}, "is too large; at most 1000 M/s"};
  return {value, {}};
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array kBinary{kSizes[0], kSizes[2],  kSizes[4], kSizes[6],
                                      kSizes[8], kSizes[10], kSizes[12]};
  return format_quantity(bytes, kBinary);
}

std::string format_time(std::uint64_t ns) {
  return format_quantity(ns, std::span(kTimes).first(4));
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '.' || c == '-';
  });
}

}  // namespace iodyno::host
