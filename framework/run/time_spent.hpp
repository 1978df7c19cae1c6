#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "report/sample.hpp"

namespace iodyno::host {

/// Where the time of a run went: inside the clock, and in what else.
class TimeSpent {
 public:
  void add(const std::string& what, std::uint64_t ns) { spent_s_[what] += double(ns) * 1e-9; }
  /// A trial, by what its worker says; what that does not know of is `processes`.
  void add_trial(const Sample&, std::uint64_t elapsed_ns);
  /// In seconds, by what was done, with the rest of `elapsed_ns` as `other`.
  std::map<std::string, double> of(std::uint64_t elapsed_ns) const;

 private:
  std::map<std::string, double> spent_s_;
};

}  // namespace iodyno::host
