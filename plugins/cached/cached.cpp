#include <sys/stat.h>

#include <bit>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "../common/direct.hpp"
#include "../common/transfer.hpp"
#include "engine.hpp"

namespace {

Cache::How how_of(const iodyno::Config& c) {
  const std::uint64_t page = c.size("page");
  if (!std::has_single_bit(page)) iodyno::fail(EINVAL, "page: not a power of 2");
  return {.policy = c.choice("policy") == "lru" ? Policy::lru : Policy::clock,
          .capacity = c.size("capacity"),
          .page = page,
          .huge = c.flag("huge"),
          .threads = c.depth()};
}

std::string in_kib(std::uint64_t bytes) { return std::to_string(bytes >> 10) + " KiB"; }

}  // namespace

Cached::Cached(const iodyno::Config& c)
    : PerRequest(c),
      how_(how_of(c)),
      shift_(std::countr_zero(how_.page)),
      granule_(granule_of(c)),
      scratch_(c.depth(), 2 * how_.page),
      cache_(std::make_unique<Cache>(how_, 0)),
      slots_(c.depth()) {
  if (c.direct()) require_direct(c.dir(), scratch_[0].first(4096));
}

void Cached::run(const iodyno_batch& batch) {
  for (Slot& slot : slots_) slot.hits = slot.misses = slot.bypasses = 0;
  PerRequest::run(batch);
  report();
}

void Cached::report() {
  std::uint64_t hits = 0, misses = 0, bypasses = 0;
  for (const Slot& slot : slots_) {
    hits += slot.hits;
    misses += slot.misses;
    bypasses += slot.bypasses;
  }
  const std::uint64_t evictions = cache_->evictions();
  config.count("cache_hits", double(hits));
  config.count("cache_misses", double(misses));
  config.count("cache_evictions", double(evictions - evictions_));
  config.count("cache_bypasses", double(bypasses));
  evictions_ = evictions;
}

void Cached::open_files(std::span<const char* const> paths, std::uint32_t set) {
  set_.clear();
  cache_ = std::make_unique<Cache>(how_, 0);
  evictions_ = 0;
  files_.open(config.dir(), paths, set, direct_flag(config));
  std::vector<File> files(files_.size());
  std::map<std::pair<dev_t, ino_t>, std::uint32_t> known;
  std::uint64_t pages = 0;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    struct stat s;
    iodyno::check(::fstat(files_.file(i), &s), "fstat");
    const auto [first, is_new] = known.try_emplace({s.st_dev, s.st_ino}, i);
    if (!is_new) {  // the same file, by another name or twice: its pages are the same
      files[i] = files[first->second];
      files[i].fd = files_.file(i);
      continue;
    }
    const std::uint64_t of_file = (std::uint64_t(s.st_size) + how_.page - 1) >> shift_;
    files[i] = {files_.file(i), pages, of_file};
    pages += of_file;
  }
  cache_ = std::make_unique<Cache>(how_, pages);
  set_ = std::move(files);
  config.note("cache", (in_kib(cache_->bytes()) + " for " + in_kib(pages << shift_) +
                        "; parts: " + std::to_string(cache_->shards()))
                           .c_str());
  if (!how_.huge) return;
  const int error = cache_->huge_error();
  config.note("huge", error == 0 ? "asked for" : std::generic_category().message(error).c_str());
}

iodyno::Done Cached::perform(const Request& r, std::uint32_t slot) {
  switch (r.op) {
    case IODYNO_OP_READ_BLOCK: return read_block(r, slot);
    case IODYNO_OP_WRITE_BLOCK: return write_block(r, slot);
    case IODYNO_OP_FSYNC: return sync_data(file(r.file).fd);
    default: iodyno::fail(ENOTSUP, "unknown operation");
  }
}

IODYNO_BACKEND(Cached)
