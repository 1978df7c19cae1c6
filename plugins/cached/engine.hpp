/// Random access through a block cache of our own, as a data base has one.
#pragma once
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <memory>
#include <span>
#include <vector>

#include "../common/open_files.hpp"
#include "../common/scratch.hpp"
#include "cache.hpp"

class Cached : public iodyno::PerRequest<Cached> {
 public:
  static constexpr auto name = "cached", version = "1.0",
                        summary = "blocks through a cache in user space, by clock or lru";
  static constexpr auto ops =
      iodyno::ops(IODYNO_OP_READ_BLOCK, IODYNO_OP_WRITE_BLOCK, IODYNO_OP_FSYNC);
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr const char* kPolicies[] = {"clock", "lru", nullptr};
  static constexpr std::array options{
      iodyno::choice("policy", "clock", kPolicies,
                     "Which page is given up for another: `clock`, the first that was not used "
                     "since it was last looked at; `lru`, the one used longest ago."),
      iodyno::size("capacity", 64 << 20, 64 << 10, std::int64_t{1} << 40,
                   "The memory of the cache; of an open set that is smaller, only as much."),
      iodyno::size("page", 4096, 4096, 64 << 10,
                   "What is read, kept and given up as a whole: a power of 2."),
      iodyno::flag("huge", false, "Ask for pages of 2 MiB for the memory of the cache."),
  };

  explicit Cached(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 private:
  using Request = iodyno_request;
  using Held = Cache::Held;

  /// Of the open set: its pages have numbers, one file's after the other's.
  struct File {
    int fd;
    std::uint64_t first, pages;  ///< when it was opened; what lies behind is not cached
  };
  /// Pages that one call reads, or one write changes.
  static constexpr std::uint32_t kRun = 64;
  /// What a thread works with: its own lines of memory.
  struct alignas(64) Slot {
    std::uint64_t hits = 0, misses = 0, bypasses = 0;  ///< pages, in a batch
    std::array<Held, kRun> run;
    std::array<iovec, kRun> pieces;
  };
  /// A request that is being read.
  struct Reading {
    const Request& r;
    const File& file;
    Slot& slot;
    std::span<std::byte> odd;   ///< where pieces of an odd length are put together
    std::span<std::byte> page;  ///< for one that is not cached
    std::uint64_t at;           ///< in the file: what comes next
    std::uint64_t end;
    std::size_t gathered = 0;
    bool gathers;
  };

  // read.cpp
  iodyno::Done read_block(const Request& r, std::uint32_t slot);
  bool read_cached(Reading& reading, std::uint64_t page);
  void read_missing(Reading& reading, std::uint64_t page);
  std::uint32_t begin_to_load(const Reading& reading, std::uint64_t page);
  void load(const Reading& reading, std::uint32_t count);
  void read_around(Reading& reading);
  void hand_over(Reading& reading, const std::byte* page, std::uint64_t valid);
  void forget(std::uint64_t page);

  // write.cpp
  std::uint64_t write_block(const Request& r, std::uint32_t slot);
  std::uint64_t write_run(const Request& r, const File& file, Slot& slot, std::uint64_t done);
  void update(const Request& r, const Held& held, std::uint64_t page_begin, std::uint64_t begin,
              std::uint64_t end);
  void copy_source(const Request& r, std::uint64_t done, std::span<std::byte> to) const;

  const File& file(std::uint32_t index) const {
    if (index >= set_.size()) [[unlikely]]
      iodyno::fail(EBADF, "no such file in the open set");
    return set_[index];
  }
  void report();

  const Cache::How how_;
  const int shift_;            ///< of a page
  const std::size_t granule_;  ///< of what each transfer is a multiple, but the last of a file
  Scratch scratch_;
  OpenFiles files_;
  std::vector<File> set_;
  std::unique_ptr<Cache> cache_;
  std::vector<Slot> slots_;
  std::uint64_t evictions_ = 0;  ///< that were counted
};
