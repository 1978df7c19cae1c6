#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scenario/files.hpp"
#include "scenario/random.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// The requests of one trial of a phase, a batch at a time. A pure function of the phase, the files
/// and the seed; its memory is that of one batch.
class Workload {
 public:
  /// `version` is what the written bytes are (see content.hpp).
  Workload(const Phase&, const Files&, std::uint64_t seed, std::uint64_t version);

  /// Requests of the whole trial; none when its length is a time.
  std::optional<std::uint64_t> total() const { return total_; }
  std::uint64_t batch_max() const { return batch_max_; }

  /// The next batch; empty after the last. Valid, with the paths in it, until the next call. With a
  /// rate, not_before_ns counts from the start of the trial.
  std::span<iodyno_request> next();

 private:
  void fill(std::uint64_t i, iodyno_request&, char*& path);
  void fill_file(std::uint64_t file, iodyno_request&, char*& path);
  void fill_block(std::uint64_t i, iodyno_request&);
  void count_blocks();
  std::uint64_t block_at(std::uint64_t i);

  const Phase phase_;
  const Files& files_;
  const std::uint64_t seed_, version_;
  std::uint64_t objects_ = 0;  ///< files, directories or blocks: one pass
  std::optional<std::uint64_t> total_;
  std::uint64_t batch_max_ = 0, done_ = 0;
  std::uint64_t blocks_each_ = 0;             ///< of every file, where all have one size
  std::vector<std::uint64_t> blocks_before_;  ///< of each file, where they have several
  std::optional<Permutation> permutation_;
  std::uint64_t permutation_pass_ = 0;
  std::optional<Zipf> zipf_;
  std::vector<iodyno_request> requests_;
  std::vector<char> paths_;
};

/// The operation of the i-th request of a trial: the dataset is made so that it can succeed.
iodyno_op op_at(const Phase&, std::uint64_t seed, std::uint64_t i);

/// How many requests one pass over the files is.
std::uint64_t one_pass(const Phase&, const Files&);
/// Requests in a batch: as the phase says, or so many that ramp and drain don't count, in 16 MiB.
std::uint64_t batch_size(const Phase&, const Files&);

}  // namespace iodyno::host
