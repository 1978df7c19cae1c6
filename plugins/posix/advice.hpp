/// What the kernel is told of a file that is going to be read.
#pragma once
#include <fcntl.h>

#include <iodyno/config.hpp>
#include <string_view>

namespace engine::posix {

constexpr int kNoAdvice = -1;

/// The POSIX_FADV of a choice of the option `fadvise`.
inline int advice_of(std::string_view name) {
  if (name == "sequential") return POSIX_FADV_SEQUENTIAL;
  if (name == "random") return POSIX_FADV_RANDOM;
  if (name == "willneed") return POSIX_FADV_WILLNEED;
  return kNoAdvice;
}

inline void advise(int fd, int advice) {
  if (advice == kNoAdvice) return;
  if (const int error = ::posix_fadvise(fd, 0, 0, advice)) iodyno::fail(error, "posix_fadvise");
}

}  // namespace engine::posix
