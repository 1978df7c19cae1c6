/// What the options of a session say, read once.
#pragma once
#include <cstdint>
#include <iodyno/config.hpp>

#include "../common/ring.hpp"

namespace engine::uring {

enum class FixedBuffers : std::uint8_t { automatic, on, off };

struct Settings {
  static constexpr const char* kTaskRun[] = {"auto", "defer", "coop", "plain", nullptr};
  static constexpr const char* kFixed[] = {"auto", "on", "off", nullptr};

  explicit Settings(const iodyno::Config& c)
      : ring{.task_run = TaskRun(c.option("task_run")),
             .sqpoll = c.flag("sqpoll"),
             .sqpoll_idle_ms = std::uint32_t(c.time("sqpoll_idle") / 1'000'000),
             .entries = std::uint32_t(c.integer("entries")),
             .workers = std::uint32_t(c.integer("workers"))},
        fixed_buffers(FixedBuffers(c.option("fixed_buffers"))),
        chains(c.flag("chains")),
        registered_files(c.flag("registered_files")),
        async(c.flag("async")),
        dontcache(c.flag("dontcache")),
        transfers(std::uint32_t(c.integer("transfers"))),
        wait(std::uint32_t(c.integer("wait"))),
        rings(std::uint32_t(c.integer("rings"))) {}

  Ring::Settings ring;
  FixedBuffers fixed_buffers;
  bool chains, registered_files, async, dontcache;
  std::uint32_t transfers, wait, rings;
};

}  // namespace engine::uring
