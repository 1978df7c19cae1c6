#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scenario/random.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// What stands in files: byte x of file f, written as version v, is source[(base(f, v) + x) %
/// source size]. So every byte that any backend writes can be foretold, and told from an older one.
///
/// The source is a few pages more than a power of two, so that a block read from, or written to, a
/// wrong place of the same file is not by chance the same bytes.
inline constexpr std::uint64_t kSourceSize = std::uint64_t{257} * 4096;

/// Fills the source: random bytes, with zeros at the end of each 4 KiB as the content says.
void fill_source(std::span<std::byte> to, const Content&);

/// Where in the source file `file` begins when it is written as version `version`. Version 0 is
/// what the host makes; a trial writes a version of its own.
constexpr std::uint64_t source_base(std::uint64_t file, std::uint64_t version) {
  return below(mix(0x636f6e74656e74 + version, file), kSourceSize / 4096) * 4096;
}

/// The bytes of any file, by the rule.
class Source {
 public:
  static constexpr std::uint64_t kPieceMax = 1 << 20;

  explicit Source(const Content&);

  /// `length` bytes, at most kPieceMax, from `offset` on.
  std::span<const std::byte> bytes(std::uint64_t file, std::uint64_t version, std::uint64_t offset,
                                   std::uint64_t length) const {
    return std::span(source_).subspan((source_base(file, version) + offset) % kSourceSize, length);
  }

 private:
  std::vector<std::byte> source_;  // its beginning again behind it: no piece wraps
};

}  // namespace iodyno::host
