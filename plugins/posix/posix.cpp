#include <string>

#include "../common/direct.hpp"
#include "../common/names.hpp"
#include "engine.hpp"

namespace engine::posix {

Posix::Posix(const iodyno::Config& c)
    : PerRequest(c),
      directories_(c, pool.slots()),
      direct_(direct_flag(c)),
      granule_(granule_of(c)),
      scratch_(c.depth(), kScratch),
      copier_(c, c.choice("copy") == "copy_file_range" && !c.direct()),
      readahead_(c.direct() ? 0 : c.size("readahead")),
      descriptors_(c, pool),
      pinning_(pool, c.choice("pin") == "cores") {
  if (c.direct()) {
    require_direct(c.dir(), scratch_[0].first(kPage));
    if (c.dir2() != c.dir()) require_direct(c.dir2(), scratch_[0].first(kPage));
  } else {
    const int advice = advice_of(c.choice("fadvise"));
    if (advice != POSIX_FADV_RANDOM) file_advice_ = advice;
    // An open set gets no `willneed`: it would be read before the clock, by whoever opens it.
    if (advice != POSIX_FADV_WILLNEED) block_advice_ = advice;
  }
  refuse_links_on_fat(c);
  c.note("fd_tables", descriptors_.description().c_str());
  if (c.choice("pin") == "cores")
    c.note("pin", (std::to_string(c.depth()) + " on " + std::to_string(pinning_.cores())).c_str());
}

void Posix::run(const iodyno_batch& batch) {
  const bool by_directories = directories_.divide(batch);
  if (by_directories)
    PerRequest::run(batch, [this](auto slot) { return directories_.requests_of(slot); });
  else
    PerRequest::run(batch);
  note_events(by_directories);
}

void Posix::note_events(bool by_directories) {
  if (by_directories && !noted_split_) {
    config.note("split", "by directories, where there are enough of them");
    noted_split_ = true;
  }
  copier_.note_refusal();
  if (had_tail_ && !noted_tail_) {
    config.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
    noted_tail_ = true;
  }
}

void Posix::open_files(std::span<const char* const> paths, std::uint32_t set) {
  const int mode = set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY;
  descriptors_.open(paths, mode | direct_, block_advice_);
  pinning_.apply();
  config.note("fd_tables", descriptors_.description().c_str());
}

iodyno::Done Posix::perform(const Request& r, std::uint32_t slot) {
  switch (r.op) {
    case IODYNO_OP_CREATE: return write_file(r, slot, O_CREAT | O_EXCL);
    case IODYNO_OP_READ: return read_file(r, slot);
    case IODYNO_OP_OVERWRITE: return write_file(r, slot, 0);
    case IODYNO_OP_APPEND: return write_file(r, slot, O_APPEND);
    case IODYNO_OP_REWRITE: return write_file(r, slot, O_TRUNC);
    case IODYNO_OP_REPLACE: return replace(r, slot);
    case IODYNO_OP_COPY: return copy(r, slot);
    case IODYNO_OP_READ_BLOCK: return read_block(r, slot);
    case IODYNO_OP_WRITE_BLOCK: return write_block_to(config, descriptors_.file(r.file, slot), r);
    case IODYNO_OP_FSYNC: return sync_data(descriptors_.file(r.file, slot));
    case IODYNO_OP_STAT: {
      const auto at = directories_.place(r.path, slot);
      return size_of(at.dir, at.name);
    }
    case IODYNO_OP_DELETE: {
      const auto at = directories_.place(r.path, slot);
      return iodyno::check(::unlinkat(at.dir, at.name, 0));
    }
    default: return perform_on_names(config, r, scratch_[slot]);
  }
}

/// Most blocks come with one call, and it is made from here: after a system call the processor
/// mispredicts returns, so that each function in between shows (tests/benchmark/peers.cpp).
std::uint64_t Posix::read_block(const Request& r, std::uint32_t slot) {
  const int fd = descriptors_.file(r.file, slot);
  const auto room = buffer(slot);
  if (r.length <= room.size()) {
    const auto piece = room.first(std::size_t(r.length));
    if (iodyno::read_fully(fd, piece, r.offset) == r.length) {
      deliver(r, 0, piece);
      return r.length;
    }
  }
  return read_from(fd, r, r.offset, slot);
}

std::span<std::byte> Posix::buffer(std::uint32_t slot) const {
  const auto offered = config.buffer(slot);
  return offered.size() < kPage ? scratch_[slot] : offered.first(offered.size() / kPage * kPage);
}

}  // namespace engine::posix
