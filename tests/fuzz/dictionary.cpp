// Prints the words of the scenario language for libFuzzer's `-dict`, from the tables that the
// parser reads them from.
#include <cstdio>

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"

int main() {
  const auto print = [](std::string_view word) {
    std::printf("\"%.*s\"\n", int(word.size()), word.data());
  };
  for (const auto& key : iodyno::host::keys()) {
    print(key.name);
    for (const auto choice : key.rule.choices) print(choice);
  }
  for (const auto& row : iodyno::host::operations()) print(row.name);
  for (const char* word :
       {": ",          "- ",           "{",    "}",     "[",    "]",    ", ",  "\\x0a  ",
        "? ",          "| ",           "> ",   "&a",    "*a",   "!!",   "---", "...",
        "%YAML",       "# ",           "null", "~",     "as",   "min",  "max", "distribution",
        "log-uniform", "compressible", "zipf", "count", " KiB", " EiB", " ms", "/s",
        "%",           "0.99"})
    print(word);
}
