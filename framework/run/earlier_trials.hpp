#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/sample.hpp"

namespace iodyno::host {

/// What a trial took, as far as its worker knows.
double spent_ns_of(const Sample&);

/// The trials of an earlier run, to be taken block by block.
class EarlierTrials {
 public:
  /// Throws CannotResume where there are two of one case and block.
  explicit EarlierTrials(const std::vector<Sample>&);

  /// When the last of them ended, in seconds since the run began.
  double end_s() const { return end_s_; }

  /// The trials that a block has of these cases, in their order, where all are there; otherwise
  /// none.
  std::vector<Sample> take(const std::vector<std::string>& cases, std::uint64_t block);

  bool has_any_of(const std::vector<std::string>& cases) const;

  /// What is left must be of one block of these cases: it was not whole, and is measured anew.
  /// Returns how many trials that are. Throws CannotResume where there is anything else.
  std::uint64_t drop(const std::vector<std::string>& cases, std::uint64_t block);

 private:
  std::map<std::pair<std::string, std::uint64_t>, Sample> left_;
  double end_s_ = 0;
};

}  // namespace iodyno::host
