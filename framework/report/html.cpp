#include "report/html.hpp"

#include <algorithm>

#include "report/export_figures.hpp"
#include "report/gbench.hpp"

namespace iodyno::host {

std::string html(std::string_view text, std::size_t characters_max) {
  std::string escaped;
  for (const char c : shortened(clean_text(text), characters_max)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string filled(std::string_view frame,
                   const std::vector<std::pair<std::string_view, std::string>>& texts) {
  constexpr std::string_view kBegin = "<!--slot:", kEnd = "-->";
  std::string page;
  for (;;) {
    const auto begin = frame.find(kBegin);
    const auto end = begin == frame.npos ? frame.npos : frame.find(kEnd, begin);
    if (end == frame.npos) return page.append(frame);
    const auto name = frame.substr(begin + kBegin.size(), end - begin - kBegin.size());
    const auto slot = frame.substr(begin, end + kEnd.size() - begin);
    page.append(frame.substr(0, begin));
    const auto text = std::ranges::find(texts, name, [](const auto& pair) { return pair.first; });
    page.append(text == texts.end() ? slot : std::string_view(text->second));
    frame.remove_prefix(end + kEnd.size());
  }
}

}  // namespace iodyno::host
