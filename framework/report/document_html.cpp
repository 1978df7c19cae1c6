#include <algorithm>

#include "report/document.hpp"
#include "report/html.hpp"

namespace iodyno::host {
namespace {

struct Writer {
  int level_of_first;
  std::string text;
  std::string heading_above;  ///< names a table for who hears it

  void operator()(const Heading& heading) {
    heading_above = html(heading.text);
    const auto tag = "h" + std::to_string(std::clamp(heading.level + level_of_first - 1, 1, 6));
    text += "<" + tag + ">" + html(heading.text) + "</" + tag + ">\n";
  }
  void operator()(const Paragraph& paragraph) { text += "<p>" + html(paragraph.text) + "</p>\n"; }
  void operator()(const List& list) {
    text += "<ul>\n";
    for (const Item& item : list.items) {
      text += "<li>" + html(item.text);
      for (const std::string& detail : item.details)
        text += "<br><span class=\"muted\">" + html(detail) + "</span>";
      text += "</li>\n";
    }
    text += "</ul>\n";
  }
  void operator()(const Table& table) {
    const auto cell = [&](const char* element, const std::string& attributes, std::size_t column,
                          const std::string& content) {
      const bool is_number = table.columns[column].is_number;
      text += std::string("<") + element + attributes + (is_number ? " class=\"figure\"" : "") +
              ">" + html(content) + "</" + element + ">";
    };
    text += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + heading_above +
            "\"><table><caption class=\"unseen\">" + heading_above + "</caption>\n<thead><tr>";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      cell("th", " scope=\"col\"", i, table.columns[i].title);
    text += "</tr></thead>\n<tbody>";
    for (const auto& row : table.rows) {
      text += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i)
        i == 0 ? cell("th", " scope=\"row\"", i, row[i]) : cell("td", "", i, row[i]);
      text += "</tr>\n";
    }
    text += "</tbody></table></div>\n";
  }
};

}  // namespace

std::string document_html(const Document& document, int level_of_first) {
  Writer writer{level_of_first, {}, {}};
  for (const auto& block : document) std::visit(writer, block);
  return std::move(writer.text);
}

}  // namespace iodyno::host
