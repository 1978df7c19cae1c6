// The only file that knows xxHash.
#define XXH_INLINE_ALL
#include "scenario/hash.hpp"

#include <xxhash.h>

namespace iodyno::host {

std::uint64_t hash(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string hash_text(std::string_view text) {
  auto value = hash(std::as_bytes(std::span(text)));
  std::string digits(16, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4)
    *digit = "0123456789abcdef"[value & 15];
  return digits;
}

}  // namespace iodyno::host
