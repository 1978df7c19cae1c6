#include "report/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

namespace iodyno::host {
namespace {

/// Three significant digits of a value below 999.5, whole from 100 on: "1.23", "45.6", "412".
std::string three_digits(double value) {
  if (value == 0) return "0";
  // Compared as rounded, so that 9.996 is "10.0" and not "10.00".
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

/// The value in the first of the units, each `step` of the one before, in which it is below a
/// thousand; more than that in the last.
struct Scaled {
  std::string digits;
  std::string_view unit;
};

Scaled scale(double value, std::span<const std::string_view> units, double step = 1000) {
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= step;
  return {three_digits(value), units[unit]};
}

constexpr std::array<std::string_view, 5> kBinary = {"B", "KiB", "MiB", "GiB", "TiB"};

}  // namespace

std::string format_duration(double ns) {
  static constexpr std::array<std::string_view, 4> kUnits = {"ns", "us", "ms", "s"};
  if (!std::isfinite(ns)) return "-";
  const Scaled scaled = scale(ns, kUnits);
  return fmt::format("{} {}", scaled.digits, scaled.unit);
}

std::string format_rate(double per_second, std::string_view unit) {
  static constexpr std::array<std::string_view, 5> kPrefixes = {"", "k", "M", "G", "T"};
  if (!std::isfinite(per_second)) return "-";
  const Scaled scaled = scale(per_second, kPrefixes);
  return fmt::format("{} {}{}", scaled.digits, scaled.unit, unit);
}

std::string format_rough_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  const Scaled scaled = scale(double(bytes), kBinary, 1024);
  return fmt::format("{} {}", scaled.digits, scaled.unit);
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kDecimal = {"B", "KB", "MB", "GB", "TB"};
  const bool binary = bytes % 1024 == 0;
  const std::uint64_t step = binary ? 1024 : 1000;
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % step == 0 && unit + 1 < kBinary.size(); ++unit) bytes /= step;
  return fmt::format("{} {}", bytes, (binary ? kBinary : kDecimal)[unit]);
}

}  // namespace iodyno::host
