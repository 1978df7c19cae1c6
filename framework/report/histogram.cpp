#include "report/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace iodyno::host {
namespace {

// Below 2^(kBits + 1) each value has its own bucket; above, each octave is cut into 2^kBits.
constexpr unsigned kBits = 7;
constexpr std::uint32_t kPerOctave = 1u << kBits;
constexpr std::uint32_t kExact = 2 * kPerOctave;
constexpr std::uint32_t kBuckets = kPerOctave * (64 - kBits + 1);

}  // namespace

Histogram::Histogram() : counts_(kBuckets) {}

std::uint32_t Histogram::bucket_of(std::uint64_t value_ns) {
  if (value_ns < kExact) return std::uint32_t(value_ns);
  const unsigned shift = unsigned(std::bit_width(value_ns)) - (kBits + 1);
  return kPerOctave * shift + std::uint32_t(value_ns >> shift);
}

std::uint64_t Histogram::middle_of(std::uint32_t bucket) {
  if (bucket < kExact) return bucket;
  const unsigned shift = bucket / kPerOctave - 1;
  const std::uint64_t lowest = std::uint64_t{bucket % kPerOctave + kPerOctave} << shift;
  return lowest + (std::uint64_t{1} << (shift - 1));
}

void Histogram::record(std::uint64_t value_ns) {
  const std::uint32_t bucket = bucket_of(value_ns);
  // Only one that `from` made is shorter than all buckets.
  if (bucket >= counts_.size()) counts_.resize(kBuckets);
  ++counts_[bucket];
  ++count_;
  max_ = std::max(max_, value_ns);
  sum_ += value_ns;
}

void Histogram::merge(const Histogram& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::uint64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  // 0.07 * 100 is a hair above 7: without the slack the rank would be 8.
  constexpr double kSlack = 1 - 1e-12;
  const double rank = std::max(1.0, std::ceil(q * double(count_) * kSlack));
  if (rank >= double(count_)) return max_;
  std::uint32_t bucket = 0;  // all of them together count more than that
  for (std::uint64_t seen = counts_[0]; double(seen) < rank; seen += counts_[bucket]) ++bucket;
  return std::min(middle_of(bucket), max_);
}

Histogram::Buckets Histogram::buckets() const {
  Buckets used;
  for (std::uint32_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] != 0) used.emplace_back(bucket, counts_[bucket]);
  }
  return used;
}

Histogram Histogram::from(const Buckets& buckets, std::uint64_t max_ns, std::uint64_t sum_ns) {
  std::uint32_t last = 0;
  for (const auto& [bucket, count] : buckets) {
    if (bucket >= kBuckets) throw std::invalid_argument("a bucket that does not exist");
    if (count == 0) throw std::invalid_argument("a bucket without a value");
    last = std::max(last, bucket);
  }
  if (last != bucket_of(max_ns)) {
    throw std::invalid_argument("the maximum is not in the last bucket");
  }
  Histogram histogram;
  // A parent holds one for each trial of a run: no longer than needed (of 58 KiB, mostly zeroes).
  histogram.counts_ = std::vector<std::uint64_t>(buckets.empty() ? 0 : last + 1);
  for (const auto& [bucket, count] : buckets) {
    histogram.counts_[bucket] += count;
    histogram.count_ += count;
  }
  histogram.max_ = max_ns;
  histogram.sum_ = sum_ns;
  return histogram;
}

}  // namespace iodyno::host
