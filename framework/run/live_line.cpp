#include "run/live_line.hpp"

#include <algorithm>

#include "report/text.hpp"

namespace iodyno::host {
namespace {

constexpr std::string_view kBetween = " · ", kMore = " · …";

/// Whole characters only.
std::string cut(const std::string& text, std::size_t columns) {
  if (width_of(text) <= columns) return text;
  std::size_t end = 0;
  for (std::size_t width = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) >> 6) != 2;
    if (begins && ++width == columns) break;
  }
  return text.substr(0, end) + "…";
}

/// Which figures have room: the running one, then all others in their order as long as they fit.
std::vector<bool> chosen(const std::vector<std::string>& figures,
                         const std::optional<std::size_t>& running, std::size_t room) {
  std::vector<bool> all(figures.size());
  const auto take = [&](std::size_t i) {
    const auto width = width_of(kBetween) + width_of(figures[i]);
    if (width > room) return false;
    room -= width;
    all[i] = true;
    return true;
  };
  if (running && !take(*running)) return all;
  for (std::size_t i = 0; i < figures.size(); ++i)
    if (i != running && !take(i)) break;
  return all;
}

}  // namespace

std::string fitted(const LiveLine& line, std::size_t columns) {
  auto figures = line.figures;
  if (line.running) figures[*line.running] = "[" + figures[*line.running] + "]";
  const auto left = line.left.empty() ? "" : std::string(kBetween) + line.left;
  const auto used = width_of(line.what) + width_of(left);
  const auto room = columns > used ? columns - used : 0;
  auto shown = chosen(figures, line.running, room);
  const bool is_short = std::ranges::find(shown, false) != shown.end();
  if (is_short)
    shown = chosen(figures, line.running, room > width_of(kMore) ? room - width_of(kMore) : 0);
  std::string text = line.what;
  for (std::size_t i = 0; i < figures.size(); ++i)
    if (shown[i]) text.append(kBetween).append(figures[i]);
  if (is_short && room >= width_of(kMore)) text += kMore;
  return cut(text + left, columns);
}

}  // namespace iodyno::host
