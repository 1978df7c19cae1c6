/// How the engine runs, within which bounds, and how one step leads to the next.
#pragma once
#include <cstdint>

struct Settings {
  std::uint32_t threads = 1;  ///< at work at once
  std::uint32_t group = 1;    ///< requests that one thread has begun at once
  std::uint64_t buffer = 0;   ///< bytes of one transfer

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// One step: one knob by a factor of 2. Where threads and groups take up the whole depth, one can
/// only grow at the price of the other, so to trade them is a step, too. What a group costs does
/// not depend on its size, so that to do without is a step of its own.
enum class Step : std::uint8_t {
  more_threads,
  fewer_threads,
  larger_group,
  smaller_group,
  no_group,
  larger_buffer,
  smaller_buffer,
  threads_for_group,
  group_for_threads,
};
constexpr unsigned kSteps = 9;

struct Bounds {
  std::uint32_t depth = 1;         ///< of threads x group: the requests in flight
  std::uint32_t descriptors = 1;   ///< of threads x group where files are held open
  std::uint32_t most_threads = 1;  ///< at most the depth
  std::uint32_t most_group = 1;
  std::uint64_t least_buffer = 0, most_buffer = 0;
  std::uint64_t memory = 0;  ///< of all buffers, and what is read ahead

  /// Whether all may run so.
  bool allow(const Settings& s) const;

  /// `s` after a step, no farther than the bounds; `s` itself if it would lie beyond.
  Settings after(const Settings& s, Step step) const;

  /// The settings nearest to `s` that are allowed: buffers are halved first, then groups, and at
  /// last threads.
  Settings nearest(Settings s) const;

  /// The bytes that may be read ahead for each request of a group.
  std::uint64_t ahead(const Settings& s) const;

 private:
  std::uint32_t room_for_group(std::uint32_t threads) const;
};
