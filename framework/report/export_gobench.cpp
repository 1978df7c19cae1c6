#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "report/export.hpp"
#include "report/export_figures.hpp"

namespace iodyno::host {
namespace {

struct Measure {
  std::string_view counter, unit;
};

/// In units that benchstat knows how to scale: it looks at the last word of each.
constexpr Measure kMeasures[] = {
    {"bytes_per_second", "B/s"}, {"p50_ns", "p50-ns"}, {"p99_ns", "p99-ns"}};

/// A number behind a hyphen at the end is taken for GOMAXPROCS: "backend=uring-64" would lose its
/// own. So it gets one that says what is true here, too.
bool looks_like_processors(const std::string& name) {
  const auto last = name.find_last_not_of("0123456789");
  return last != std::string::npos && name[last] == '-' && last + 1 < name.size();
}

/// "BenchmarkSmall-files/phase=read/backend=posix/depth=1".
std::string name_of(const ReadCase& one) {
  std::string name = exported_name(one.scenario);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = char(name[0] - 'a' + 'A');
  name = fmt::format("Benchmark{}/phase={}/backend={}", name, exported_name(one.phase),
                     exported_name(one.backend));
  for (const auto& [key, value] : one.point)
    name += fmt::format("/{}={}", exported_name(key), exported_name(value));
  return looks_like_processors(name) ? name + "-1" : name;
}

std::string line_of(const std::string& name, const Repetition& trial) {
  const double iterations =
      std::isfinite(trial.iterations) ? std::clamp(trial.iterations, 1.0, 9e15) : 1;
  std::string line =
      fmt::format("{} {} {} ns/op", name, std::int64_t(iterations), trial.real_time_ns);
  if (std::isfinite(trial.cpu_time_ns)) line += fmt::format(" {} cpu-ns/op", trial.cpu_time_ns);
  for (const auto& [counter, unit] : kMeasures)
    if (const auto found = trial.counters.find(std::string(counter));
        found != trial.counters.end() && std::isfinite(found->second))
      line += fmt::format(" {} {}", found->second, unit);
  return line + "\n";
}

}  // namespace

std::string export_gobench(const ExportedRuns& runs) {
  std::string text =
      "Unit cpu-ns/op better=lower\n"
      "Unit p50-ns better=lower\n"
      "Unit p99-ns better=lower\n";
  for (const ExportedRun& run : runs) {
    // benchstat makes a table for each combination of these: so only what keeps figures apart.
    text += fmt::format("file-system: {}\ncpu: {}\n", run.results.stated("file_system"),
                        run.results.stated("cpu_model"));
    for (const ReadCase& one : run.results.cases)
      for (const Repetition& trial : one.repetitions) text += line_of(name_of(one), trial);
  }
  return text;
}

}  // namespace iodyno::host
