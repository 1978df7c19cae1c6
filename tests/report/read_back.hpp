#pragma once
#include <string>

#include "report/gbench.hpp"
#include "report/reader.hpp"
#include "support/scratch.hpp"

namespace iodyno::host::example {

/// A text as the reader finds it in a file.
inline ReadResults read_text_back(const std::string& text, Keep keep = Keep::times) {
  const test::TempDir directory;
  test::write_text(directory / "results.json", text);
  return read_results(directory.path(), keep);
}

inline ReadResults read_back(const Results& results, Keep keep = Keep::times) {
  return read_text_back(gbench_results(results), keep);
}

}  // namespace iodyno::host::example
