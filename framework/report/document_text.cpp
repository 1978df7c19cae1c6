#include <algorithm>
#include <string_view>

#include "report/document.hpp"
#include "report/gbench.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kBelow = 6;  // where a cell goes on below its row

/// Words broken at spaces, the first line behind `mark`, all others as far from the margin.
std::string wrapped(const std::string& mark, const std::string& text) {
  const std::size_t width = kWidth - width_of(mark);
  std::string lines;
  for (const std::string& line : wrap(clean_text(text), width, width)) {
    lines += lines.empty() ? mark : std::string(width_of(mark), ' ');
    lines += line + "\n";
  }
  return lines;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = width_of(table.columns[i].title);
    for (const auto& row : table.rows) width = std::max(width, width_of(clean_text(row[i])));
    widths.push_back(width);
  }
  return widths;
}

/// All cells but the last, aligned.
std::string aligned(const Table& table, const std::vector<std::string>& row,
                    const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    line += kGap;
    const std::string cell = clean_text(row[i]);
    line += table.columns[i].is_number ? right(cell, widths[i]) : left(cell, widths[i]);
  }
  return line;
}

std::string row_text(const Table& table, const std::vector<std::string>& row,
                     const std::vector<std::size_t>& widths) {
  const auto& column = table.columns.back();
  std::string line = aligned(table, row, widths);
  std::string last = clean_text(row.back());
  const std::size_t used = width_of(line) + kGap.size();
  if (used + width_of(last) <= kWidth) {
    if (column.is_number && used + widths.back() <= kWidth) last = right(last, widths.back());
    line.append(kGap).append(last);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n" + wrapped(std::string(kBelow, ' '), last);
}

struct Writer {
  Painter paint;
  std::string text;

  void begin() {
    if (!text.empty()) text += "\n";
  }
  void operator()(const Heading& heading) {
    begin();
    for (const std::string& line : wrap(clean_text(heading.text), kWidth, kWidth))
      text += paint(kBold, line) + "\n";
  }
  void operator()(const Paragraph& paragraph) {
    begin();
    text += wrapped("", paragraph.text);
  }
  void operator()(const List& list) {
    begin();
    for (const Item& item : list.items) {
      text += wrapped("- ", item.text);
      for (const std::string& detail : item.details) text += wrapped("    ", detail);
    }
  }
  void operator()(const Table& table) {
    begin();
    const auto widths = widths_of(table);
    std::vector<std::string> titles;
    for (const auto& column : table.columns) titles.push_back(column.title);
    std::string heading = row_text(table, titles, widths);
    heading.pop_back();
    text += paint(kDim, heading) + "\n";
    for (const auto& row : table.rows) text += row_text(table, row, widths);
  }
};

}  // namespace

std::string document_text(const Document& document, bool color) {
  Writer writer{Painter(color), {}};
  for (const auto& block : document) std::visit(writer, block);
  return std::move(writer.text);
}

}  // namespace iodyno::host
