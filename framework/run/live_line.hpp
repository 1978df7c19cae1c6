#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace iodyno::host {

/// What goes on in a run, in the parts of one line.
struct LiveLine {
  std::string what;                    ///< "read depth 32 · block 4 of 10"
  std::vector<std::string> figures;    ///< one for each backend: "posix 2.27 us"
  std::optional<std::size_t> running;  ///< the one of them that runs now; it gets brackets
  std::string left;                    ///< "1 m 20 s left"
};

/// The line in so many columns: figures give way first, that of the running backend last; then the
/// line is cut.
std::string fitted(const LiveLine&, std::size_t columns);

}  // namespace iodyno::host
