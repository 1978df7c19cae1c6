/// What the host costs for each request, around and inside the clock: whole trials on the `null`
/// backend, which takes no time itself. `real_time_ns` is what a result would say, `host_ns` what
/// the host does between the batches; their sum is what a second of a trial is made of.
#include <benchmark/benchmark.h>

#include <iodyno/posix.hpp>

#include "scenario/workload.hpp"
#include "trial/measure.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kRequests = 200'000;

void trial(benchmark::State& state, iodyno_op op, bool timed) {
  const Plugin plugin(NULL_PLUGIN);
  const Fd directory = open_at(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
  Dataset dataset;
  dataset.files = kRequests;
  dataset.size = {100, 100, false};
  Phase phase;
  phase.ops = {{op, 1}};
  phase.timed = timed;
  phase.block = 100;
  phase.depth = std::uint64_t(state.range(0));
  const Files files(dataset);
  Session session(plugin, {.options = {std::int64_t{0}},
                           .depth = std::uint32_t(phase.depth),
                           .max_batch = std::uint32_t(batch_size(phase, files)),
                           .directory = directory,
                           .second_directory = directory});
  Sample sample;
  for (auto _ : state) {
    Workload workload(phase, files, 1, 1);
    measure(session, workload, phase, {.synthetic = true}, sample);
  }
  if (!sample.usable()) state.SkipWithError("the trial is not usable");
  const auto per_request = [&](std::uint64_t ns) {
    return double(ns) / double(std::max<std::uint64_t>(sample.requests, 1));
  };
  state.counters["real_time_ns"] = per_request(sample.wall_ns);
  state.counters["host_ns"] = per_request(sample.host_ns);
  state.counters["sum_ns"] = per_request(sample.wall_ns + sample.host_ns);
}

void read_untimed(benchmark::State& state) { trial(state, IODYNO_OP_READ, false); }
void read_timed(benchmark::State& state) { trial(state, IODYNO_OP_READ, true); }
void read_block_untimed(benchmark::State& state) { trial(state, IODYNO_OP_READ_BLOCK, false); }
void read_block_timed(benchmark::State& state) { trial(state, IODYNO_OP_READ_BLOCK, true); }

BENCHMARK(read_untimed)->Arg(1)->Arg(32)->ArgName("depth")->Unit(benchmark::kMillisecond);
BENCHMARK(read_timed)->Arg(1)->Arg(32)->ArgName("depth")->Unit(benchmark::kMillisecond);
BENCHMARK(read_block_untimed)->Arg(1)->Arg(32)->ArgName("depth")->Unit(benchmark::kMillisecond);
BENCHMARK(read_block_timed)->Arg(1)->Arg(32)->ArgName("depth")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace iodyno::host

BENCHMARK_MAIN();
