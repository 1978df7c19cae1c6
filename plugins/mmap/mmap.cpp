#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "../common/direct.hpp"
#include "../common/names.hpp"
#include "advice.hpp"
#include "engine.hpp"

namespace engine::mmap {

namespace {

/// An open set that is to be cold is not populated: what is mapped can't be evicted. Nor is one
/// that is to be stored to: a page that is mapped already takes a fault of its own at its first
/// store, and a large folio that is not, one for all of its pages.
OpenSet::How how_to_map_the_set(const iodyno::Config& c) {
  const int advice = advice_of(c.choice("advice"));
  const auto populate = c.choice("populate");
  const bool warm = c.raw().expect == IODYNO_WARM;
  return {.advice = advice == MADV_WILLNEED ? MADV_NORMAL : advice,
          .populate = populate != "none" && warm,
          .populate_writable = populate == "all" && warm,
          .huge = c.flag("huge")};
}

/// In whole pages, and no larger than a transfer can be.
std::uint64_t window_of(const iodyno::Config& c) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 46;
  const std::uint64_t wanted = c.size("window"), page = page_of(UINT64_MAX) ^ UINT64_MAX;
  return wanted == 0 ? kMost : (wanted + page) & ~page;
}

std::string in_kib(std::uint64_t bytes) { return std::to_string(bytes >> 10) + " KiB"; }

rusage usage() {
  rusage now{};
  ::getrusage(RUSAGE_SELF, &now);
  return now;
}

}  // namespace

Mmap::Mmap(const iodyno::Config& c)
    : PerRequest(c),
      scratch_(c.depth(), kScratch),
      copies_(c.choice("access") == "copy"),
      prefetches_(c.flag("prefetch")),
      populate_(Populate(c.option("populate"))),
      window_(window_of(c)),
      set_(how_to_map_the_set(c)) {
  if (const int advice = advice_of(c.choice("advice")); advice != MADV_RANDOM)
    file_advice_ = advice;
  refuse_links_on_fat(c);
  c.note("names", "by system calls: there is nothing to map");
  guards_ = std::vector<std::optional<OpenSet::Guard>>(pool.slots());
  pool.run([this](std::uint32_t slot) {
    if (slot != 0) guards_[slot].emplace(set_);
  });
}

/// Each by its thread.
Mmap::~Mmap() {
  pool.run([this](std::uint32_t slot) { guards_[slot].reset(); });
}

void Mmap::run(const iodyno_batch& batch) {
  const rusage before = usage();
  end_ = batch.requests + batch.count;
  {
    const BusErrors caught;
    const OpenSet::Guard guard(set_);  // of this thread, which is the host's after the batch
    PerRequest::run(batch);
  }
  count_faults(before);
  if (wrote_instead_ && !noted_instead_) {
    config.note("stores", "what a mapping could not take was written by pwrite");
    noted_instead_ = true;
  }
}

/// Of the process, which is one trial's.
void Mmap::count_faults(const rusage& before) const {
  const rusage after = usage();
  config.count("minor_faults", double(after.ru_minflt - before.ru_minflt));
  config.count("major_faults", double(after.ru_majflt - before.ru_majflt));
}

void Mmap::open_files(std::span<const char* const> paths, std::uint32_t set) {
  set_.open(config.dir(), paths, set & IODYNO_WRITABLE);
  const auto& bytes = set_.bytes();
  config.note("mapped", in_kib(bytes.mapped).c_str());
  config.note("populated", in_kib(bytes.populated).c_str());
  if (!config.flag("huge")) return;
  auto huge = in_kib(bytes.huge) + " of what was in the cache";
  if (const int error = set_.huge_error())
    huge += ": madvise: " + std::generic_category().message(error);
  config.note("huge", huge.c_str());
}

/// The beginning of the next block comes from memory while this one is used; the rest of it is what
/// the processor's own prefetchers see coming. Of 2 to 64 lines 4 were as good as any. A page that
/// is not mapped is left alone: a prefetch makes no fault. (Where it is not inlined gcc takes it
/// for a function without effect, and leaves it out.)
[[gnu::always_inline]] inline void Mmap::prefetch_behind(const Request& r) const {
  constexpr std::size_t kLines = 4, kLine = 64;
  const Request* const next = &r + 1;
  if (next == end_ || next->op != IODYNO_OP_READ_BLOCK) return;
  const OpenSet::File* const file = set_.find(next->file);
  if (file == nullptr || !file->has(next->offset, next->length)) return;
  for (std::size_t line = 0; line < kLines; ++line)
    __builtin_prefetch(file->data + next->offset + line * kLine);
}

/// Most of what a mapping is good for, so there is little else here: what a processor has to do in
/// between keeps it from loading the next block before this one has come.
iodyno::Done Mmap::perform(const Request& r, std::uint32_t slot) {
  if (r.op != IODYNO_OP_READ_BLOCK) return perform_other(r, slot);
  OpenSet::File& file = set_.file(r.file);
  if (!file.has(r.offset, r.length) || r.length == 0) [[unlikely]]
    return read_block_behind(file, r, slot);
  if (prefetches_) prefetch_behind(r);
  const OpenSet::Block block(set_, file, r.offset, r.length);
  hand_over(r, 0, block.bytes(), slot);
  if (block.spoiled()) [[unlikely]]
    fail_as_read(file.fd, r.offset + r.length);
  return r.length;
}

iodyno::Done Mmap::perform_other(const Request& r, std::uint32_t slot) {
  switch (r.op) {
    case IODYNO_OP_WRITE_BLOCK: return write_block(r);
    case IODYNO_OP_FSYNC: return sync(set_.file(r.file).fd);
    case IODYNO_OP_CREATE: return write_file(r, O_CREAT | O_EXCL);
    case IODYNO_OP_READ: return read_file(r, slot);
    case IODYNO_OP_OVERWRITE: return write_file(r, 0);
    case IODYNO_OP_REWRITE: return write_file(r, O_TRUNC);
    case IODYNO_OP_APPEND: return append(r);
    case IODYNO_OP_REPLACE: return replace(r);
    case IODYNO_OP_COPY: return copy(r);
    default: return perform_on_names(config, r, scratch_[slot]);
  }
}

/// A multiple of a page, at least one: the host's buffer, or else one of our own.
std::span<std::byte> Mmap::buffer(std::uint32_t slot) const {
  const auto offered = config.buffer(slot);
  return offered.size() < kPage ? scratch_[slot] : offered.first(offered.size() / kPage * kPage);
}

}  // namespace engine::mmap
