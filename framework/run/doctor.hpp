#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace iodyno::host {

/// One thing that this machine or a directory can do, or not, or not well enough to be measured.
struct Ability {
  enum class State {
    ok,
    warning,  ///< it works, and figures are worse or less sure than they could be
    missing,  ///< it can't be had here; cases that need it are skipped or done in another way
  };
  std::string name;  ///< "O_DIRECT"
  State state = State::ok;
  std::string found;   ///< what was found, in a few words
  std::string remedy;  ///< sentences on what to change; empty when ok
};
using Abilities = std::vector<Ability>;

std::string_view to_text(Ability::State);

/// Looks at the machine, and at a directory that a run could use: in a marked directory below it
/// some small files are made and removed again. Throws std::system_error where that fails.
Abilities examine(const std::string& directory);

}  // namespace iodyno::host
