#pragma once
#include <iodyno/config.hpp>
#include <map>
#include <string>

namespace iodyno::host {

/// Where a worker's time goes: a stage lasts until the next one begins.
class StageTimes {
 public:
  void begin(const std::string& stage) {
    end();
    current_ = &spent_ns_[stage];
    since_ = now();
  }
  void end() {
    if (current_) *current_ += double(now() - since_);
    current_ = nullptr;
  }
  /// By stage; after end().
  const std::map<std::string, double>& spent_ns() const { return spent_ns_; }

 private:
  std::map<std::string, double> spent_ns_;
  double* current_ = nullptr;
  std::uint64_t since_ = 0;
};

}  // namespace iodyno::host
