/// The ways among which is chosen: an engine, with options, and how much of the depth it gets.
#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <iodyno/config.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::automatic {

/// How many requests are in flight.
enum class Width : std::uint8_t { one, cores, all };

/// An option of an engine, with a value other than its default.
struct Setting {
  std::string_view option;
  std::string_view choice;  ///< of a choice; of a flag: "true"
};

struct Candidate {
  std::string_view way;  ///< "copy:method=parallel": how the results call it
  const iodyno_backend* engine;
  Width width;
  std::vector<Setting> settings;
  std::uint64_t ops;  ///< for which it is tried
  bool for_cold;      ///< also where data comes from the device

  /// "copy:method=parallel@2"
  std::string label(std::uint32_t depth) const {
    return std::string(way) + "@" + std::to_string(depth);
  }
};

/// All, the simpler ones first: where two are equally fast the first is taken.
std::span<const Candidate> candidates();

/// The values of all of the engine's options.
std::vector<iodyno_value> values_of(const Candidate& candidate);

/// The depth of a session with so much of it, on the processors that this process may use.
std::uint32_t depth_of(Width width, const iodyno::Config& config);

}  // namespace engine::automatic
