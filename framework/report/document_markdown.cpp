#include <algorithm>
#include <string_view>

#include "report/document.hpp"
#include "report/gbench.hpp"

namespace iodyno::host {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Between letters it means nothing: `read_block`.
bool is_inside_word(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_alphanumeric(text[at - 1]) &&
         is_alphanumeric(text[at + 1]);
}

/// Begins a list or underlines a title where it begins a line: "- a", "1. a", "=== ".
bool begins_block(std::string_view text) {
  if (!text.empty() && std::string_view("-+=").find(text.front()) != std::string_view::npos)
    return true;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view rest = text.substr(digits);
  return digits != 0 && (rest.starts_with('.') || rest.starts_with(')')) &&
         (rest.size() == 1 || rest[1] == ' ');
}

/// The same as markdown_text() where a line begins with it.
std::string escaped_line(const std::string& text) {
  std::string line = markdown_text(text);
  if (begins_block(line))
    line.insert(std::min(line.find_first_not_of("0123456789"), line.size()), "\\");
  return line;
}

struct Writer {
  std::string text;

  void begin() {
    if (!text.empty()) text += "\n";
  }
  void operator()(const Heading& heading) {
    begin();
    text += std::string(std::size_t(std::max(heading.level, 1)), '#') + " " +
            markdown_text(heading.text) + "\n";
  }
  void operator()(const Paragraph& paragraph) {
    begin();
    text += escaped_line(paragraph.text) + "\n";
  }
  void operator()(const List& list) {
    begin();
    for (const Item& item : list.items) {
      text += "- " + escaped_line(item.text) + "\n";
      for (const std::string& detail : item.details) text += "  - " + escaped_line(detail) + "\n";
    }
  }
  void operator()(const Table& table) {
    begin();
    std::string titles = "|", rule = "|";
    for (const Table::Column& column : table.columns) {
      titles += " " + markdown_text(column.title) + " |";
      rule += column.is_number ? "--:|" : "---|";
    }
    text += titles + "\n" + rule + "\n";
    for (const auto& row : table.rows) {
      text += "|";
      for (const std::string& cell : row) text += " " + markdown_text(cell) + " |";
      text += "\n";
    }
  }
};

}  // namespace

std::string markdown_text(const std::string& unclean) {
  const std::string text = clean_text(unclean);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (std::string_view("\\`*[]|~#!$").find(c) != std::string_view::npos ||
             (c == '_' && !is_inside_word(text, i)))
      result.append("\\").push_back(c);
    else
      result += c;
  }
  return result;
}

std::string document_markdown(const Document& document) {
  Writer writer;
  for (const auto& block : document) std::visit(writer, block);
  return std::move(writer.text);
}

}  // namespace iodyno::host
