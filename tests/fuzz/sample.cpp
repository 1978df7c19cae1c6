// A line of samples.jsonl: a sample, or why it is none; a sample is the same line again.
#include "report/sample.hpp"

#include <stdexcept>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace iodyno::host;
  std::string line;
  try {
    line = to_json_line(sample_from_json(iodyno::fuzz::as_text(bytes, size)));
  } catch (const std::runtime_error&) {
    return 0;
  }
  iodyno::fuzz::must(line.find('\n') == line.npos, "a sample is a line");
  iodyno::fuzz::must(to_json_line(sample_from_json(line)) == line, "it is read as it was written");
  return 0;
}
