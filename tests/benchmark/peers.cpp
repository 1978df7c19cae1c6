/// iodyno against what one would write by hand for the one job: random 4 KiB of a cached file, by
/// pread and by a ring. Each loop is a benchmark of its own; after them come the comparisons, which
/// are what the limits are for. A machine is never quiet enough to make a limit a test: exit status
/// 1 says that something could not be measured, not that it was slow.
#include <benchmark/benchmark.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include "comparison.hpp"
#include "plugin_loop.hpp"
#include "pread_loop.hpp"
#ifdef HAVE_RING_LOOP
#include "ring_loop.hpp"
#endif

namespace iodyno::host {
namespace {

constexpr const char* kHelp =
    R"(usage: peers [--target DIR] [--size-mib N] [--rounds N] [--benchmark_…]
  --target DIR    where the file is made, and removed again (default: here)
  --size-mib N    how large it is (default 64)
  --rounds N      of the comparisons (default 40); 0: none
)";

struct Settings {
  std::string target = ".";
  std::uint64_t size_mib = 64, rounds = 40;
};

/// What is left of the command line when Google Benchmark has taken its own. None: it is wrong.
std::optional<Settings> parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view key = argv[i];
    if (i + 1 == argc) return {};
    const char* const value = argv[i + 1];
    char* end = nullptr;
    const auto number = std::strtoull(value, &end, 10);
    const bool is_number = *value >= '0' && *value <= '9' && *end == 0 && number <= 1 << 20;
    if (key == "--target")
      settings.target = value;
    else if (key == "--size-mib" && is_number && number > 0)
      settings.size_mib = number;
    else if (key == "--rounds" && is_number)
      settings.rounds = number;
    else
      return {};
  }
  return settings;
}

Contestant plugin(const Ground& ground, const std::string& name, const char* file,
                  std::uint32_t depth, bool timed) {
  return {name + (timed ? " timed" : " untimed"),
          [=, &ground] { return std::make_unique<PluginLoop>(ground, file, depth, timed); }};
}

Comparison by_calls(const Ground& ground) {
  return {"One call after the other",
          {{"pread loop", [&] { return std::make_unique<PreadLoop>(ground); }}},
          {{plugin(ground, "posix", POSIX_PLUGIN, 1, false), 1.05},
           {plugin(ground, "posix", POSIX_PLUGIN, 1, true), 1.10}}};
}

#ifdef HAVE_RING_LOOP
constexpr unsigned kRingDepth = 32;

Comparison by_ring(const Ground& ground) {
  const auto ring = [&](Buffers buffers) {
    return [&, buffers] { return make_ring_loop(ground, kRingDepth, buffers); };
  };
  Comparison all{
      "A ring of depth 32",
      {{"ring loop", ring(Buffers::plain)}, {"ring loop, fixed buffers", ring(Buffers::fixed)}},
      {}};
#ifdef URING_PLUGIN
  all.rows = {{plugin(ground, "uring", URING_PLUGIN, kRingDepth, false), 1.05},
              {plugin(ground, "uring", URING_PLUGIN, kRingDepth, true), {}}};
#endif
  return all;
}
#endif

std::vector<Comparison> comparisons(const Ground& ground) {
  std::vector<Comparison> all{by_calls(ground)};
#ifdef HAVE_RING_LOOP
  if (const auto why = ring_refusal(); why.empty())
    all.push_back(by_ring(ground));
  else
    std::fprintf(stderr, "left out: rings: %s\n", why.c_str());
#endif
  return all;
}

bool failed = false;

/// An iteration is a pass over all blocks.
void measure_alone(benchmark::State& state, const Contestant& contestant) try {
  const auto peer = contestant.make();
  const auto requests = double(state.range(0));
  PassTime sum;
  peer->pass();
  for (auto _ : state) {
    const auto time = peer->pass();
    state.SetIterationTime(time.real_time_ns * requests / 1e9);
    sum.real_time_ns += time.real_time_ns;
    sum.host_ns += time.host_ns;
  }
  const auto each = benchmark::Counter::kAvgIterations;
  state.counters["real_time_ns"] = benchmark::Counter(sum.real_time_ns, each);
  state.counters["host_ns"] = benchmark::Counter(sum.host_ns, each);
} catch (const std::exception& e) {
  failed = true;
  state.SkipWithError(e.what());
}

void register_alone(const Contestant& contestant, const Ground& ground) {
  auto name = contestant.name;
  std::erase(name, ',');
  std::ranges::replace(name, ' ', '_');
  benchmark::RegisterBenchmark(name.c_str(), measure_alone, contestant)
      ->ArgName("requests")
      ->Arg(std::int64_t(ground.offsets().size()))
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

/// Ctrl-C removes the file as well: with the few calls that a handler may make.
struct Remains {
  static inline int directory = -1;
  static inline std::string name, file;

  explicit Remains(const Ground& ground) {
    directory = ground.parent();
    name = ground.name();
    file = name + "/" + ground.files().path(0);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) std::signal(signal, remove);
  }
  static void remove(int signal) {
    unlinkat(directory, file.c_str(), 0);
    unlinkat(directory, name.c_str(), AT_REMOVEDIR);
    _exit(128 + signal);
  }
};

void run(const Settings& settings) {
  const Ground ground(settings.target, settings.size_mib << 20);
  const Remains remains(ground);
  const auto all = comparisons(ground);
  for (const auto& comparison : all) {
    for (const auto& contestant : comparison.references) register_alone(contestant, ground);
    for (const auto& row : comparison.rows) register_alone(row.contestant, ground);
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
  iodyno::host::run(*settings);
  return iodyno::host::failed ? 1 : 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "peers: %s\n", e.what());
  return 1;
}
