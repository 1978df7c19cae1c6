#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace iodyno::host {

/// How likely figures that differ at least so much are where nothing but chance tells the two
/// sides apart.
struct PValue {
  enum class How {
    exact,       ///< all arrangements were counted
    simulated,   ///< a seeded sample of them was: the same figures give the same p
    approximate  ///< by the normal distribution that they approach
  };
  double value = 1;
  How how = How::exact;
};

std::string_view to_text(PValue::How);

/// The sign-flip test that the differences of pairs have no direction: two-sided, of their sum.
/// Were the two sides of a pair the same, either sign would have been as likely, whatever went on
/// in the rest of the run. So drift and pairs of unequal noise do it no harm, and nothing has to be
/// normal. The `clipped` largest in size count as the next one, so that a wild one does not drown
/// the others; as that looks at no sign, the test stays exact. All 2^n signs are counted up to n =
/// 20, beyond that 20,000 seeded draws of them; the smallest p of n pairs is 2^(1 - n).
PValue sign_flip_test(std::span<const double> differences, std::size_t clipped = 0);

/// The test of Mann and Whitney that two independent samples are of one distribution: two-sided.
/// Exact up to 50 values a side where no two values are equal, otherwise by the normal
/// distribution with a correction for ties and for continuity. Neither side is empty.
PValue rank_sum_test(std::span<const double> one, std::span<const double> other);

/// Holm's adjustment: to call a difference where its adjusted p is at most 5 % is to call any in
/// error, of all that are equal in truth, in at most 5 % of families; whatever they have to do with
/// each other, as rivals of one baseline do. In the order of what came in.
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace iodyno::host
