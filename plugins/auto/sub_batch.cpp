#include "sub_batch.hpp"

#include <algorithm>

namespace engine::automatic {

void SubBatch::take(const iodyno_batch& batch, std::span<const std::uint32_t> numbers,
                    std::size_t times) {
  batch_ = &batch;
  numbers_ = numbers;
  requests_.clear();
  for (std::size_t time = 0; time < times; ++time)
    for (const std::uint32_t number : numbers) requests_.push_back(batch.requests[number]);
}

void SubBatch::reserve(std::size_t requests) {
  if (requests_.capacity() >= requests) return;
  requests_.resize(requests);
  completions_.resize(requests);
}

void SubBatch::run(Contender& contender) {
  contender.front().translate(numbers_.data());
  run_by(contender, batch_->deadline_ns);
  write_completions();
}

int SubBatch::run_silently(Contender& contender) {
  contender.front().try_out();
  run_by(contender, batch_->deadline_ns);
  write_completions();
  return first_error();
}

int SubBatch::try_out(Contender& contender) {
  contender.front().try_out();
  run_by(contender, 0);
  return first_error();
}

int SubBatch::first_error() const {
  const auto bad = std::ranges::find_if(completions_, [](const auto& c) { return c.error != 0; });
  return bad == completions_.end() ? 0 : bad->error;
}

void SubBatch::run_by(Contender& contender, std::uint64_t deadline_ns) {
  completions_.assign(requests_.size(), {.error = IODYNO_PENDING});
  iodyno_batch part = *batch_;
  part.size = sizeof part;
  part.count = std::uint32_t(requests_.size());
  part.deadline_ns = deadline_ns;
  part.requests = requests_.data();
  part.completions = completions_.data();
  contender.run(part);
}

void SubBatch::write_completions() const {
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    batch_->completions[numbers_[i]] = completions_[i];
}

}  // namespace engine::automatic
