#include "cli/terminal.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.hpp"
#include "scenario/diagnostic.hpp"

namespace iodyno::host {

bool color() {
  const char* none = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(none && *none);
}

int mistake(const std::string& text) {
  std::fprintf(stderr, "iodyno: %s\n", to_text(Diagnostic{{}, "", text}).c_str());
  return kMistake;
}

}  // namespace iodyno::host
