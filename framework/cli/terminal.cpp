#include "cli/terminal.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.hpp"

namespace iodyno::host {

bool color() {
  const char* none = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(none && *none);
}

int mistake(const std::string& text) {
  std::fprintf(stderr, "iodyno: error: %s\n", text.c_str());
  return kMistake;
}

}  // namespace iodyno::host
