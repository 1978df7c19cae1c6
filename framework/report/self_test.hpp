#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/compare.hpp"

namespace iodyno::host {

/// What comparisons have made of backends whose truth is known: the same one under several labels,
/// and known slowdowns of it.
struct SelfTest {
  struct Planted {
    int percent = 0;
    std::vector<std::string> found, missed;  ///< phases
  };

  std::size_t blocks = 0;                        ///< of each comparison, the fewest
  std::vector<std::string> phases;               ///< those that have figures
  std::size_t equals = 0, called_different = 0;  ///< comparisons of equals
  std::vector<std::string> alarmed;              ///< phases with equals that were called different
  std::vector<Planted> planted;                  ///< from the smallest on
  std::vector<std::pair<std::string, double>> known_within;  ///< by phase, the median, of 95 %
  std::vector<std::string> not_compared;                     ///< cases without figures, and why
  std::size_t doubted = 0, cases = 0;                        ///< so many that are degraded

  /// The smallest slowdown that was found in all phases, and so was each larger one.
  std::optional<int> smallest_found() const;
  /// About how likely it is that a machine where all is well has as many alarmed phases as fail
  /// the test.
  double false_alarm() const;
  bool equals_hold() const { return alarmed.size() < kAlarmedPhases; }
  bool largest_found() const { return smallest_found().has_value(); }
  bool passed() const { return not_compared.empty() && equals_hold() && largest_found(); }

  /// In so many phases equals may not differ: one can be chance.
  static constexpr std::size_t kAlarmedPhases = 2;
};

/// `percents`: by how much each rival of the comparisons is slower; 0: it is the baseline itself.
SelfTest judge_self_test(const Comparisons&, const std::map<std::string, int>& percents);

/// In plain sentences, each a line.
std::string to_text(const SelfTest&);

}  // namespace iodyno::host
