#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scenario/scenario.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {

/// A bool, int, size, time or index of a choice; a real; a text.
using OptionValue = std::variant<std::int64_t, double, std::string>;

struct OptionDescription {
  std::string name, doc;
  std::uint32_t type = 0;  ///< enum iodyno_type
  OptionValue fallback, min, max;
  bool bounded = false;
  std::vector<std::string> choices;
};

/// A backend's descriptor as data: made from the plugin in a process of its own, so that nothing of
/// a plugin runs where plans are made.
struct BackendDescription {
  std::string file;  ///< absolute path of the plugin
  std::string hash;  ///< XXH3 of the file, hexadecimal
  std::string name, version, summary;
  std::uint32_t abi_major = 0, abi_minor = 0;
  std::uint64_t ops = 0;
  std::uint32_t flags = 0;
  std::vector<OptionDescription> options;
  std::string left_out;  ///< why it is not part of this build, and nothing but its name is known

  bool synthetic() const { return flags & IODYNO_SYNTHETIC; }
  bool calibrates() const { return flags & IODYNO_CALIBRATES; }
};

/// Reads an option's value, held to the option's type, range and choices.
Parsed<OptionValue> parse_option(const OptionDescription&, const Node&);

/// The value as a person would write it: "64 KiB", "true", "sequential".
std::string format_option(const OptionDescription&, const OptionValue&);
/// What values it takes: "true or false", "1 to 64", "one of a, b".
std::string describe_range(const OptionDescription&);

/// A value for every option of the backend, or diagnostics.
std::vector<OptionValue> resolve_options(const BackendChoice&, const BackendDescription&,
                                         Diagnostics&);

}  // namespace iodyno::host
