#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/results.hpp"
#include "run/prepare.hpp"

namespace iodyno::host {

/// To which fraction the ratios of a phase and point are known: of all rivals to the baseline, or,
/// with `--against`, of each choice to its own older one.
std::optional<double> known_within(const std::vector<const CaseResult*>&,
                                   const std::string& baseline, const std::vector<OlderPair>&);

/// Prints each choice of the results in a directory beside its older one, with a threshold of 3 %.
/// Whether any is slower somewhere, and whether one has no figure where its older one has.
struct Regression {
  bool slower = false, lost = false;
};
Regression compare_with_older(const std::string& directory, const std::vector<OlderPair>&);

}  // namespace iodyno::host
