#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "../common/direct.hpp"
#include "../common/names.hpp"
#include "engine.hpp"

using iodyno::Done;
using iodyno::Fd;

namespace {

/// Of the descriptors that the process may have, a share: the host and others need some, too.
std::uint32_t descriptors() {
  constexpr rlim_t kShare = 4, kMost = 1 << 20;
  rlimit limit{};
  iodyno::check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  return std::uint32_t(std::clamp<rlim_t>(limit.rlim_cur / kShare, 1, kMost));
}

std::uint32_t cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return 1;
  return std::uint32_t(std::max(CPU_COUNT(&set), 1));
}

Bounds bounds_of(const iodyno::Config& c) {
  const auto most = std::uint32_t(c.integer("most_threads"));
  const std::uint64_t page = 4096, largest = std::max(c.size("most_buffer"), c.size("buffer"));
  return {
      .depth = c.depth(),
      .descriptors = descriptors(),
      .most_threads = most == 0 ? c.depth() : std::min(most, c.depth()),
      // What bypasses the page cache is not read ahead, and a pace leaves no time to wait for more.
      .most_group = c.direct() || c.paced() ? 1 : std::uint32_t(c.integer("most_group")),
      .least_buffer = std::uint64_t{Adaptive::kLeastBuffer},
      .most_buffer = largest / page * page,
      .memory = c.size("memory"),
  };
}

/// With a rate each request that is due needs a thread that is free.
Settings start_of(const iodyno::Config& c) {
  const auto threads = std::uint32_t(c.integer("threads"));
  const bool all = c.paced() || c.raw().expect == IODYNO_COLD || c.direct();
  return {.threads = threads != 0 ? threads : (all ? c.depth() : cores()),
          .group = std::uint32_t(c.integer("group")),
          .buffer = c.size("buffer")};
}

}  // namespace

Adaptive::Adaptive(const iodyno::Config& c)
    : PerRequest(c),
      may_tune_(c.flag("tune") && !c.paced()),
      bounds_(bounds_of(c)),
      tuners_(bounds_, start_of(c)),
      scratch_(c.depth(), bounds_.most_buffer),
      copier_(c, !c.direct()),
      begun_(c.depth()),
      populated_(c.depth()) {
  if (c.direct()) {
    require_direct(c.dir(), scratch_[0].first(4096));
    if (c.dir2() != c.dir()) require_direct(c.dir2(), scratch_[0].first(4096));
  }
  refuse_links_on_fat(c);
  c.note("tune", may_tune_ ? "on" : c.paced() ? "off: there is a rate" : "off");
  if (may_tune_ && c.kept() != nullptr) {
    const bool taken = tuners_.take(c.kept());
    c.note("kept", taken ? "taken up" : "ignored: not of this backend, or of other bounds");
  }
  for (const Tuner& tuner : tuners_.all()) populate(tuner.best());
  // More of a rehearsal would teach it nothing. What it does not use itself, others may.
  if (!may_tune_ && c.kept() != nullptr)
    c.keep(c.kept());
  else if (!may_tune_ || rehearsals_mislead())
    keep();
}

void Adaptive::open_files(std::span<const char* const> paths, std::uint32_t set) {
  files_.open(config.dir(), paths, set, direct_flag(config));
}

Done Adaptive::perform(const Request& r, std::uint32_t slot) {
  const Fd file = open_source(r);
  return go_on(r, file, slot, std::uint32_t(&r - requests_));
}

/// The file that a request reads by its path; none for all others.
Fd Adaptive::open_source(const Request& r) const {
  if (r.op != IODYNO_OP_READ && r.op != IODYNO_OP_COPY) return {};
  return iodyno::open_at(config.dir(), r.path, O_RDONLY | direct_flag(config));
}

/// All that follows on open_source().
Done Adaptive::go_on(const Request& r, int file, std::uint32_t slot, std::uint32_t index) {
  const bool block = r.op == IODYNO_OP_READ_BLOCK;
  if (r.op != IODYNO_OP_READ && !block) {
    const Done done = r.op == IODYNO_OP_COPY ? copier_.copy(file, r, room(slot)) : rest_of(r, slot);
    if (config.direct() && (done.how & IODYNO_FALLBACK))
      had_tail_.store(true, std::memory_order_relaxed);
    return done;
  }
  return read_range(
      block ? files_.file(r.file) : file, r, block ? r.offset : 0, room(slot), granule_of(config),
      [&](std::uint64_t done, std::span<const std::byte> piece) {
        config.deliver(index, done, piece);
      },
      [](std::uint64_t) {});
}

/// What reads no file.
Done Adaptive::rest_of(const Request& r, std::uint32_t slot) {
  const Place place{config.dir(), r.path};
  switch (r.op) {
    case IODYNO_OP_CREATE: return write_file(config, place, r, O_CREAT | O_EXCL);
    case IODYNO_OP_OVERWRITE: return write_file(config, place, r, 0);
    case IODYNO_OP_APPEND: return write_file(config, place, r, O_APPEND);
    case IODYNO_OP_REWRITE: return write_file(config, place, r, O_TRUNC);
    case IODYNO_OP_REPLACE: return replace_file(config, place, {config.dir(), r.path2}, r);
    case IODYNO_OP_WRITE_BLOCK: return write_block_to(config, files_.file(r.file), r);
    case IODYNO_OP_FSYNC: return sync_data(files_.file(r.file));
    default: return perform_on_names(config, r, scratch_[slot].first(kLeastBuffer));
  }
}

IODYNO_BACKEND(Adaptive)
