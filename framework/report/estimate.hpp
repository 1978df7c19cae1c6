#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace iodyno::host {

/// From where to where a ratio lies.
struct Interval {
  double low = 0, high = 0;
};

/// A ratio of times, the rival's over the baseline's: 0.5 is half of the time, twice as fast.
struct Ratio {
  double value = 1;
  std::optional<Interval> within95, within99;  ///< none where there are too few figures for one
};

/// Of the baseline's times over the rival's: how many times as fast the rival is.
Ratio inverse(const Ratio&);

/// The logarithms of rival[i] / baseline[i]; all times are above 0. A ratio has a logarithm as far
/// from 0 as its inverse, and drift that both sides of a pair have in common is gone from it.
std::vector<double> log_ratios(std::span<const double> rival, std::span<const double> baseline);

/// How many of so many pairs are left out at either end of their order: one from seven pairs on,
/// and from 15 on a fifth.
std::size_t trimmed(std::size_t pairs);

/// How far a mean is uncertain to either side, as a multiple of the (Winsorized) deviation of the
/// values that it was made of, so many of which were left out at either end.
double reach_of_mean(double confidence, std::size_t values, std::size_t trimmed);

/// The geometric mean of the ratios of pairs, without those trimmed at either end, within what
/// Student's t says of such a mean of their logarithms (Tukey and McLaughlin 1963: the deviation is
/// the Winsorized one, the degrees of freedom are those of what is left). From two pairs on there
/// are intervals. A trial that another process or the hypervisor held up takes half as long again,
/// and one such block in ten makes the plain mean's interval five times as wide; this one's hardly
/// moves. (A percentile bootstrap of ten pairs leaves out the truth in 11 % of cases where it
/// promises 5 %.)
Ratio paired_ratio(std::span<const double> log_ratios);

/// The ratio of the medians of two independent samples; from two values a side on within what a
/// bootstrap of both sides says (percentiles of at most 10,000 resamples, at least 1000, seeded:
/// the same figures give the same interval). What the machine did between the one sample and the
/// other is in it.
Ratio unpaired_ratio(std::span<const double> rival, std::span<const double> baseline);

}  // namespace iodyno::host
