#pragma once
#include <cstdint>

namespace iodyno::host {

/// A well-mixed 64-bit number from another: the finalizer of SplitMix64 (Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014). All randomness of a run is this
/// function of the seed and of a counter, so any part of it can be made again on its own.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return mix(mix(a) ^ b); }

/// A number below n, n > 0, from a mixed one: Lemire's multiplication instead of a division. Its
/// bias is n / 2^64.
constexpr std::uint64_t below(std::uint64_t random, std::uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return std::uint64_t((Wide(random) * n) >> 64);
}

/// A fraction in [0, 1).
constexpr double fraction(std::uint64_t random) { return double(random >> 11) * 0x1p-53; }

/// A random order of [0, n): `at(i)` visits every number once. Rounds of addition, multiplication
/// by an odd number and xorshift, each of which permutes the numbers below the next power of two,
/// walked until the result lands below n: no memory, and a few nanoseconds, however many blocks a
/// file has.
class Permutation {
 public:
  constexpr Permutation(std::uint64_t n, std::uint64_t seed) : n_(n) {
    int bits = 0;
    while (bits < 63 && (std::uint64_t{1} << bits) < n) ++bits;
    mask_ = (std::uint64_t{1} << bits) - 1;
    shift_ = (bits + 1) / 2;
    for (auto& round : rounds_) {
      round.add = seed = mix(seed);
      round.multiply = (seed = mix(seed)) | 1;
    }
  }
  /// i must be below n.
  constexpr std::uint64_t at(std::uint64_t i) const {
    do i = once(i);
    while (i >= n_);
    return i;
  }

 private:
  struct Round {
    std::uint64_t add = 0, multiply = 1;
  };
  constexpr std::uint64_t once(std::uint64_t x) const {
    for (const auto& round : rounds_) {
      x = ((x + round.add) * round.multiply) & mask_;
      x ^= x >> shift_;
    }
    return x;
  }
  std::uint64_t n_, mask_ = 0;
  int shift_ = 0;
  Round rounds_[4];  // with three, equal steps between neighbours are far too frequent
};

/// Ranks from 0 to n - 1 with probability in proportion to 1 / (rank + 1)^theta, 0 < theta < 1, by
/// rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6(3), 1996): no table, whatever n.
class Zipf {
 public:
  Zipf(std::uint64_t n, double theta);
  /// The same seed and counter give the same rank.
  std::uint64_t rank(std::uint64_t seed, std::uint64_t counter) const;

 private:
  double h_integral(double x) const;
  double h_integral_inverse(double x) const;
  double n_, theta_, h_first_, h_last_, shortcut_;
};

}  // namespace iodyno::host
