#include "trial/calm.hpp"

#include <algorithm>
#include <iodyno/config.hpp>

namespace iodyno::host {
namespace {

constexpr std::uint64_t kSteps = 2'500'000;  // 2 ms, at 3 GHz and four operations a cycle
constexpr double kCalm = 1.1;

/// Chains that don't wait for each other, as many as a core can go on with at once: one chain alone
/// leaves most of a core idle, and so does not notice who else is on it.
double probe_ns() {
  std::uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
  const auto began = now();
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    a = a * 3 + 1, b ^= b << 1, c += c >> 3, d ^= d >> 2;
    e += 7, f ^= f << 3, g += g >> 1, h ^= i;
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
  }
  return double(now() - began) * 1000 / double(kSteps);
}

}  // namespace

Calm wait_until_calm(double known_ns, std::uint64_t limit_ns) {
  const auto began = now();
  Calm calm;
  do {
    const auto ns = probe_ns();
    calm.fastest_ns = calm.fastest_ns == 0 ? ns : std::min(calm.fastest_ns, ns);
    calm.slowdown = ns / (known_ns == 0 ? calm.fastest_ns : std::min(known_ns, calm.fastest_ns));
  } while (calm.slowdown > kCalm && now() - began < limit_ns);
  return calm;
}

}  // namespace iodyno::host
