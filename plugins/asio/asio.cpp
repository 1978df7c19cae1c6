#include <algorithm>
#include <string>
#include <system_error>

#include "../common/direct.hpp"
#include "../common/pace.hpp"
#include "../common/punted.hpp"
#include "../common/ring.hpp"
#include "engine.hpp"

Asio::Asio(const iodyno::Config& c)
    : config_(c),
      threads_(std::uint32_t(c.integer("threads"))),
      direct_(c.direct() ? O_DIRECT : 0),
      granule_(c.direct() ? kPage : 1),
      scratch_(c.depth(), kScratch),
      // With one thread there is nothing to lock.
      context_(threads_ == 1 ? ASIO_CONCURRENCY_HINT_UNSAFE : int(threads_)),
      pool_((wake_exactly(c), threads_)) {
  make_slots();
  refuse_links_on_fat(c);
  if (c.direct()) {
    require_direct(c.dir(), scratch_[0].first(kPage));
    if (c.dir2() != c.dir()) require_direct(c.dir2(), scratch_[0].first(kPage));
  } else {
    const auto punted = [](const char* why) { return why ? std::uint32_t{IODYNO_PUNTED} : 0u; };
    how_to_read_ = punted(why_reads_are_punted(c.dir()));
    how_to_write_ = punted(why_writes_are_punted(c.dir()));
    how_to_copy_ = how_to_read_ | punted(why_writes_are_punted(c.dir2()));
  }
  note();
}

void Asio::make_slots() try {
  for (std::uint32_t i = 0; i < config_.depth(); ++i) {
    Slot& s = slots_.emplace_back(context_);
    const auto offered = config_.buffer(i);
    s.buffer = offered.size() < kPage ? scratch_[i] : offered.first(offered.size() / kPage * kPage);
  }
} catch (const std::system_error& e) {
  iodyno::fail(e.code().value(), why_no_ring(e.code().value()));
}

void Asio::note() const {
  config_.note("io_context", (std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads") +
                              ", " + std::to_string(slots_.size()) + " coroutines")
                                 .c_str());
  config_.note("ring", "Asio's own: no registered files or buffers, one completion waited for");
  config_.note("blocking",
               "open, close, fsync and all that is done to names: Asio has nothing else");
}

/// Its descriptors are not Asio's to close.
void Asio::let_go_of_the_set() {
  asio::error_code nobody_asks;
  for (Slot& s : slots_)
    if (s.block.is_open()) s.block.release(nobody_asks);
}

void Asio::open_files(std::span<const char* const> paths, std::uint32_t set) {
  let_go_of_the_set();
  set_.open(config_.dir(), paths, set, direct_);
}

IODYNO_BACKEND(Asio)
