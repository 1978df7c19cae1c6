// A scenario's text: a plan, or mistakes.
#include "fuzz/planning.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  iodyno::fuzz::plan(iodyno::fuzz::as_text(bytes, size), {});
  return 0;
}
