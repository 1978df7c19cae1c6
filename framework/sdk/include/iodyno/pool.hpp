/// iodyno/pool.hpp - a thread for each slot, woken together. Part of backend.hpp.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "config.hpp"

namespace iodyno {

/// The caller of run() is slot 0; the other slots have a thread each, which sleeps in between.
class Pool {
 public:
  explicit Pool(std::uint32_t slots) { start(slots); }
  Pool(const Pool&) = delete;
  ~Pool() { stop(); }

  std::uint32_t slots() const { return std::uint32_t(threads_.size()) + 1; }

  /// New threads for the old ones, without what these have done to themselves (unshare(2)).
  void restart() {
    const std::uint32_t count = slots();
    stop();
    start(count);
  }

  /// Calls `work(slot)` once on each thread, all at once, and returns when all are done. It must
  /// not throw. Not to be called from within.
  template <class Work>
  void run(Work&& work) noexcept {
    run(work, slots(), false);
  }

  /// The same on slots 0 to `active` - 1 alone, which are one at least. The others sleep on, once
  /// all have been woken by the first such run() after one for all.
  template <class Work>
  void run(Work&& work, std::uint32_t active) noexcept {
    run(work, active, true);
  }

 private:
  /// Where a thread waits that is woken by itself: a line of memory for each.
  struct alignas(64) Bell {
    std::atomic<std::uint32_t> generation = 0;
  };

  template <class Work>
  void run(Work& work, std::uint32_t active, bool apart) noexcept {
    if (threads_.empty()) return void(work(std::uint32_t{0}));
    work_ = const_cast<void*>(static_cast<const void*>(&work));
    call_ = [](void* what, std::uint32_t slot) { (*static_cast<Work*>(what))(slot); };
    active_ = active;
    // Who is to wait elsewhere than before has to be woken for that.
    const bool were_apart = std::exchange(apart_, apart);
    const std::uint32_t woken = apart && were_apart ? active - 1 : slots() - 1;
    busy_.store(woken, std::memory_order_relaxed);
    wake(were_apart, woken);
    work(std::uint32_t{0});
    for (std::uint32_t left; (left = busy_.load(std::memory_order_acquire)) != 0;)
      busy_.wait(left, std::memory_order_acquire);
  }

  void start(std::uint32_t slots) {
    apart_ = false;
    generation_.store(0, std::memory_order_relaxed);
    bells_ = std::vector<Bell>(slots);
    try {
      threads_.reserve(slots - 1);
      for (std::uint32_t slot = 1; slot < slots; ++slot)
        threads_.emplace_back([this, slot] { serve(slot); });
    } catch (const std::system_error& e) {
      const std::size_t which = threads_.size() + 2;
      stop();  // an object whose constructor throws is not destroyed: no thread may be left
      fail(e.code().value(),
           "can't start thread " + std::to_string(which) + " of " + std::to_string(slots));
    } catch (...) {
      stop();
      throw;
    }
  }
  void stop() noexcept {
    call_ = nullptr;
    wake(apart_, std::uint32_t(threads_.size()));
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  /// All wait at one place, and one call wakes them; or each at its own, and the first are woken.
  void wake(bool are_apart, std::uint32_t count) noexcept {
    if (!are_apart) return ring(generation_);
    for (std::uint32_t slot = 1; slot <= count; ++slot) ring(bells_[slot].generation);
  }
  static void ring(std::atomic<std::uint32_t>& generation) noexcept {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }
  /// One generation is one run(); a generation without work is the last. run() waits for all that
  /// it wakes, so that no thread can miss one, also if it starts late. Where to wait next has to be
  /// known before that: the next run() may say otherwise.
  void serve(std::uint32_t slot) noexcept {
    std::atomic<std::uint32_t>& own = bells_[slot].generation;
    bool apart = false;
    for (std::uint32_t seen = 0, seen_own = 0;;) {
      if (apart)
        own.wait(seen_own++, std::memory_order_acquire);
      else
        generation_.wait(seen++, std::memory_order_acquire);
      if (call_ == nullptr) return;
      apart = apart_;
      if (slot < active_) call_(work_, slot);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void* work_ = nullptr;
  void (*call_)(void* work, std::uint32_t slot) = nullptr;
  std::uint32_t active_ = 0;
  bool apart_ = false;  ///< where the threads wait after the run() they were last woken for
  std::vector<std::thread> threads_;
  std::vector<Bell> bells_;  ///< for each slot
  alignas(64) std::atomic<std::uint32_t> generation_ = 0;
  std::atomic<std::uint32_t> busy_ = 0;
};

}  // namespace iodyno
