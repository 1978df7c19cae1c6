/// Performers against one another: in one process, in turns, so that a machine that drifts drifts
/// for all of them.
#pragma once
#include <optional>

#include "peer.hpp"

namespace iodyno::host {

struct Comparison {
  std::string title;
  std::vector<Contestant> references;  ///< written by hand: the fastest of them is what counts
  struct Row {
    Contestant contestant;
    std::optional<double> limit;  ///< of the ratio to the reference; none: for information
  };
  std::vector<Row> rows;
  std::uint64_t requests = 1;           ///< of each step of a pass
  std::vector<std::string> steps = {};  ///< their names, where a pass has several
  bool never_waits = false;             ///< one thread that needs nothing but the processor
};

/// Runs `rounds` rounds, in each of which each performer does two passes, in a random order and
/// then in the reverse; and prints medians and the ratios within the rounds.
void compare(const Comparison&, std::uint64_t rounds);

}  // namespace iodyno::host
