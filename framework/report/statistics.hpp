#pragma once
#include <span>

namespace iodyno::host {

/// Statistics over the repetitions of a case. Each needs at least one value; those that speak of
/// spread are 0 for a single one.
double mean(std::span<const double>);
double median(std::span<const double>);              ///< of an even count: between the middle two
double quantile(std::span<const double>, double q);  ///< linear between neighbours; q in [0, 1]
double standard_deviation(std::span<const double>);  ///< of the sample: n - 1
double coefficient_of_variation(std::span<const double>);  ///< 0 where the mean is 0
/// Half the interquartile range over the median: within this fraction of the median, to either
/// side, lies the middle half of the values. One wild repetition does not move it.
double relative_spread(std::span<const double>);

}  // namespace iodyno::host
