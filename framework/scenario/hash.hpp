#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace iodyno::host {

/// XXH3, 64 bits (https://xxhash.com): fast, well mixed, not for secrets.
std::uint64_t hash(std::span<const std::byte>, std::uint64_t seed = 0);
/// The same of a text, as 16 hexadecimal digits.
std::string hash_text(std::string_view);

}  // namespace iodyno::host
