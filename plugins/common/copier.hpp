/// Copies of whole files: the kernel is asked to, and what it refuses goes through a buffer.
#pragma once
#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "clone.hpp"
#include "transfer.hpp"

class Copier {
 public:
  /// `in_kernel`: by copy_file_range(2), else through a buffer from the start. Notes which.
  Copier(const iodyno::Config& c, bool in_kernel) : config_(c), in_kernel_(in_kernel) {
    if (in_kernel_) sharing_.emplace(c.dir(), c.dir2());
    c.note("copy", !in_kernel_                ? "read_write"
                   : sharing_->copies_share() ? "copy_file_range, which shares extents here"
                                              : "copy_file_range");
  }

  /// Copies the open file to the new file path2 of `r`.
  iodyno::Done copy(int from, const iodyno_request& r, std::span<std::byte> room) {
    iodyno::Fd to = iodyno::open_at(config_.dir2(), r.path2,
                                    O_WRONLY | direct_flag(config_) | O_CREAT | O_EXCL, 0644);
    const iodyno::Done done =
        in_kernel_ ? by_kernel(from, to, r, room) : by_buffer(from, to, r, 0, room);
    if (r.flags & IODYNO_DURABLE) sync_data(to);
    to.close();
    return done;
  }

  /// Tells once, after a batch, that the kernel has refused.
  void note_refusal() {
    const int error = error_;
    if (error == 0 || noted_) return;
    config_.note(
        "copy", ("read_write: copy_file_range: " + std::generic_category().message(error)).c_str());
    noted_ = true;
  }

 private:
  /// One refusal is taken for all: the later copies of the session don't try again.
  iodyno::Done by_kernel(int from, int to, const iodyno_request& r, std::span<std::byte> room) {
    std::uint64_t at = 0;
    if (error_.load(std::memory_order_relaxed) == 0) {
      const Progress done = copy_in_kernel(from, to, {0, r.length});
      if (done.refused == 0) return {all_of(r, done.at), how_of(from, to, done.at)};
      error_.store(done.refused, std::memory_order_relaxed);
      at = done.at;
    }
    iodyno::Done done = by_buffer(from, to, r, at, room);
    done.how |= IODYNO_FALLBACK;
    return done;
  }

  /// From `begin` on.
  iodyno::Done by_buffer(int from, int to, const iodyno_request& r, std::uint64_t begin,
                         std::span<std::byte> room) const {
    const Progress done = copy_by_hand(from, to, {begin, r.length}, room, granule_of(config_));
    return {all_of(r, done.at), done.how};
  }

  /// Of `length` bytes that the kernel has copied. Only where it clones is the size asked for.
  std::uint32_t how_of(int from, int to, std::uint64_t length) const {
    if (!sharing_->copies_share()) return 0;
    struct stat s;
    iodyno::check(::fstat(from, &s), "fstat");
    return sharing_->of_copy(from, to, length, std::uint64_t(s.st_size));
  }

  const iodyno::Config config_;
  const bool in_kernel_;
  std::optional<Sharing> sharing_;  // of extents, where the kernel copies
  std::atomic<int> error_ = 0;      // why copy_file_range was given up
  bool noted_ = false;
};
