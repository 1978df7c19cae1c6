// The cache of the backend cached, without I/O: policies against models, pins, and many threads.
#include "../../plugins/cached/cache.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "host.hpp"

namespace sdk_test {
namespace {

constexpr std::uint64_t kPages = 60;
constexpr std::uint32_t kFrames = 16;

/// Pages in the order of their last use; those that are pinned stay.
class LruModel {
 public:
  bool has(std::uint64_t page) const { return std::ranges::find(pages_, page) != pages_.end(); }
  void use(std::uint64_t page) {
    pages_.remove(page);
    pages_.push_back(page);
  }
  /// Whether there was room for the page.
  bool take(std::uint64_t page, const std::map<std::uint64_t, int>& pins) {
    if (pages_.size() == kFrames) {
      const auto victim =
          std::ranges::find_if(pages_, [&](auto p) { return pins.find(p) == pins.end(); });
      if (victim == pages_.end()) return false;
      pages_.erase(victim);
    }
    pages_.push_back(page);
    return true;
  }
  void drop(std::uint64_t page) { pages_.remove(page); }

 private:
  std::list<std::uint64_t> pages_;
};

/// The book's second chance: a queue, from whose front pages with a chance go to its end. It has no
/// drops, as a circle of frames fills their places out of order.
class ClockModel {
 public:
  bool has(std::uint64_t page) const {
    return std::ranges::find(queue_, page, &Entry::page) != queue_.end();
  }
  void use(std::uint64_t page) { std::ranges::find(queue_, page, &Entry::page)->used = true; }
  bool take(std::uint64_t page, const std::map<std::uint64_t, int>& pins) {
    if (queue_.size() == kFrames && !make_room(pins)) return false;
    queue_.push_back({page, false});
    return true;
  }

 private:
  struct Entry {
    std::uint64_t page;
    bool used;
  };
  bool make_room(const std::map<std::uint64_t, int>& pins) {
    for (std::uint32_t looked = 0; looked < 2 * kFrames; ++looked) {
      Entry front = queue_.front();
      queue_.pop_front();
      const bool pinned = pins.find(front.page) != pins.end();
      if (!pinned && !front.used) return true;
      if (!pinned) front.used = false;
      queue_.push_back(front);
    }
    return false;
  }
  std::deque<Entry> queue_;
};

/// The same random operations on a shard and on a model: after each, both have the same pages.
template <class Model>
void play(Policy policy, bool drops) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::uint32_t> table(kPages);
  const auto frames = std::make_unique<Frame[]>(kFrames);
  Shard shard(policy, table, {frames.get(), kFrames});
  Model model;
  std::map<std::uint64_t, int> pins;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t page = random() % 4 == 0 ? random() % kPages : random() % 20;
    const std::uint32_t frame = shard.find(page);
    const unsigned what = random() % 16;
    if (frame == kNoFrame) {
      const std::uint32_t taken = shard.take(page);
      ASSERT_EQ(model.take(page, pins), taken != kNoFrame);
      if (taken != kNoFrame) {
        ASSERT_EQ(frames[taken].page, page);
        frames[taken].users = 0;  // it was exclusive
      }
    } else if (what == 0 && drops && pins.find(page) == pins.end()) {
      shard.drop(frame);
      if constexpr (requires { model.drop(page); }) model.drop(page);
    } else if (what < 3 && pins.size() <= kFrames - (random() % 50 == 0 ? 0 : 2)) {
      frames[frame].users = 1;
      pins[page] = 1;
    } else if (what < 7 && pins.find(page) != pins.end()) {
      frames[frame].users = 0;
      pins.erase(page);
    } else {
      shard.use(frame);
      model.use(page);
    }
    for (std::uint64_t p = 0; p < kPages; ++p)
      ASSERT_EQ(shard.find(p) != kNoFrame, model.has(p)) << "page " << p << ", step " << i;
  }
  EXPECT_GT(shard.evictions(), 1000u);
}

TEST(CachedShard, LruIsExact) { play<LruModel>(Policy::lru, true); }
TEST(CachedShard, ClockIsSecondChanceExactly) { play<ClockModel>(Policy::clock, false); }

TEST(CachedShard, ADroppedFrameIsTheNextToBeTaken) {
  for (const Policy policy : {Policy::clock, Policy::lru}) {
    std::vector<std::uint32_t> table(10);
    const auto frames = std::make_unique<Frame[]>(3);
    Shard shard(policy, table, {frames.get(), 3});
    for (std::uint64_t page = 0; page < 3; ++page) EXPECT_EQ(shard.take(page), page);
    shard.drop(1);
    shard.drop(0);
    EXPECT_EQ(shard.take(5), 0u);
    EXPECT_EQ(shard.take(6), 1u);
    EXPECT_EQ(shard.evictions(), 0u);
    EXPECT_EQ(shard.find(0), kNoFrame);
    EXPECT_EQ(shard.find(2), 2u);
    EXPECT_EQ(shard.take(7), kNoFrame) << "all are being loaded";
    frames[2].users = 0;
    EXPECT_EQ(shard.take(7), 2u);
    EXPECT_EQ(shard.evictions(), 1u);
  }
}

TEST(CachedShard, OfPinnedPagesNoneIsGivenUp) {
  for (const Policy policy : {Policy::clock, Policy::lru}) {
    std::vector<std::uint32_t> table(10);
    const auto frames = std::make_unique<Frame[]>(2);
    Shard shard(policy, table, {frames.get(), 2});
    frames[shard.take(0)].users = 1;
    frames[shard.take(1)].users = Frame::kExclusive;
    EXPECT_EQ(shard.take(2), kNoFrame);
    frames[1].users = 0;
    EXPECT_EQ(shard.take(2), 1u);
    EXPECT_EQ(shard.find(0), 0u);
  }
}

Cache::How how(Policy policy, std::uint64_t capacity, std::uint32_t threads) {
  return {.policy = policy, .capacity = capacity, .page = kPage, .huge = false, .threads = threads};
}

TEST(CachedCache, IsAsLargeAsTheSetAtMost) {
  EXPECT_EQ(Cache(how(Policy::clock, 1 << 20, 1), 10).bytes(), 10 * kPage);
  EXPECT_EQ(Cache(how(Policy::clock, 1 << 20, 1), 1000).bytes(), 1u << 20);
  EXPECT_EQ(Cache(how(Policy::clock, 1, 1), 1000).bytes(), kPage);
  EXPECT_EQ(Cache(how(Policy::clock, 1 << 20, 1), 0).bytes(), 0u);
  const Cache many(how(Policy::clock, 64 << 20, 8), 1 << 20);
  EXPECT_EQ(many.bytes(), 64u << 20);
  EXPECT_EQ(many.shards(), 64u);
}

/// Who waits for a page sleeps until the users of its frame are others than before: also if these
/// are one who loads another page into it.
TEST(CachedCache, AFrameTellsItsPagesApart) {
  for (const std::uint32_t threads : {1u, 2u}) {
    Cache cache(how(Policy::clock, kPage, threads), 10);
    std::set<std::uint32_t> exclusive;
    constexpr std::uint64_t kAll = 10;
    for (std::uint64_t page = 0; page < kAll; ++page) {
      const auto loaded = cache.load(page);
      ASSERT_TRUE(loaded);
      const std::uint32_t loading = loaded.frame->users;
      exclusive.insert(loading);
      Cache::publish(loaded, kPage);
      cache.release(loaded);
      const auto looked_at = cache.look(page);
      ASSERT_TRUE(looked_at);
      cache.release(looked_at);
      const auto changed = cache.change(page);
      ASSERT_TRUE(changed);
      EXPECT_EQ(changed.frame->users, loading) << "the page is the same";
      if (page % 2 == 0)
        cache.drop(changed);
      else
        Cache::publish_and_release(changed, kPage);
    }
    EXPECT_EQ(exclusive.size(), kAll);
  }
}

/// Each holds what it has overwritten until it has all of its pages, while these come and go.
TEST(CachedCache, WritersOfSeveralPagesDoNotWaitInACircle) {
  constexpr std::uint32_t kThreads = 4, kMost = 4;
  constexpr std::uint64_t kAll = 12, kFew = 8;
  Cache cache(how(Policy::clock, kFew * kPage, kThreads), kAll);
  std::atomic<std::uint64_t> changed = 0;
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 10'000; ++i) {
      const std::uint64_t first = random() % (kAll - kMost);
      if (random() % 2 == 0) {
        if (const auto loaded = cache.load(first)) {
          Cache::publish(loaded, kPage);
          cache.release(loaded);
        }
        continue;
      }
      std::vector<Cache::Held> all;
      for (std::uint32_t page = 0; page < kMost; ++page) all.push_back(cache.change(first + page));
      for (const auto& held : all) {
        if (!held) continue;
        ++changed;
        if (random() % 2 == 0)
          cache.drop(held);
        else
          Cache::publish_and_release(held, kPage);
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  for (auto& thread : threads) thread.join();
  EXPECT_GT(changed, 100u);
}

TEST(CachedCache, WhatFitsIsNotEvictedAlsoFromParts) {
  constexpr std::uint64_t kAll = 1000;
  Cache cache(how(Policy::clock, 2 * kAll * kPage, 4), kAll);
  EXPECT_GT(cache.shards(), 1u);
  for (std::uint64_t page = 0; page < kAll; ++page) {
    const auto held = cache.load(page);
    ASSERT_TRUE(held);
    Cache::publish_and_release(held, kPage);
  }
  EXPECT_EQ(cache.evictions(), 0u);
  for (std::uint64_t page = 0; page < kAll; ++page) {
    const auto held = cache.look(page);
    ASSERT_TRUE(held) << page;
    cache.release(held);
  }
}

/// Readers must never see a page that is half changed, or another page's; the counter of a page
/// only goes up.
TEST(CachedCache, ManyThreadsSeeWholePages) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint64_t kAll = 300;
  for (const Policy policy : {Policy::clock, Policy::lru}) {
    Cache cache(how(policy, 150 * kPage, kThreads), kAll);
    std::atomic<std::uint64_t> hits = 0, torn = 0;
    const auto fill = [](const Cache::Held& held, std::uint64_t page, std::uint64_t version) {
      auto* const words = reinterpret_cast<std::uint64_t*>(held.bytes);
      for (std::uint64_t i = 0; i < kPage / 8; ++i) words[i] = page << 32 | version;
    };
    const auto work = [&](unsigned seed) {
      std::mt19937 random(seed);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t page = random() % kAll;
        if (random() % 8 == 0) {
          if (const auto held = cache.change(page)) {
            if (random() % 4 == 0) {
              cache.drop(held);
            } else {
              fill(held, page, random() % 1000);
              Cache::publish_and_release(held, kPage);
            }
          }
        } else if (const auto held = cache.look(page)) {
          const auto* const words = reinterpret_cast<const std::uint64_t*>(held.bytes);
          const std::uint64_t first = words[0];
          const bool whole = first >> 32 == page &&
                             std::all_of(words, words + kPage / 8,
                                         [first](std::uint64_t word) { return word == first; });
          hits += 1;
          torn += !whole;
          cache.release(held);
        } else if (const auto loaded = cache.load(page)) {
          fill(loaded, page, 0);
          Cache::publish(loaded, kPage);
          cache.release(loaded);
        }
      }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(torn, 0u);
    EXPECT_GT(hits, 1000u);
    EXPECT_GT(cache.evictions(), 100u);
  }
}

}  // namespace
}  // namespace sdk_test
