#include <sys/uio.h>

#include <utility>

#include "../common/direct.hpp"
#include "../common/pace.hpp"
#include "engine.hpp"

Aio::Aio(const iodyno::Config& c)
    : config_(c),
      direct_(c.direct()),
      paced_(c.paced()),
      by_dsync_(c.choice("durable") == "dsync"),
      wait_(std::uint32_t(c.integer("wait"))),
      scratch_(c.depth(), kScratch),
      slots_(c.depth()),
      vacant_(c.depth()),
      context_(c.depth(), c.choice("reap") == "user") {
  wake_exactly(c);
  if (direct_) require_direct(c.dir(), scratch_[0].first(kPage));
  for (Slot& s : slots_) s.control.data = &s;
  queue_.reserve(slots_.size());
  if (!direct_)
    c.note("buffered",
           "io_submit does each transfer itself before it returns: nothing is "
           "asynchronous without O_DIRECT");
  c.note("reap", context_.has_ring()          ? "from the mapped ring"
                 : c.choice("reap") == "user" ? "io_getevents: the mapped ring is not one we know"
                                              : "io_getevents");
  c.note("durable", by_dsync_ ? "RWF_DSYNC" : "IOCB_CMD_FDSYNC");
}

void Aio::open_files(std::span<const char* const> paths, std::uint32_t set) {
  files_.clear();
  const int mode = (set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY) | (direct_ ? O_DIRECT : 0);
  std::vector<iodyno::Fd> files;  // the set is empty if one of them can't be opened
  files.reserve(paths.size());
  for (const char* path : paths) files.push_back(iodyno::open_at(config_.dir(), path, mode));
  files_ = std::move(files);
}

std::span<std::byte> Aio::buffer(const Slot& s) const {
  const auto offered = config_.buffer(number(s));
  return offered.size() < kPage ? scratch_[number(s)]
                                : offered.first(offered.size() / kPage * kPage);
}

IODYNO_BACKEND(Aio)
