#pragma once
#include <string>
#include <variant>
#include <vector>

namespace iodyno::host {

/// A text for people before it is known where they read it. What stands in it is plain: whoever
/// prints it escapes what would mean something there.

struct Heading {
  int level = 1;  ///< from 1
  std::string text;
};

struct Paragraph {
  std::string text;
};

struct Item {
  std::string text;
  std::vector<std::string> details;
};

struct List {
  std::vector<Item> items;
};

struct Table {
  struct Column {
    std::string title;
    bool is_number = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  ///< a cell for each column
};

using Document = std::vector<std::variant<Heading, Paragraph, List, Table>>;

std::string document_markdown(const Document&);
/// A text as such, for within a line: nothing in it is Markdown or HTML.
std::string markdown_text(const std::string&);
/// For a terminal of 80 columns, where the names allow. What does not fit of the last column of a
/// table goes on below its row.
std::string document_text(const Document&, bool color);

/// As a part of a page, the first level of its headings being <h1>, <h2>, ….
std::string document_html(const Document&, int level_of_first);

}  // namespace iodyno::host
