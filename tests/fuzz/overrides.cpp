// What the command line adds to a scenario: each line is a `--set`, or a `--backend` after an `@`.
#include "fuzz/planning.hpp"

namespace {

constexpr const char* kScenario =
    "scenario: s\n"
    "dataset: {files: 3, size: 64 KiB}\n"
    "phases:\n"
    "  - {name: read, op: read}\n"
    "  - {name: dotted.name, op: read_block, block: 4 KiB}\n"
    "sweep: {depth: [1, 8]}\n"
    "backends: [posix, {uring: {threads: [1, 2]}, as: u}]\n"
    "baseline: u-1\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = iodyno::fuzz::as_text(bytes, size);
  iodyno::host::Overrides overrides;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    if (line.starts_with('@'))
      overrides.backends.emplace_back(line.substr(1));
    else
      overrides.set.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  iodyno::fuzz::plan(kScenario, overrides);
  return 0;
}
