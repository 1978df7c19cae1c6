// The rules of Linux 6.18. io_uring/statx.c, fs.c and sync.c set REQ_F_FORCE_ASYNC for all that
// they do, and openclose.c where a file may be made or cut off. Transfers: common/punted.hpp.
#include "punting.hpp"

#include "../common/punted.hpp"

namespace engine::uring {

PuntingRules::PuntingRules(const iodyno::Config& c, bool async) : async_(async) {
  if (c.direct()) return;
  reads_ = why_reads_are_punted(c.dir());
  writes_ = why_writes_are_punted(c.dir());
  writes2_ = why_writes_are_punted(c.dir2());
}

Punting PuntingRules::of(const Program& p, std::uint32_t by_call) const {
  Punting all;
  for (std::uint8_t i = 0; i < p.length; ++i) {
    const Step s = p.steps[i];
    if (all.always == nullptr && !(by_call & bit_of(s))) all.always = step(p, s);
    if (all.with_bytes == nullptr && moves_bytes(s)) all.with_bytes = bytes(s);
  }
  return all;
}

const char* PuntingRules::step(const Program& p, Step step) const {
  switch (step) {
    case Step::open:
      if (p.how_to_open & O_CREAT) return "open with O_CREAT";
      return p.how_to_open & O_TRUNC ? "open with O_TRUNC" : nullptr;
    case Step::open_to: return "open with O_CREAT";
    case Step::find_end:
    case Step::stat: return "statx";
    case Step::sync: return "fsync";
    case Step::unlink:
    case Step::rmdir: return "unlinkat";
    case Step::put_in_place:
    case Step::rename: return "renameat";
    case Step::link: return "linkat";
    case Step::symlink: return "symlinkat";
    case Step::mkdir: return "mkdirat";
    default: return nullptr;
  }
}

const char* PuntingRules::bytes(Step step) const {
  if (async_) return "IOSQE_ASYNC";
  if (step == Step::write) return writes_;
  if (step == Step::read) return reads_;
  return reads_ != nullptr ? reads_ : writes2_;  // a copy
}

}  // namespace engine::uring
