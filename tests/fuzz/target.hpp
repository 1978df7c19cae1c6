/// What each file here is: a function of any bytes at all, for libFuzzer to find those that break
/// it (scripts/soak-fuzz), and for replay.cpp to try those that are in the corpus.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace iodyno::fuzz {

inline std::string_view as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// What must hold for every input, in every build.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// A line for people: nothing that a terminal would obey.
inline bool is_a_line(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) return false;
  return true;
}

}  // namespace iodyno::fuzz
