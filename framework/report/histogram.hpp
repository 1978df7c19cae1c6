#pragma once
#include <cstdint>
#include <utility>
#include <vector>

namespace iodyno::host {

/// Counts of durations in nanoseconds, in log-linear buckets: exact below 256 ns, above that 128
/// buckets an octave, so that a quantile (the middle of its bucket) is at most 0.4 % wrong. The
/// idea is HdrHistogram's (https://hdrhistogram.github.io/HdrHistogram/). Recording allocates
/// nothing. Histograms of one phase may be merged; their percentiles may not. The buckets are part
/// of the result format (docs/result-format.md).
class Histogram {
 public:
  Histogram();

  void record(std::uint64_t value_ns);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }  ///< exact; 0 when empty
  std::uint64_t sum() const { return sum_; }  ///< exact, wraps after 584 years
  /// The smallest value that at least the fraction q of all values do not exceed; 0 when empty.
  std::uint64_t quantile(double q) const;

  /// The buckets in use, in order: (bucket, count). With `max` and `sum` all of the histogram.
  using Buckets = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  Buckets buckets() const;
  static Histogram from(const Buckets&, std::uint64_t max_ns, std::uint64_t sum_ns);

  static std::uint32_t bucket_of(std::uint64_t value_ns);
  static std::uint64_t middle_of(std::uint32_t bucket);

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, max_ = 0, sum_ = 0;
};

}  // namespace iodyno::host
