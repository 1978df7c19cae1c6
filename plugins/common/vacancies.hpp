/// Which slots of a session no request has.
#pragma once
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

/// The numbers of the slots that no request has. Those of requests that are done come back all at
/// once, when they are stamped: so what is in flight is never more than the depth.
class Vacancies {
 public:
  explicit Vacancies(std::uint32_t slots) : numbers_(slots), free_(slots) {
    for (std::uint32_t i = 0; i < slots; ++i) numbers_[i] = slots - 1 - i;
  }
  bool none() const { return free_ == 0; }
  bool all() const { return free_ == numbers_.size(); }
  /// Not while there are some that were left: these lie behind the free ones.
  std::uint32_t take() {
    assert(left_ == 0);
    return numbers_[--free_];
  }

  void leave(std::uint32_t number) { numbers_[free_ + left_++] = number; }
  bool any_left() const { return left_ != 0; }
  void come_back(auto each) {
    for (std::uint32_t i = 0; i < left_; ++i) each(numbers_[free_ + i]);
    forget_left();
  }
  void forget_left() { free_ += std::exchange(left_, 0); }

 private:
  std::vector<std::uint32_t> numbers_;  // the free ones, those that were left, and what is no one's
  std::uint32_t free_, left_ = 0;
};
