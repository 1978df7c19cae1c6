/// The cache of an open set: pages of its files in memory of our own. Any thread may use it.
///
/// A page that is there is used by readers, who hold it for as long as they look at it, or by one
/// who changes it: loads, overwrites or drops it. Who loads waits for nobody meanwhile, and who
/// overwrites several pages takes them in their order: so nobody waits in a circle. For that to
/// hold, nobody may go on waiting for a page whose frame holds another by now: see Frame::users.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "../common/scratch.hpp"
#include "shard.hpp"

class Cache {
 public:
  struct How {
    Policy policy;
    std::uint64_t capacity;  ///< bytes
    std::uint64_t page;      ///< bytes: a power of 2
    bool huge;               ///< ask for pages of 2 MiB
    std::uint32_t threads;
  };

  /// Empty, for so many pages.
  Cache(const How& how, std::uint64_t pages);
  Cache(const Cache&) = delete;

  /// A page that somebody holds.
  struct Held {
    Frame* frame = nullptr;  ///< nullptr: none
    std::byte* bytes = nullptr;

    explicit operator bool() const { return frame != nullptr; }
  };

  /// Holds a page to look at it; none if it is not there.
  Held look(std::uint64_t page);
  void release(const Held& held) const {
    if (!shared_)
      return held.frame->users.store(held.frame->generation(), std::memory_order_relaxed);
    const std::uint32_t before = held.frame->users.fetch_sub(1, std::memory_order_release);
    if (before & Frame::kWanted) [[unlikely]]
      held.frame->users.notify_all();
  }

  /// Holds a page to change it; none if it is not there.
  Held change(std::uint64_t page);

  /// Holds a page that is not there yet, to load it. None: somebody else has begun to, or it is
  /// there, or there is no frame for it.
  Held load(std::uint64_t page);
  /// Whether load() failed for want of a frame, and it is to be read without the cache.
  bool is_full_for(std::uint64_t page);

  /// What was changed or loaded can be looked at by all, and is still held by one who looks.
  static void publish(const Held& held, std::uint32_t valid);
  /// The same, and not held any more.
  static void publish_and_release(const Held& held, std::uint32_t valid);
  /// It is no longer there.
  void drop(const Held& held);

  std::uint64_t evictions() const;
  std::uint64_t bytes() const { return frames_of_all_ * page_; }
  std::size_t shards() const { return shards_.size(); }
  /// Why there are no pages of 2 MiB, or 0.
  int huge_error() const { return huge_error_; }

 private:
  /// What several threads use is locked; for one alone it costs nothing.
  class Lock {
   public:
    Lock(std::mutex& mutex, bool shared) : mutex_(shared ? &mutex : nullptr) {
      if (mutex_ != nullptr) mutex_->lock();
    }
    Lock(const Lock&) = delete;
    ~Lock() { unlock(); }
    void unlock() {
      if (mutex_ != nullptr) mutex_->unlock();
      mutex_ = nullptr;
    }

   private:
    std::mutex* mutex_;
  };
  struct alignas(64) Part {
    Shard shard;
    std::uint32_t first = 0;  ///< of its frames
    std::mutex mutex;
  };

  void lay_out(const How& how, std::uint64_t pages);
  Held glance(std::uint64_t page);
  /// Neighbours are in one part, so that a block locks few.
  Part& part_of(std::uint64_t page) { return shards_[page / kNeighbours & (shards_.size() - 1)]; }
  Held held(const Part& part, std::uint32_t frame) {
    const std::uint32_t index = part.first + frame;
    return {&frames_[index], memory_ + std::uint64_t{index} * page_};
  }

  static constexpr std::uint64_t kNeighbours = 16;

  const std::uint64_t page_;
  const bool shared_;
  const bool glances_;  ///< a hit needs no lock
  std::uint64_t frames_of_all_ = 0;
  std::optional<Scratch> table_, arena_;
  std::byte* memory_ = nullptr;
  std::unique_ptr<Frame[]> frames_;
  std::vector<Part> shards_;  ///< a power of 2
  int huge_error_ = 0;
};
