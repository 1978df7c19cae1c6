#include "contests.hpp"

#include <cstdio>

#include "copy_loop.hpp"
#include "mapping_loop.hpp"
#include "plugin_loop.hpp"
#include "pread_loop.hpp"
#include "small_files.hpp"
#ifdef HAVE_RING_LOOP
#include "ring_loop.hpp"
#endif

namespace iodyno::host {
namespace {

// A backend that isn't built has no file.
#ifndef POSIX_PLUGIN
#define POSIX_PLUGIN nullptr
#endif
#ifndef URING_PLUGIN
#define URING_PLUGIN nullptr
#endif
#ifndef MMAP_PLUGIN
#define MMAP_PLUGIN nullptr
#endif
#ifndef COPY_PLUGIN
#define COPY_PLUGIN nullptr
#endif

constexpr double kLimit = 1.05, kLimitTimed = 1.10;

void leave_out(const char* what, const char* why) {
  std::fprintf(stderr, "left out: %s: %s\n", what, why);
}

/// A performer of a class, by its name.
template <class P, class... Arguments>
Contestant contestant(const std::string& name, Arguments... arguments) {
  return {name, [=] { return std::make_unique<P>(arguments...); }};
}

/// One that reads the blocks of the ground.
Contestant reader(const Setting& at, const std::string& name, const Engine& engine) {
  return contestant<PluginLoop>(name, std::cref(at.ground), engine);
}

Comparison by_calls(const Setting& at) {
  return {
      .title = "One call after the other",
      .references = {contestant<PreadLoop>("pread loop", std::cref(at.ground))},
      .rows = {{reader(at, "posix untimed", {.plugin = POSIX_PLUGIN}), kLimit},
               {reader(at, "posix timed", {.plugin = POSIX_PLUGIN, .timed = true}), kLimitTimed}},
      .requests = at.ground.offsets().size(),
      .never_waits = true};
}

#ifdef HAVE_RING_LOOP
Comparison by_ring(const Setting& at) {
  constexpr unsigned kDepth = 32;
  const auto ring = [&ground = at.ground](const char* name, Buffers buffers) {
    return Contestant{name, [&ground, buffers] { return make_ring_loop(ground, kDepth, buffers); }};
  };
  Comparison all{.title = "A ring of depth 32",
                 .references = {ring("ring loop", Buffers::plain),
                                ring("ring loop, fixed buffers", Buffers::fixed)},
                 .rows = {},
                 .requests = at.ground.offsets().size(),
                 .never_waits = true};
  // One, as by hand.
  Engine engine{.plugin = URING_PLUGIN, .options = {{"rings", "1"}}, .depth = kDepth};
  if (!engine.plugin) {
    leave_out("uring", "it was not built");
    return all;
  }
  all.rows.push_back({reader(at, "uring untimed", engine), kLimit});
  engine.timed = true;
  all.rows.push_back({reader(at, "uring timed", engine), {}});
  return all;
}
#endif

Comparison by_mapping(const Setting& at, MappingLoop::Access access) {
  const bool copies = access == MappingLoop::Access::copy;
  const Engine engine{.plugin = MMAP_PLUGIN,
                      .options = {{"access", copies ? "copy" : "direct"}},
                      .consume = copies ? Consume::Kind::none : Consume::Kind::touch};
  Engine ahead = engine;  // as the processor is in a bare loop
  ahead.options["prefetch"] = "true";
  const std::string how = copies ? "copied" : "loaded";
  return {
      .title = copies ? "A mapping, blocks copied" : "A mapping, a load from each line",
      .references = {contestant<MappingLoop>("mapping loop, " + how, std::cref(at.ground), access)},
      .rows = {{reader(at, "mmap untimed, " + how, engine), kLimit},
               {reader(at, "mmap untimed, " + how + ", prefetch", ahead), {}}},
      .requests = at.ground.offsets().size(),
      .never_waits = true};
}

Comparison life_of_files(const Setting& at, std::uint32_t threads) {
  const auto number = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  const Engine engine{.plugin = POSIX_PLUGIN, .depth = threads};
  return {.title = "Small files, " + number,
          .references = {contestant<SmallFiles>("files by hand, " + number, std::cref(at.place),
                                                std::cref(at.files), threads)},
          .rows = {{contestant<PluginFiles>("posix untimed, " + number, std::cref(at.place),
                                            std::cref(at.files), engine),
                    kLimit}},
          .requests = at.files.count(),
          .steps = kLifeOfFiles};
}

Comparison copies(const Setting& at, CopyLoop::Way way, const std::string& method) {
  const Engine engine{.plugin = COPY_PLUGIN, .options = {{"method", method}}};
  return {.title = "A copy, " + method,
          .references = {contestant<CopyLoop>("copy by hand, " + method, std::cref(at.place),
                                              std::cref(at.ground), way)},
          .rows = {{contestant<PluginCopy>("copy untimed, " + method, std::cref(at.place),
                                           std::cref(at.ground), engine),
                    kLimit}}};
}

}  // namespace

std::vector<Comparison> contests(const Setting& at) {
  std::vector<Comparison> all;
  if (POSIX_PLUGIN) all.push_back(by_calls(at));
#ifdef HAVE_RING_LOOP
  if (const auto why = ring_refusal(); why.empty())
    all.push_back(by_ring(at));
  else
    leave_out("rings", why.c_str());
#else
  leave_out("rings", "liburing was not found");
#endif
  if (MMAP_PLUGIN)
    for (const auto access : {MappingLoop::Access::load, MappingLoop::Access::copy})
      all.push_back(by_mapping(at, access));
  else
    leave_out("mmap", "it was not built");
  if (POSIX_PLUGIN)
    for (const std::uint32_t threads : {1u, 2u}) all.push_back(life_of_files(at, threads));
  else
    leave_out("posix", "it was not built");
  if (!COPY_PLUGIN) {
    leave_out("copy", "it was not built");
    return all;
  }
  using enum CopyLoop::Way;
  all.push_back(copies(at, copy_file_range, "copy_file_range"));
  all.push_back(copies(at, read_write, "read_write"));
  all.push_back(copies(at, two_threads, "parallel"));
  return all;
}

}  // namespace iodyno::host
