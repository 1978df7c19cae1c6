#include "tournament.hpp"

#include <algorithm>
#include <cassert>

namespace engine::automatic {
namespace {

/// After so many rounds that count, who is slower than this goes.
struct Cut {
  std::size_t rounds;
  double slower;
};
constexpr Cut kCuts[] = {{2, 3.0}, {3, 1.5}, {5, 1.2}, {8, 1.1}};
constexpr std::size_t kRounds = 12;  // and then the leader has won
/// Nearer than this they are as good as equal.
constexpr double kEqual = 1.02;

std::uint64_t next_random(std::uint64_t& state) {  // xorshift64, G. Marsaglia, 2003
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 != 0) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

Tournament::Tournament(std::size_t ways, std::uint64_t seed) : ways_(ways), seed_(seed | 1) {
  begin_round();
}

void Tournament::begin_round() {
  order_.clear();
  for (std::size_t i = 0; i < ways_.size(); ++i)
    if (!ways_[i].is_out) order_.push_back(i);
  for (std::size_t i = order_.size(); i > 1; --i)
    std::swap(order_[i - 1], order_[next_random(seed_) % i]);
  at_ = 0;
  decided_ |= order_.size() < 2;
}

std::size_t Tournament::next() {
  assert(!decided_ && at_ < order_.size());
  return order_[at_];
}

void Tournament::record(std::size_t way, double time_ns) {
  assert(way == order_[at_]);
  ways_[way].times_ns.push_back(time_ns);
  if (++at_ == order_.size()) end_round();
}

void Tournament::drop(std::size_t way) {
  ways_[way].is_out = true;
  order_.erase(order_.begin() + std::ptrdiff_t(at_));
  if (order_.empty() || at_ == order_.size()) end_round();
}

void Tournament::end_round() {
  ++rounds_;
  if (rounds() >= kRounds) decided_ = true;
  const std::size_t first = leader();
  for (const auto& [after, slower] : kCuts)
    if (rounds() >= after)
      for (std::size_t i = 0; i < ways_.size(); ++i)
        if (i != first && ratio(i, first) > slower) ways_[i].is_out = true;
  begin_round();
}

std::size_t Tournament::leader() const {
  std::size_t best = ways_.size();
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    if (ways_[i].is_out || (has_begun() && ways_[i].times_ns.empty())) continue;
    if (best == ways_.size() || ratio(i, best) < 1 / kEqual) best = i;
  }
  return best == ways_.size() ? 0 : best;
}

bool Tournament::has_begun() const {
  return std::ranges::any_of(ways_,
                             [](const Way& way) { return !way.is_out && !way.times_ns.empty(); });
}

std::size_t Tournament::ways_left() const {
  return std::size_t(std::ranges::count(ways_, false, &Way::is_out));
}

double Tournament::median_ns(std::size_t way) const {
  const auto& times = ways_[way].times_ns;
  return median({times.begin() + (times.size() > 1 ? 1 : 0), times.end()});
}

double Tournament::ratio(std::size_t way, std::size_t to) const {
  const auto &a = ways_[way].times_ns, &b = ways_[to].times_ns;
  const std::size_t both = std::min(a.size(), b.size());
  std::vector<double> ratios;
  for (std::size_t i = both > 1 ? 1 : 0; i < both; ++i) ratios.push_back(a[i] / b[i]);
  if (ratios.empty()) return 1;
  return ratios.size() < 3 ? std::ranges::min(ratios) : median(std::move(ratios));
}

}  // namespace engine::automatic
