/// iodyno against what one would write by hand for the one job, about 40 lines each: random 4 KiB
/// of a cached file by pread, by a ring and from a mapping; the life of small files on one thread
/// and on two; a copy of a large file. Each is a benchmark of its own; after them come the
/// comparisons, which are what the limits are for. A machine is never quiet enough to make a limit
/// a test: exit status 1 says that something could not be measured, not that it was slow.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <exception>

#include "comparison.hpp"
#include "contests.hpp"
#include "guard.hpp"

namespace iodyno::host {
namespace {

constexpr const char* kHelp =
    R"(usage: peers [--target DIR] [--only WORD] [--size-mib N] [--files N] [--rounds N]
             [--benchmark_…]
  --target DIR    where files are made, and removed again (default: here)
  --only WORD     only those comparisons whose title has this in it
  --size-mib N    how large the one file is (default 64)
  --files N       how many small ones there are (default 10000)
  --rounds N      of the comparisons (default 40); 0: none
)";

struct Settings {
  std::string target = ".", only;
  std::uint64_t size_mib = 64, files = 10'000, rounds = 40;
};

/// A number up to 2^20; none where it is none.
std::optional<std::uint64_t> number(const char* text) {
  char* end = nullptr;
  const auto value = std::strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != 0 || value > 1 << 20) return {};
  return value;
}

/// What is left of the command line when Google Benchmark has taken its own. None: it is wrong.
std::optional<Settings> parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view key = argv[i];
    if (i + 1 == argc) return {};
    const auto value = number(argv[i + 1]);
    if (key == "--target")
      settings.target = argv[i + 1];
    else if (key == "--only")
      settings.only = argv[i + 1];
    else if (key == "--size-mib" && value > 0u)
      settings.size_mib = *value;
    else if (key == "--files" && value > 0u)
      settings.files = *value;
    else if (key == "--rounds" && value)
      settings.rounds = *value;
    else
      return {};
  }
  return settings;
}

bool failed = false;

/// An iteration is a pass over all requests.
void measure_alone(benchmark::State& state, const Contestant& contestant,
                   const std::vector<std::string>& steps) try {
  const auto performer = contestant.make();
  const auto requests = double(state.range(0));
  std::vector<PassTime> sums(std::max<std::size_t>(steps.size(), 1));
  performer->perform();
  for (auto _ : state) {
    const auto times = performer->perform();
    double all_ns = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      all_ns += times.at(i).real_time_ns;
      sums[i].real_time_ns += times.at(i).real_time_ns;
      sums[i].host_ns += times.at(i).host_ns;
    }
    state.SetIterationTime(all_ns * requests / 1e9);
  }
  const auto each = benchmark::Counter::kAvgIterations;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto prefix = steps.empty() ? "" : steps[i] + ".";
    state.counters[prefix + "real_time_ns"] = benchmark::Counter(sums[i].real_time_ns, each);
    state.counters[prefix + "host_ns"] = benchmark::Counter(sums[i].host_ns, each);
  }
} catch (const std::exception& e) {
  failed = true;
  state.SkipWithError(e.what());
}

void register_alone(const Contestant& contestant, const Comparison& comparison) {
  auto name = contestant.name;
  std::erase(name, ',');
  std::ranges::replace(name, ' ', '_');
  benchmark::RegisterBenchmark(name.c_str(), measure_alone, contestant, comparison.steps)
      ->ArgName("requests")
      ->Arg(std::int64_t(comparison.requests))
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void run(const Settings& settings, const Place& place) {
  const Ground ground(place, settings.size_mib << 20);
  const Files files(dataset_of(settings.files, 100));
  auto all = contests({place, ground, files});
  std::erase_if(all, [&](const Comparison& comparison) {
    return comparison.title.find(settings.only) == std::string::npos;
  });
  for (const auto& comparison : all) {
    for (const auto& contestant : comparison.references) register_alone(contestant, comparison);
    for (const auto& row : comparison.rows) register_alone(row.contestant, comparison);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::ClearRegisteredBenchmarks();
  for (const auto& comparison : all)
    if (settings.rounds > 0) compare(comparison, settings.rounds);
}

}  // namespace
}  // namespace iodyno::host

int main(int argc, char** argv) try {
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--help") == 0) std::fputs(iodyno::host::kHelp, stdout);
  benchmark::Initialize(&argc, argv);
  const auto settings = iodyno::host::parse(argc, argv);
  if (!settings) {
    std::fputs(iodyno::host::kHelp, stderr);
    return 2;
  }
  const iodyno::host::Place place(settings->target);
  return iodyno::host::guarded([&] {
    iodyno::host::run(*settings, place);
    return iodyno::host::failed ? 1 : 0;
  });
} catch (const std::exception& e) {
  std::fprintf(stderr, "peers: %s\n", e.what());
  return 1;
}
