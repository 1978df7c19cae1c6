/// A part of the cache: which of its frames holds which page, and which is given up for another.
/// Pure: it moves no bytes, and whoever shares it locks it.
#pragma once
#include <atomic>
#include <cstdint>
#include <span>

/// How the page to give up is chosen.
enum class Policy : std::uint8_t {
  clock,  ///< second chance: the first in a circle that was not used since the hand came by
  lru     ///< the one whose last use is longest ago
};

/// Which frame holds which page: a direct-mapped table, one word for each page of the open set. 0:
/// none, else the number of a frame of the page's shard, and 1.
using PageTable = std::span<std::uint32_t>;

constexpr std::uint32_t kNoFrame = UINT32_MAX;

/// What is known of a frame beside its bytes.
struct Frame {
  /// Who uses it: so many readers, or one who changes it, and whether somebody waits to. Frames in
  /// use are not given up. Between them a generation, which goes on with each page that the frame
  /// gets: who waits for a page must not take the users of another one, in the same frame, for its
  /// own, and sleep on.
  static constexpr std::uint32_t kExclusive = 1u << 31, kWanted = 1u << 30, kGeneration = 1u << 17,
                                 kReaders = kGeneration - 1, kGenerations = kWanted - kGeneration;
  std::atomic<std::uint32_t> users = 0;
  std::uint32_t valid = 0;         ///< bytes; less than a page at the end of a file
  std::uint64_t page = 0;          ///< in the table
  std::atomic<bool> used = false;  ///< since the hand came by
  std::uint32_t older = kNoFrame, newer = kNoFrame;  ///< lru: its neighbours in the list

  bool is_in_use() const { return (users.load(std::memory_order_relaxed) & ~kGenerations) != 0; }

  /// Of the page that it holds.
  std::uint32_t generation() const { return users.load(std::memory_order_relaxed) & kGenerations; }
  std::uint32_t next_generation() const { return (generation() + kGeneration) & kGenerations; }

  /// One more reader, unless it is being changed or somebody waits to.
  bool pin() {
    std::uint32_t seen = users.load(std::memory_order_relaxed);
    do {
      if (seen & (kExclusive | kWanted)) return false;
    } while (!users.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed));
    return true;
  }
  /// For another page, which is to be loaded. False: it is in use.
  bool claim() {
    std::uint32_t seen = generation();  // and else nothing
    return users.compare_exchange_strong(seen, kExclusive | next_generation(),
                                         std::memory_order_acquire, std::memory_order_relaxed);
  }
};

class Shard {
 public:
  Shard() = default;
  Shard(Policy policy, PageTable table, std::span<Frame> frames)
      : policy_(policy), table_(table), frames_(frames) {}

  /// The frame that holds a page, or kNoFrame. Without the lock it may be that of another by now.
  std::uint32_t find(std::uint64_t page) const {
    return std::atomic_ref(table_[page]).load(std::memory_order_acquire) - 1;
  }

  /// A page was used. With clock, this is one store, for which no lock is needed.
  void use(std::uint32_t frame) {
    frames_[frame].used.store(true, std::memory_order_relaxed);
    if (policy_ == Policy::lru) make_newest(frame);
  }

  /// A frame for a page that has none: an empty one, or that of a page that is given up. It is
  /// exclusive. kNoFrame if all are in use.
  std::uint32_t take(std::uint64_t page);

  /// The page of a frame is no longer there. An empty frame is exclusive, so that who has found it
  /// before cannot use it.
  void drop(std::uint32_t frame);

  /// How many pages were given up for others.
  std::uint64_t evictions() const { return evictions_; }

 private:
  void set(std::uint64_t page, std::uint32_t value) {
    std::atomic_ref(table_[page]).store(value, std::memory_order_release);
  }
  std::uint32_t empty_frame();
  std::uint32_t victim();
  std::uint32_t victim_of_clock();
  std::uint32_t victim_of_lru();
  void make_newest(std::uint32_t frame);
  void unlink(std::uint32_t frame);

  Policy policy_ = Policy::clock;
  PageTable table_;
  std::span<Frame> frames_;
  std::uint32_t touched_ = 0;        ///< frames before it have held a page
  std::uint32_t empty_ = kNoFrame;   ///< of those, the first that holds none
  std::uint32_t hand_ = 0;           ///< clock: the next to be looked at
  std::uint32_t oldest_ = kNoFrame;  ///< lru: the ends of the list
  std::uint32_t newest_ = kNoFrame;
  std::uint64_t evictions_ = 0;
};
