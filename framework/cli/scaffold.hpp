#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace iodyno::host {

// What `new-backend` and `new-scenario` begin with: templates, which are files that work as they
// are, under the name `newcomer`.

/// What goes with the program, where it is installed and where it was built.
struct Installation {
  std::filesystem::path prefix;    ///< with include/iodyno/backend.h
  std::filesystem::path scaffold;  ///< with a folder for each template
};
/// Throws std::runtime_error where it is not complete.
Installation find_installation();

/// Texts by their paths.
using Texts = std::map<std::string, std::string>;

/// The files of a template, with `name` for `newcomer`, and for each @WORD@ what `words` says.
Texts instantiate(const std::filesystem::path& folder, const std::string& name,
                  const std::map<std::string, std::string>& words);

/// Writes all of them below a directory, which is made if it is not there, or none: nothing is
/// replaced, and what was made before a failure is removed.
void write_files(const std::filesystem::path& directory, const Texts&);

/// As a word of a command line for sh.
std::string shell_word(const std::string& text);

/// The word by which this program is started: its name where $PATH leads to it, else its path.
std::string program_word();

}  // namespace iodyno::host
