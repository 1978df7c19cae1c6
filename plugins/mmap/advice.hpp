/// What the kernel is told of a mapping.
#pragma once
#include <sys/mman.h>

#include <iodyno/posix.hpp>
#include <string_view>

#include "../common/mapping.hpp"

namespace engine::mmap {

/// MADV_COLLAPSE, which the C library's headers may not have yet: Linux 6.1.
constexpr int kCollapse = 25;

/// The MADV_ of a choice of the option `advice`.
inline int advice_of(std::string_view name) {
  if (name == "random") return MADV_RANDOM;
  if (name == "sequential") return MADV_SEQUENTIAL;
  if (name == "willneed") return MADV_WILLNEED;
  return MADV_NORMAL;
}

inline void advise(const Mapping& mapping, int advice) {
  if (advice == MADV_NORMAL) return;
  if (const int error = mapping.advise(advice)) iodyno::fail(error, "madvise");
}

}  // namespace engine::mmap
