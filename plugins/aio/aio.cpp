#include <cerrno>
#include <string>
#include <system_error>

#include "../common/direct.hpp"
#include "../common/nameless.hpp"
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
  syncs_by_call_ = !has_fdsync();
  const std::string sync = syncs_by_call_ ? kSyncByCall : "IOCB_CMD_FDSYNC";
  if (by_dsync_ && syncs_by_call_) c.note("fsync", sync.c_str());
  c.note("durable", by_dsync_ ? "RWF_DSYNC" : sync.c_str());
}

/// Linux before 4.18 knows no FDSYNC, and says EINVAL. Where no file can be made to try it with, it
/// is taken to be there.
bool Aio::has_fdsync() {
  iodyno::Fd file;
  try {
    file = nameless_file(config_.dir());
  } catch (const std::system_error&) {
    return true;
  }
  iocb control{};
  control.aio_fildes = file;
  control.aio_lio_opcode = IO_CMD_FDSYNC;
  iocb* queue[] = {&control};
  long result = context_.submit(queue);
  while (result == 1) {
    const auto events = context_.wait(1);
    if (!events.empty()) result = long(events[0].res);  // else a signal came
  }
  context_.take_submit_calls();
  context_.take_event_calls();
  return result != -EINVAL;
}

void Aio::open_files(std::span<const char* const> paths, std::uint32_t set) {
  files_.open(config_.dir(), paths, set, direct_ ? O_DIRECT : 0);
}

std::span<std::byte> Aio::buffer(const Slot& s) const {
  const auto offered = config_.buffer(number(s));
  return offered.size() < kPage ? scratch_[number(s)]
                                : offered.first(offered.size() / kPage * kPage);
}

IODYNO_BACKEND(Aio)
