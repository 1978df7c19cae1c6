/// What an engine that keeps to a pace by itself needs.
#pragma once
#include <sys/prctl.h>

#include <cstdint>
#include <iodyno/config.hpp>

/// That long before a request is due it is waited for without sleep: waking up takes as long.
constexpr std::uint64_t kWakeUp = 10'000;

/// The usual slack, 50 us, would be most of the error of a paced start. New threads inherit it.
inline void wake_exactly(const iodyno::Config& c) {
  if (c.paced()) prctl(PR_SET_TIMERSLACK, 1ul);
}
