#include <cstdio>

#include "cli/commands.hpp"
#include "run/progress.hpp"
#include "run/signals.hpp"
#include "run/target.hpp"

namespace iodyno::host {

int clean_command(const Arguments& arguments) {
  bool refused = false;
  std::size_t removed = 0;
  for (const auto& leftover : find_leftovers(arguments.target)) {
    const auto path = arguments.target + "/" + leftover.name;
    switch (leftover.kind) {
      case Leftover::Kind::abandoned:
        remove_leftover(arguments.target, leftover.name,
                        [](std::uint64_t, std::uint64_t) { throw_if_interrupted(); });
        std::printf("removed %s\n", path.c_str());
        ++removed;
        break;
      case Leftover::Kind::in_use:
        std::fprintf(stderr, "iodyno: %s is in use by a run that goes on; left alone\n",
                     path.c_str());
        refused = true;
        break;
      case Leftover::Kind::foreign:
        std::fprintf(stderr, "iodyno: %s does not have our mark; left alone\n", path.c_str());
        refused = true;
        break;
    }
  }
  if (removed == 0 && !refused) std::printf("nothing to remove in %s\n", arguments.target.c_str());
  return refused ? kEnvironment : kDone;
}

}  // namespace iodyno::host
