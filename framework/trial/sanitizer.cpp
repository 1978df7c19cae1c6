#include "trial/sanitizer.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <iterator>

namespace iodyno::host {

bool is_sanitized() {
  constexpr const char* kRuntimes[] = {"__asan_init", "__hwasan_init", "__msan_init",
                                       "__tsan_init"};
  return std::any_of(std::begin(kRuntimes), std::end(kRuntimes),
                     [](const char* name) { return dlsym(RTLD_DEFAULT, name) != nullptr; });
}

}  // namespace iodyno::host
