/// The requests of a batch, put together by what they have in common.
#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <span>
#include <vector>

namespace engine::automatic {

template <class Key>
class Parts {
 public:
  struct Part {
    Key key;
    std::vector<std::uint32_t> numbers;  ///< of requests in the batch
  };

  /// `key_of(request)` says where each belongs. What was allocated for a batch serves the next.
  void sort(const iodyno_batch& batch, auto key_of) {
    count_ = 0;
    Part* part = nullptr;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const Key key = key_of(batch.requests[i]);
      if (part == nullptr || part->key != key) part = &of(key);
      part->numbers.push_back(i);
    }
  }
  std::span<const Part> all() const { return {parts_.data(), count_}; }

 private:
  Part& of(const Key& key) {
    for (Part& part : std::span(parts_.data(), count_))
      if (part.key == key) return part;
    if (count_ == parts_.size()) parts_.emplace_back();
    Part& part = parts_[count_++];
    part.key = key;
    part.numbers.clear();
    return part;
  }

  std::vector<Part> parts_;
  std::size_t count_ = 0;
};

}  // namespace engine::automatic
