/// The engine of plain system calls: what the other backends are measured against.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <vector>

#include "../common/scratch.hpp"

/// Blocking calls, one thread for each slot of the queue. Nothing is allocated while requests run.
/// A small file takes three calls: open, one transfer of just its size, close.
class Posix : public iodyno::PerRequest<Posix> {
 public:
  static constexpr auto name = "posix", version = "1.0",
                        summary = "plain system calls, one thread for each request in flight";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr const char* kAdvice[] = {"none", "sequential", "random", "willneed", nullptr};
  static constexpr const char* kCopy[] = {"copy_file_range", "read_write", nullptr};
  static constexpr std::array options{
      iodyno::choice("fadvise", "none", kAdvice,
                     "What posix_fadvise says of a file to read: `willneed` only where it is read "
                     "whole, `random` only where it is read by blocks; nothing with O_DIRECT."),
      iodyno::choice("copy", "copy_file_range", kCopy,
                     "How to copy; copy_file_range falls back to read_write where the file system "
                     "refuses, and with O_DIRECT is read_write from the start."),
  };

  explicit Posix(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 private:
  using Request = iodyno_request;

  // transfer.cpp: what moves bytes.
  iodyno::Done write_file(const Request& r, int how_to_open);
  iodyno::Done replace(const Request& r);
  iodyno::Done write_block(const Request& r);
  iodyno::Done read_file(const Request& r, std::uint32_t slot);
  iodyno::Done copy(const Request& r, std::uint32_t slot);
  iodyno::Done copy_in_kernel(int from, int to, const Request& r, std::uint32_t slot);
  iodyno::Done copy_by_hand(int from, int to, const Request& r, std::uint64_t done,
                            std::uint32_t slot);
  iodyno::Done fill(iodyno::Fd fd, const Request& r, std::uint64_t at);
  std::uint64_t read_range(int fd, const Request& r, std::uint64_t offset, std::uint32_t slot);
  std::span<std::byte> next_piece(int fd, const Request& r, std::uint64_t offset,
                                  std::uint64_t done, std::uint32_t slot);
  std::uint32_t write_piece(int fd, std::span<const std::byte> piece, std::uint64_t offset);

  // posix.cpp: all else.
  std::uint64_t read_block(const Request& r, std::uint32_t slot);
  std::uint64_t sync(int fd) const;
  void advise(int fd, int advice) const;
  int file(const Request& r) const;

  /// A multiple of a page, at least one: the host's buffer, or else one of our own.
  std::span<std::byte> buffer(std::uint32_t slot) const;

  static constexpr std::size_t kScratch = 1 << 20;
  static constexpr std::size_t kPage = 4096;
  static constexpr int kNoAdvice = -1;

  const int direct_;           // O_DIRECT or 0
  const std::size_t granule_;  // of what each transfer is a multiple, but the last of a file
  Scratch scratch_;
  int file_advice_ = kNoAdvice, block_advice_ = kNoAdvice;
  bool copies_in_kernel_;
  std::vector<iodyno::Fd> files_;

  // What happened on the way: written by any slot, noted after the batch.
  std::atomic<int> copy_error_ = 0;  // why copy_file_range was given up
  std::atomic<bool> had_tail_ = false;
  bool noted_copy_ = false, noted_tail_ = false;
};
