#pragma once
#include <string>
#include <vector>

namespace iodyno::host {

// What --help says, as data: the manual page and the completions are made of it.

struct OptionText {
  std::string name;   ///< "--target", or "SCENARIO" where its place tells what it is
  std::string value;  ///< what comes after it, "DIR"; empty for a flag
  std::string about;
  std::string fallback;  ///< the default, where there is one to tell
  std::vector<std::string> choices = {};
  bool positional = false, required = false, repeated = false;
};

struct CommandText {
  std::string name;
  std::string about;
  std::vector<OptionText> options;
};

struct ProgramText {
  std::string about;
  std::string footer;
  std::vector<OptionText> options = {};
  std::vector<CommandText> commands = {};
};

ProgramText program_text();

// What is made of it: a manual page (man(7)), and completions.

std::string manual_page(const ProgramText&);
std::string bash_completion(const ProgramText&);
std::string zsh_completion(const ProgramText&);
std::string fish_completion(const ProgramText&);

}  // namespace iodyno::host
