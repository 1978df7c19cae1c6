#include "report/estimate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <random>

#include "report/statistics.hpp"
#include "report/student.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kSeed = 0x696f64796e6f;
constexpr std::size_t kMostResamples = 10'000, kFewestResamples = 1'000;
constexpr std::size_t kValuesDrawn = 20'000'000;  // of which a long sample has fewer resamples

/// The median of as many values as there are, each drawn from all of them.
double resampled_median(std::span<const double> values, std::vector<double>& drawn,
                        std::mt19937_64& random) {
  drawn.resize(values.size());
  // The upper half of a product instead of a distribution of the library: those differ between
  // implementations, and the same figures shall give the same interval everywhere.
  for (double& value : drawn) value = values[((random() >> 32) * values.size()) >> 32];
  const auto middle = drawn.begin() + std::ptrdiff_t(drawn.size() / 2);
  std::nth_element(drawn.begin(), middle, drawn.end());
  if (drawn.size() % 2 == 1) return *middle;
  return (*std::max_element(drawn.begin(), middle) + *middle) / 2;
}

}  // namespace

Ratio inverse(const Ratio& ratio) {
  const auto of = [](const std::optional<Interval>& interval) {
    return interval ? std::optional(Interval{1 / interval->high, 1 / interval->low}) : std::nullopt;
  };
  return {1 / ratio.value, of(ratio.within95), of(ratio.within99)};
}

std::vector<double> log_ratios(std::span<const double> rival, std::span<const double> baseline) {
  assert(rival.size() == baseline.size());
  std::vector<double> logs;
  for (std::size_t i = 0; i < rival.size(); ++i) {
    assert(rival[i] > 0 && baseline[i] > 0);
    logs.push_back(std::log(rival[i]) - std::log(baseline[i]));
  }
  return logs;
}

std::size_t trimmed(std::size_t pairs) {
  if (pairs < 15) return pairs < 7 ? 0 : 1;
  return pairs / 5;
}

double reach_of_mean(double confidence, std::size_t values, std::size_t trimmed) {
  const auto left = double(values - 2 * trimmed);
  return student_quantile((1 + confidence) / 2, left - 1) * std::sqrt(double(values)) / left;
}

Ratio paired_ratio(std::span<const double> log_ratios) {
  const std::size_t n = log_ratios.size(), cut = trimmed(n);
  std::vector<double> ordered(log_ratios.begin(), log_ratios.end());
  std::ranges::sort(ordered);
  const double center = mean(std::span(ordered).subspan(cut, n - 2 * cut));
  Ratio ratio{std::exp(center), {}, {}};
  if (n < 2) return ratio;
  // Winsorized: what is left out of the mean counts as the outermost of what is in it.
  for (double& value : ordered) value = std::clamp(value, ordered[cut], ordered[n - 1 - cut]);
  const double deviation = standard_deviation(ordered);
  const auto within = [&](double confidence) {
    const double reach = reach_of_mean(confidence, n, cut) * deviation;
    return Interval{std::exp(center - reach), std::exp(center + reach)};
  };
  ratio.within95 = within(0.95);
  ratio.within99 = within(0.99);
  return ratio;
}

Ratio unpaired_ratio(std::span<const double> rival, std::span<const double> baseline) {
  Ratio ratio{median(rival) / median(baseline), {}, {}};
  const std::size_t size = rival.size() + baseline.size();
  if (std::min(rival.size(), baseline.size()) < 2) return ratio;
  std::mt19937_64 random(kSeed);
  std::vector<double> drawn,
      ratios(std::clamp(kValuesDrawn / size, kFewestResamples, kMostResamples));
  for (double& resampled : ratios) {
    const double above = resampled_median(rival, drawn, random);
    resampled = above / resampled_median(baseline, drawn, random);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto within = [&](double confidence) {
    const auto at = [&](double q) { return ratios[std::size_t(q * double(ratios.size() - 1))]; };
    return Interval{at((1 - confidence) / 2), at((1 + confidence) / 2)};
  };
  ratio.within95 = within(0.95);
  ratio.within99 = within(0.99);
  return ratio;
}

}  // namespace iodyno::host
