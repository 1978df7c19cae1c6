/// One operation, done in ten ways, and the truth about what happened.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "../common/scratch.hpp"
#include "method.hpp"

namespace engine::copy {

/// Copies files by one method. What that refuses for a single file is copied by reads and writes,
/// and says so; where it can't work at all, there is no COPY. Nothing is allocated while requests
/// run.
class Copy : public iodyno::PerRequest<Copy> {
 public:
  static constexpr auto name = "copy", version = "1.0",
                        summary = "copies of files by ten methods, one thread for each request";
  static constexpr std::uint64_t ops = iodyno::ops(IODYNO_OP_COPY);
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr const char* kMethods[] = {
      "read_write", "copy_file_range", "sendfile", "splice", "mmap", "mmap_windowed",
      "reflink",    "parallel",        "direct",   "uring",  nullptr};
  static constexpr const char* kPreallocate[] = {"auto", "on", "off", nullptr};
  static constexpr std::array options{
      iodyno::choice("method", "copy_file_range", kMethods,
                     "How to copy; where it can't work at all there is no `copy`."),
      iodyno::size("buffer", 512 << 10, 4096, 64 << 20,
                   "Bytes of each transfer through memory or a pipe, in whole pages; with `splice` "
                   "at most what a pipe may have."),
      iodyno::size("window", 8 << 20, 65536, 1 << 30,
                   "Bytes that `mmap_windowed` maps at once, in whole pages."),
      iodyno::integer("threads", 2, 1, 64, "Threads within one request of `parallel`."),
      iodyno::integer("in_flight", 4, 1, 64,
                      "Transfers in flight within one request of `direct` and `uring`."),
      iodyno::choice("preallocate", "auto", kPreallocate,
                     "Allocate the destination with fallocate before it is written; `auto`: where "
                     "it was found to be faster."),
  };

  explicit Copy(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 private:
  using Request = iodyno_request;

  // copy.cpp: a request.
  iodyno::Fd open_source(const Request& r, Job& job) const;
  iodyno::Done copy(Job& job);
  iodyno::Done copy_unsized(const Job& job);
  std::uint32_t copy_with_holes(const Job& job);
  std::uint32_t copy_part(const Job& job, Extent part, bool holes);
  std::uint32_t fall_back(const Job& job, Extent rest, int refused, bool holes);
  void make_room(int to, Extent part);

  // open.cpp: what works here.
  std::unique_ptr<Method> make_method(std::string_view method);
  std::string why_not(std::string_view method);
  void require_both_direct();
  int try_out();
  void settle_room(std::string_view method);

  static constexpr std::uint64_t kPage = 4096;
  /// Below it, to allocate first costs more than it saves.
  static constexpr std::uint64_t kLeastRoom = 256 << 10;

  /// How the destination gets its room.
  enum class Room : std::uint8_t { as_it_grows, truncate, fallocate };

  const int direct_;           // O_DIRECT or 0
  const std::size_t granule_;  // of what each transfer is a multiple, but the last of a file
  const bool by_hand_;         // reads and writes are what was asked for
  Scratch scratch_;            // for what a method refuses
  std::unique_ptr<Method> method_;
  std::atomic<Room> room_ = Room::as_it_grows;

  // What happened on the way: written by any slot, noted after the batch.
  std::atomic<int> refusal_ = 0, room_refusal_ = 0;
  std::atomic<bool> had_tail_ = false;
  bool noted_refusal_ = false, noted_room_ = false, noted_tail_ = false;
};

}  // namespace engine::copy
