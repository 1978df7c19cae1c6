/// The engine of mappings: files are memory, and no call moves their bytes.
#pragma once
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "../common/mapping.hpp"
#include "../common/scratch.hpp"
#include "open_set.hpp"

namespace engine::mmap {

/// One thread for each slot of the queue. Nothing is allocated while requests run, but by the
/// kernel.
class Mmap : public iodyno::PerRequest<Mmap> {
 public:
  static constexpr auto name = "mmap", version = "1.0",
                        summary = "mapped files, one thread for each request in flight";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_PACED;
  static constexpr const char* kAccess[] = {"direct", "copy", nullptr};
  static constexpr const char* kAdvice[] = {"none", "random", "sequential", "willneed", nullptr};
  /// In the order of kPopulate.
  enum class Populate : std::uint8_t { none, automatic, all };
  static constexpr const char* kPopulate[] = {"none", "auto", "all", nullptr};
  static constexpr std::array options{
      iodyno::choice("access", "direct", kAccess,
                     "Hand the mapping itself to whoever reads, or `copy` each piece to a buffer "
                     "first, as read(2) does."),
      iodyno::choice("advice", "none", kAdvice,
                     "What madvise says of a mapping to read: `willneed` only where a file is read "
                     "whole, `random` only where it is read by blocks."),
      iodyno::choice("populate", "auto", kPopulate,
                     "Map all pages at once instead of one by one as they are touched; auto: of "
                     "an open set that is only read, and of the windows of large new files. An "
                     "open set only before the clock, where the cache is to be warm."),
      iodyno::size("window", 64 << 20, 0, std::int64_t{1} << 40,
                   "The most of a whole file that is mapped at once, in whole pages; 0: all."),
      iodyno::flag("huge", false,
                   "Ask for pages of 2 MiB in the open set: where it is populated also for the "
                   "files that are in the cache already."),
      iodyno::flag("prefetch", false,
                   "While a block is used, have the processor load the first lines of the next one "
                   "of the batch, which is then begun before its turn."),
  };

  explicit Mmap(const iodyno::Config& config);
  ~Mmap();

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 private:
  using Request = iodyno_request;

  // blocks.cpp: the open set.
  void prefetch_behind(const Request& r) const;
  std::uint64_t read_block_behind(const OpenSet::File& file, const Request& r, std::uint32_t slot);
  iodyno::Done write_block(const Request& r);
  void hand_over(const Request& r, std::uint64_t done, std::span<const std::byte> bytes,
                 std::uint32_t slot) const {
    if (copies_) return hand_over_copies(r, done, bytes, slot);
    deliver(r, done, bytes);
  }
  void hand_over_copies(const Request& r, std::uint64_t done, std::span<const std::byte> bytes,
                        std::uint32_t slot) const;
  /// Copies what the request writes to a part of a mapping.
  void store(const Request& r, std::uint64_t done, std::span<std::byte> to) const;
  /// The same by pwrite(2): for what could not be stored, as it tells why, or succeeds.
  void write_instead(int fd, const Request& r, std::uint64_t done, std::uint64_t length,
                     std::uint64_t offset);
  void sync(std::span<std::byte> bytes) const;
  std::uint64_t sync(int fd) const;

  // transfer.cpp: whole files.

  /// What a window of a whole file is mapped for: to load from it, to store to it, or to fill a new
  /// file from memory, which is the only one of them that gains by being populated.
  enum class For : std::uint8_t { loading, storing, filling };
  std::uint64_t read_file(const Request& r, std::uint32_t slot);
  iodyno::Done write_file(const Request& r, int how_to_open);
  iodyno::Done append(const Request& r);
  iodyno::Done replace(const Request& r);
  iodyno::Done copy(const Request& r);
  iodyno::Done fill(iodyno::Fd fd, const Request& r, std::uint64_t at, For use);
  bool copy_range(int from, int to, std::uint64_t begin, std::uint64_t end);
  Mapping map(int fd, std::uint64_t offset, std::uint64_t length, For use) const;

  // mmap.cpp: all else.
  [[gnu::noinline]] iodyno::Done perform_other(const Request& r, std::uint32_t slot);
  void count_faults(const struct rusage& before) const;
  std::span<std::byte> buffer(std::uint32_t slot) const;

  static constexpr std::size_t kScratch = 1 << 20;
  static constexpr std::size_t kPage = 4096;
  /// From here on a new file is populated: below, the call costs more than the faults.
  static constexpr std::uint64_t kLeastPopulated = 512 << 10;

  Scratch scratch_;
  const bool copies_;      // what is read, to a buffer
  const bool prefetches_;  // the next block
  int file_advice_ = MADV_NORMAL;
  const Populate populate_;
  const std::uint64_t window_;  // at least a page
  OpenSet set_;
  std::mutex append_mutex_;

  const Request* end_ = nullptr;                       // of the batch that runs
  std::vector<std::optional<OpenSet::Guard>> guards_;  // of the slots but the first

  // What happened on the way: written by any slot, noted after the batch.
  std::atomic<bool> wrote_instead_ = false;
  bool noted_instead_ = false;
};

/// The size of an open file now.
std::uint64_t size_of(int fd);

}  // namespace engine::mmap
