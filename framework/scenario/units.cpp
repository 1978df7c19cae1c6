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

/// Digits with at most one point, then a unit. `number` is exact: value = whole + fraction /
/// 10^places.
Parsed<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                     const char* what) {
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  const auto number = text.substr(0, end);
  auto name = text.substr(end);
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  const auto point = std::min(number.find('.'), number.size());
  const auto whole = number.substr(0, point);
  const auto fraction = point < number.size() ? number.substr(point + 1) : std::string_view{};
  if (whole.empty() || fraction.find('.') != fraction.npos ||
      (point < number.size() && fraction.empty()))
    return {{}, std::string("is not a ") + what};
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

template <class T>
Parsed<T> parse_number(std::string_view text, const char* problem) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return {{}, "is too large"};
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
  return parse_number<std::uint64_t>(text, "is not a whole number");
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
  return parse_number<std::int64_t>(text, "is not a whole number");
}

Parsed<double> parse_real(std::string_view text) {
  auto parsed = parse_number<double>(text, "is not a number");
  if (parsed.value && !std::isfinite(*parsed.value)) return {{}, "is not a number"};
  return parsed;
}

Parsed<double> parse_percent(std::string_view text) {
  if (text.empty() || text.back() != '%') return {{}, "needs a percent sign, as in 50%"};
  text.remove_suffix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  auto parsed = parse_real(text);
  if (!parsed.value) return parsed;
  if (*parsed.value < 0 || *parsed.value > 100) return {{}, "is not between 0% and 100%"};
  return {*parsed.value / 100, {}};
}

Parsed<double> parse_rate(std::string_view text) {
  for (const auto& unit : {kRates[2], kRates[1], kRates[0]}) {
    if (!text.ends_with(unit.name)) continue;
    auto number = text.substr(0, text.size() - unit.name.size());
    while (!number.empty() && number.back() == ' ') number.remove_suffix(1);
    auto parsed = parse_real(number);
    if (!parsed.value) return parsed;
    if (*parsed.value <= 0) return {{}, "is not above zero"};
    return {*parsed.value * double(unit.factor), {}};
  }
  return {{}, "needs a unit: " + list(kRates)};
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
