#include "report/significance.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>

namespace iodyno::host {
namespace {

constexpr std::size_t kPairsCounted = 20;
constexpr std::size_t kRanksCounted = 50;
constexpr int kDraws = 20'000;
constexpr std::uint64_t kSeed = 0x696f64796e6f;

// --- Signs

/// Counts the choices of signs whose sum is at least as far from 0 as the one that was seen. The
/// largest differences come first: whole branches are then decided early.
class Signs {
 public:
  Signs(std::span<const double> differences, std::size_t clipped) {
    for (const double difference : differences) sizes_.push_back(std::abs(difference));
    std::sort(sizes_.rbegin(), sizes_.rend());
    assert(clipped < sizes_.size());
    const double largest = sizes_[clipped];
    std::fill_n(sizes_.begin(), clipped, largest);
    rest_.resize(sizes_.size() + 1);
    for (std::size_t i = sizes_.size(); i-- > 0;) rest_[i] = rest_[i + 1] + sizes_[i];
    // The sum that was seen is one of those that are counted, and is not to be lost by rounding.
    double seen = 0;
    for (const double difference : differences) seen += std::clamp(difference, -largest, largest);
    least_ = std::abs(seen) - 1e-9 * rest_[0];
  }

  double counted() const { return count(0, 0) / std::ldexp(1, int(sizes_.size())); }

  double drawn() const {
    std::mt19937_64 random(kSeed);
    int hits = 0;
    for (int draw = 0; draw < kDraws; ++draw) hits += std::abs(random_sum(random)) >= least_;
    // What was seen counts as a draw of its own, so that p is never 0 (Phipson and Smyth 2010).
    return double(hits + 1) / double(kDraws + 1);
  }

 private:
  double count(std::size_t at, double sum) const {
    if (std::abs(sum) - rest_[at] >= least_) return std::ldexp(1, int(sizes_.size() - at));
    if (std::abs(sum) + rest_[at] < least_) return 0;
    return count(at + 1, sum + sizes_[at]) + count(at + 1, sum - sizes_[at]);
  }

  double random_sum(std::mt19937_64& random) const {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizes_.size(); ++i, bits >>= 1) {
      if (i % 64 == 0) bits = random();
      sum += (bits & 1) != 0 ? sizes_[i] : -sizes_[i];
    }
    return sum;
  }

  std::vector<double> sizes_, rest_;
  double least_ = 0;
};

// --- Ranks

/// What is known of two samples when only their order counts.
struct Ranks {
  double pairs_below =
      0;            ///< of one value of each side, in which the first is below; half if equal
  double ties = 0;  ///< the sum of t^3 - t over the groups of t equal values
};

Ranks ranks_of(std::span<const double> one, std::span<const double> other) {
  struct Value {
    double value;
    bool first;
  };
  std::vector<Value> all;
  for (const double value : one) all.push_back({value, true});
  for (const double value : other) all.push_back({value, false});
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.value < b.value; });
  Ranks ranks;
  double firsts_below = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    double firsts = 0, others = 0;
    std::size_t end = begin;
    for (; end < all.size() && all[end].value == all[begin].value; ++end)
      ++(all[end].first ? firsts : others);
    ranks.pairs_below += others * (firsts_below + firsts / 2);
    firsts_below += firsts;
    const auto equal = double(end - begin);
    ranks.ties += equal * equal * equal - equal;
    begin = end;
  }
  return ranks;
}

/// The chance that at most so many of the n·m pairs are in order, all orders being equally likely.
/// The number of orders with u such pairs is the coefficient of x^u in the Gaussian binomial
/// [n + m over n], the product over k = 1 … n of (1 - x^(m + k)) / (1 - x^k).
double chance_of_at_most(std::size_t pairs, std::size_t n, std::size_t m) {
  std::vector<double> orders(pairs + 1, 0);
  orders[0] = 1;
  double all = 1;  // n + m over n
  for (std::size_t k = 1; k <= n; ++k) {
    for (std::size_t u = pairs + 1; u-- > m + k;) orders[u] -= orders[u - m - k];
    for (std::size_t u = k; u <= pairs; ++u) orders[u] += orders[u - k];
    all *= double(m + k) / double(k);
  }
  return std::accumulate(orders.begin(), orders.end(), 0.0) / all;
}

double normal_rank_p(const Ranks& ranks, double n, double m) {
  const double all = n + m;
  const double variance = n * m / 12 * (all + 1 - ranks.ties / (all * (all - 1)));
  if (variance <= 0) return 1;  // all values are equal
  const double distance = std::abs(ranks.pairs_below - n * m / 2) - 0.5;
  return std::min(1.0, std::erfc(distance / std::sqrt(2 * variance)));
}

}  // namespace

std::string_view to_text(PValue::How how) {
  switch (how) {
    case PValue::How::exact: return "exact";
    case PValue::How::simulated: return "simulated";
    case PValue::How::approximate: return "approximate";
  }
  return "unknown";
}

PValue sign_flip_test(std::span<const double> differences, std::size_t clipped) {
  const Signs signs(differences, clipped);
  if (differences.size() <= kPairsCounted) return {signs.counted(), PValue::How::exact};
  return {signs.drawn(), PValue::How::simulated};
}

PValue rank_sum_test(std::span<const double> one, std::span<const double> other) {
  assert(!one.empty() && !other.empty());
  const Ranks ranks = ranks_of(one, other);
  const std::size_t n = one.size(), m = other.size();
  if (ranks.ties != 0 || std::max(n, m) > kRanksCounted) {
    return {normal_rank_p(ranks, double(n), double(m)), PValue::How::approximate};
  }
  const auto below = std::size_t(ranks.pairs_below);
  const std::size_t fewer = std::min(below, n * m - below);
  return {std::min(1.0, 2 * chance_of_at_most(fewer, n, m)), PValue::How::exact};
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;  // a greater p is never adjusted to a smaller one
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = double(order.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace iodyno::host
