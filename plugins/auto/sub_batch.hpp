/// Some requests of a batch as a batch of their own.
#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <span>
#include <vector>

#include "contender.hpp"

namespace engine::automatic {

class SubBatch {
 public:
  /// The requests of `batch` with these numbers, which must stay as they are until the last call;
  /// all of them so many times, for try_out() alone.
  void take(const iodyno_batch& batch, std::span<const std::uint32_t> numbers,
            std::size_t times = 1);
  /// Room for so many requests, in memory that has been touched.
  void reserve(std::size_t requests);
  std::span<const iodyno_request> requests() const { return requests_; }

  /// Has them done, with the completions written to those of the batch.
  void run(Contender& contender);
  /// The same, but nothing else of it reaches the host: for what delivers nothing. Returns the
  /// first error, or 0.
  int run_silently(Contender& contender);
  /// Has them done to be timed: nobody gets their bytes, and nothing is written to the batch.
  /// Returns the first error, or 0.
  int try_out(Contender& contender);

 private:
  void run_by(Contender& contender, std::uint64_t deadline_ns);
  void write_completions() const;
  int first_error() const;

  const iodyno_batch* batch_ = nullptr;
  std::span<const std::uint32_t> numbers_;
  std::vector<iodyno_request> requests_;
  std::vector<iodyno_completion> completions_;
};

}  // namespace engine::automatic
