#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenario/plan.hpp"
#include "trial/trial.hpp"

namespace iodyno::host {

/// The large files that a trial makes or copies, looked at from outside while it goes on: the
/// worker, which is timed, does not know of it.
class Destination {
 public:
  /// Of a trial that makes other files, or many, nothing is looked at. `run_directory` stays open.
  Destination(int run_directory, const Case&, const TrialSpec&);

  /// How much will be there in the end; 0 where nothing is looked at.
  std::uint64_t total_bytes() const { return total_bytes_; }
  /// How much is there now.
  std::uint64_t bytes() const;

 private:
  int run_directory_;
  std::vector<std::string> paths_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace iodyno::host
