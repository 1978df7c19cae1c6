#include "scenario/random.hpp"

#include <algorithm>
#include <cmath>

namespace iodyno::host {

// The integral of x^-theta, and its inverse.
double Zipf::h_integral(double x) const { return (std::pow(x, 1 - theta_) - 1) / (1 - theta_); }
double Zipf::h_integral_inverse(double x) const {
  return std::pow(std::max(1 + x * (1 - theta_), 0.0), 1 / (1 - theta_));
}

Zipf::Zipf(std::uint64_t n, double theta) : n_(double(n)), theta_(theta) {
  h_first_ = h_integral(1.5) - 1;
  h_last_ = h_integral(n_ + 0.5);
  shortcut_ = 2 - h_integral_inverse(h_integral(2.5) - std::pow(2.0, -theta));
}

std::uint64_t Zipf::rank(std::uint64_t seed, std::uint64_t counter) const {
  for (std::uint64_t attempt = mix(seed, counter);; attempt = mix(attempt)) {
    const double u = h_last_ + fraction(attempt) * (h_first_ - h_last_);
    const double x = h_integral_inverse(u);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, n_);
    if (k - x <= shortcut_ || u >= h_integral(k + 0.5) - std::pow(k, -theta_))
      return std::uint64_t(k) - 1;
  }
}

}  // namespace iodyno::host
