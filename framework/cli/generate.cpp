#include <cstdio>

#include "cli/commands.hpp"
#include "cli/program_text.hpp"

namespace iodyno::host {
namespace {

std::string generated(const std::string& what) {
  if (what == "man") return manual_page(program_text());
  if (what == "bash") return bash_completion(program_text());
  if (what == "zsh") return zsh_completion(program_text());
  return fish_completion(program_text());
}

}  // namespace

int generate_command(const Arguments& arguments) {
  std::fputs(generated(arguments.name).c_str(), stdout);
  return kDone;
}

}  // namespace iodyno::host
