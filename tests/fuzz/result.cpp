// A file of results: what it holds, or one line on why it can't be read. What can be read, all
// formats can write and every backend of it can be compared with.
#include <sys/mman.h>
#include <unistd.h>

#include <iodyno/posix.hpp>

#include "fuzz/target.hpp"
#include "report/compare.hpp"
#include "report/compare_text.hpp"
#include "report/export.hpp"

namespace {

using namespace iodyno::host;
using iodyno::fuzz::must;

/// The reader reads files, as people have them; this one is memory.
std::string file_of(const std::uint8_t* bytes, std::size_t size) {
  static const iodyno::Fd file(memfd_create("results", MFD_CLOEXEC), "memfd_create");
  iodyno::check(ftruncate(file, 0), "ftruncate");
  iodyno::write_fully(file, std::as_bytes(std::span(bytes, size)), 0);
  return "/proc/self/fd/" + std::to_string(int(file));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto file = file_of(bytes, size);
  try {
    const ExportedRuns runs = {{file, read_results(file, Keep::figures)}};
    for (const auto& format : export_formats())
      if (refuse_export(format, runs).empty()) format.write(runs);
    const auto& results = runs.front().results;
    const auto comparisons = compare_backends(results, default_baseline(results), 0.05);
    compare_runs(results, results, 0.05);
    must(comparisons.cases.size() <= results.cases.size(), "no case is compared twice");
  } catch (const UnreadableResults& error) {
    must(iodyno::fuzz::is_a_line(error.what()), "why is a line");
  }
  return 0;
}
