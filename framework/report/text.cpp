#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "report/format.hpp"
#include "report/gbench.hpp"

namespace iodyno::host {
namespace {

std::string format_point_value(const std::string& key, const std::string& value) {
  static constexpr std::array<std::string_view, 3> kSizes = {"size", "block", "batch_bytes"};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (whole && std::find(kSizes.begin(), kSizes.end(), key) != kSizes.end()) {
    return format_bytes(number);
  }
  if (whole && key == "time") return format_duration(double(number));
  return clean_text(value);
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return std::size_t(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(own < width ? width - own : 0, ' ') + std::string(text);
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t first, std::size_t rest) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t width = lines.size() == 1 ? first : rest;
    const std::size_t used = width_of(lines.back());
    if (used != 0 && used + 1 + width_of(word) > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::string wrapped(std::string_view text) {
  std::string lines;
  if (text.empty()) return lines;
  for (const std::string& line : wrap(text, kWidth, kWidth - kGap.size()))
    lines += (lines.empty() ? "" : std::string(kGap)) + line + "\n";
  return lines;
}

std::string Painter::operator()(std::string_view style, std::string_view text) const {
  if (!color_ || style.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
}

std::vector<std::string> point_texts(const SweptPoint& point) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : point) {
    texts.push_back(clean_text(key) + " " + format_point_value(key, value));
  }
  return texts;
}

std::vector<std::string> aligned_names(
    const std::vector<std::pair<std::string, SweptPoint>>& cases) {
  std::vector<std::vector<std::string>> names;
  std::vector<std::size_t> widths;
  for (const auto& [backend, point] : cases) {
    std::vector<std::string>& cells = names.emplace_back(1, clean_text(backend));
    for (std::string& text : point_texts(point)) cells.push_back(std::move(text));
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  }
  std::vector<std::string> lines;
  for (const std::vector<std::string>& cells : names) {
    std::string& line = lines.emplace_back(left(cells[0], widths[0]));
    for (std::size_t i = 1; i < cells.size(); ++i)
      line.append(kGap).append(left(cells[i], widths[i]));
  }
  return lines;
}

}  // namespace iodyno::host
