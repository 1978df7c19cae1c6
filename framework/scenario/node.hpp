#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/diagnostic.hpp"

namespace iodyno::host {

struct Entry;

/// A piece of YAML as it was written: no types yet, every position kept, keys given twice kept.
struct Node {
  enum class Kind { scalar, list, map };
  Kind kind = Kind::scalar;
  Position at;
  std::string text;            ///< of a scalar; `null` and `~` are plain text here
  bool quoted = false;         ///< of a scalar: written in quotes or as a block
  std::vector<Node> items;     ///< of a list
  std::vector<Entry> entries;  ///< of a map, in written order

  bool empty() const { return kind == Kind::scalar && text.empty() && !quoted; }
  const Node* find(std::string_view key) const;  ///< of a map; the first one, or null
};

struct Entry {
  Node key;
  Node value;
};

/// So much text a scenario may have: who reads it from a file has no need to read more than a byte
/// beyond it.
inline constexpr std::size_t kScenarioBytesMax = 1 << 20;

/// Parses one YAML document. Anchors, aliases, tags, a second document, more than 1 MiB of text,
/// nesting deeper than 16, more than 100,000 values, a map of more than 256 keys and a key of more
/// than 1,024 bytes are mistakes: nothing in a scenario needs them, and they are what makes YAML
/// expensive to read. Returns nothing when the text has no structure to go on with.
std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Diagnostics&);

}  // namespace iodyno::host
