#include "settings.hpp"

#include <algorithm>

namespace {

/// Less than this ahead of a request is not worth a call.
constexpr std::uint64_t kLeastAhead = 4096;

std::uint32_t half(std::uint32_t number) { return (number + 1) / 2; }

}  // namespace

/// The largest group with so many threads.
std::uint32_t Bounds::room_for_group(std::uint32_t threads) const {
  const auto in_flight = std::min(depth, descriptors) / threads;
  return std::clamp<std::uint32_t>(in_flight, 1, most_group);
}

std::uint64_t Bounds::ahead(const Settings& s) const {
  const std::uint64_t buffers = s.threads * s.buffer;
  if (s.group == 1 || buffers >= memory) return 0;
  const std::uint64_t each = (memory - buffers) / (std::uint64_t{s.threads} * s.group);
  return each - each % kLeastAhead;
}

bool Bounds::allow(const Settings& s) const {
  return s.threads >= 1 && s.threads <= most_threads && s.group >= 1 &&
         s.group <= room_for_group(s.threads) && s.buffer >= least_buffer &&
         s.buffer <= most_buffer && s.buffer % kLeastAhead == 0 &&
         (s.threads * s.buffer <= memory || (s.threads == 1 && s.buffer == least_buffer)) &&
         (s.group == 1 || ahead(s) != 0);
}

Settings Bounds::after(const Settings& s, Step step) const {
  Settings to = s;
  switch (step) {
    case Step::more_threads:
      to.threads = std::min({s.threads * 2, most_threads, depth / s.group});
      break;
    case Step::fewer_threads: to.threads = half(s.threads); break;
    case Step::larger_group: to.group = std::min(s.group * 2, room_for_group(s.threads)); break;
    case Step::smaller_group: to.group = half(s.group); break;
    case Step::no_group: to.group = 1; break;
    case Step::larger_buffer: to.buffer = std::min(s.buffer * 2, most_buffer); break;
    case Step::smaller_buffer:
      to.buffer = std::max(s.buffer / 2 / kLeastAhead * kLeastAhead, least_buffer);
      break;
    case Step::threads_for_group:
      to.threads = half(s.threads);
      to.group = std::min(s.group * 2, room_for_group(to.threads));
      if (to.threads == s.threads || to.group == s.group) return s;
      break;
    case Step::group_for_threads:
      to.group = half(s.group);
      to.threads = std::min({s.threads * 2, most_threads, depth / to.group});
      if (to.threads == s.threads || to.group == s.group) return s;
      break;
  }
  return allow(to) ? to : s;
}

Settings Bounds::nearest(Settings s) const {
  s.threads = std::clamp(s.threads, 1u, most_threads);
  s.group = std::clamp(s.group, 1u, room_for_group(s.threads));
  s.buffer = std::clamp(s.buffer / kLeastAhead * kLeastAhead, least_buffer, most_buffer);
  while (!allow(s)) {
    if (s.buffer > least_buffer)
      s.buffer = std::max(s.buffer / 2 / kLeastAhead * kLeastAhead, least_buffer);
    else if (s.group > 1)
      s.group = half(s.group);
    else if (s.threads > 1)
      s.threads = half(s.threads);
    else
      break;
  }
  return s;
}
