/// The engine of plain system calls: what the other backends are measured against.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>

#include "../common/copier.hpp"
#include "../common/scratch.hpp"
#include "advice.hpp"
#include "descriptors.hpp"
#include "directories.hpp"
#include "pinning.hpp"

namespace engine::posix {

/// Blocking calls, one thread for each slot of the queue. Nothing is allocated while requests run.
/// A small file takes three calls: open, one transfer of just its size, close.
class Posix : public iodyno::PerRequest<Posix> {
 public:
  static constexpr auto name = "posix", version = "1.0",
                        summary = "plain system calls, one thread for each request in flight";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr const char* kAdvice[] = {"none", "sequential", "random", "willneed", nullptr};
  static constexpr const char* kSplit[] = {"auto", "requests", "directories", nullptr};
  static constexpr const char* kPin[] = {"none", "cores", nullptr};
  static constexpr const char* kCopy[] = {"copy_file_range", "read_write", nullptr};
  static constexpr std::array options{
      iodyno::choice("fadvise", "none", kAdvice,
                     "What posix_fadvise says of a file to read: `willneed` only where it is read "
                     "whole, `random` only where it is read by blocks; nothing with O_DIRECT."),
      iodyno::choice("copy", "copy_file_range", kCopy,
                     "How to copy; copy_file_range falls back to read_write where the file system "
                     "refuses, and with O_DIRECT is read_write from the start."),
      iodyno::choice("split", "auto", kSplit,
                     "How threads share a batch out: by `requests`, one after the other, or by "
                     "`directories`, each of which is one thread's; auto: by directories where "
                     "there are enough of them, and no rate."),
      iodyno::flag("dirfds", true,
                   "Open the directory in which one thread has several files to do, and look them "
                   "up from there."),
      iodyno::flag("fd_tables", true,
                   "A descriptor table for each thread, and in it the files of the open set, as "
                   "long as the set is not large."),
      iodyno::choice("pin", "none", kPin, "Keep each thread on a core of its own."),
      iodyno::size("readahead", 0, 0, 1 << 30,
                   "How far ahead readahead(2) is asked for while a file larger than a buffer is "
                   "read as a whole; 0: that is left to the kernel."),
  };

  explicit Posix(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 protected:
  /// After a batch: tells the host what was new in it.
  void note_events(bool by_directories);

  Directories directories_;

 private:
  using Request = iodyno_request;

  // transfer.cpp: what moves bytes.
  iodyno::Done write_file(const Request& r, std::uint32_t slot, int how_to_open);
  iodyno::Done replace(const Request& r, std::uint32_t slot);
  iodyno::Done copy(const Request& r, std::uint32_t slot);
  std::uint64_t read_file(const Request& r, std::uint32_t slot);
  std::uint64_t read_from(int fd, const Request& r, std::uint64_t offset, std::uint32_t slot);
  void read_ahead(int fd, std::uint64_t done, std::uint64_t piece) const;
  iodyno::Done marked(iodyno::Done done);

  // posix.cpp: all else.
  std::uint64_t read_block(const Request& r, std::uint32_t slot);

  /// A multiple of a page, at least one: the host's buffer, or else one of our own.
  std::span<std::byte> buffer(std::uint32_t slot) const;

  static constexpr std::size_t kScratch = 1 << 20;
  static constexpr std::size_t kPage = 4096;

  const int direct_;           // O_DIRECT or 0
  const std::size_t granule_;  // of what each transfer is a multiple, but the last of a file
  Scratch scratch_;
  int file_advice_ = kNoAdvice, block_advice_ = kNoAdvice;
  Copier copier_;
  const std::uint64_t readahead_;
  Descriptors descriptors_;
  Pinning pinning_;

  // What happened on the way: written by any slot, noted after the batch.
  std::atomic<bool> had_tail_ = false;
  bool noted_tail_ = false, noted_split_ = false;
};

}  // namespace engine::posix
