#include "scenario/diagnostic.hpp"

#include <algorithm>
#include <numeric>

namespace iodyno::host {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each 1.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

std::string printable(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte != 0x7F)
      clean += c;
    else
      clean += {'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  }
  return clean;
}

}  // namespace

std::string to_text(const Diagnostic& d) {
  std::string text;
  if (d.at.source) text += printable(*d.at.source) + ":";
  if (d.at.line > 0) text += std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ":";
  if (!text.empty()) text += " ";
  text += "error: ";
  if (!d.key.empty()) text += printable(d.key) + ": ";
  return text + printable(d.message);
}

std::string quote(std::string_view text) {
  constexpr std::size_t kMax = 60;
  if (text.size() <= kMax) return '"' + std::string(text) + '"';
  auto end = kMax - 3;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // not within a letter of UTF-8
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  // A third of the letters may be wrong: more is a guess that misleads.
  std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 1) + 1;
  if (name.size() > 64) return best;
  for (const auto candidate : candidates) {
    if (name == candidate) continue;  // known, but wrong here
    const auto d = distance(name, candidate);
    if (d >= name.size()) continue;  // nothing of it is left
    if (d < best_distance) best = candidate, best_distance = d;
  }
  return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  const auto best = nearest(name, candidates);
  return best.empty() ? "" : "; did you mean \"" + std::string(best) + "\"?";
}

}  // namespace iodyno::host
