/// iodyno/pool.hpp - a thread for each slot, woken together. Part of backend.hpp.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
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
    if (threads_.empty()) return void(work(std::uint32_t{0}));
    work_ = const_cast<void*>(static_cast<const void*>(&work));
    call_ = [](void* what, std::uint32_t slot) {
      (*static_cast<std::remove_reference_t<Work>*>(what))(slot);
    };
    busy_.store(std::uint32_t(threads_.size()), std::memory_order_relaxed);
    wake();
    work(std::uint32_t{0});
    for (std::uint32_t left; (left = busy_.load(std::memory_order_acquire)) != 0;)
      busy_.wait(left, std::memory_order_acquire);
  }

 private:
  void start(std::uint32_t slots) {
    generation_.store(0, std::memory_order_relaxed);
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
    wake();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void wake() noexcept {
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
  }
  /// One generation is one run(); a generation without work is the last. run() waits for all, so
  /// that no thread can miss one, also if it starts late.
  void serve(std::uint32_t slot) noexcept {
    for (std::uint32_t seen = 0;; ++seen) {
      generation_.wait(seen, std::memory_order_acquire);
      if (call_ == nullptr) return;
      call_(work_, slot);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void* work_ = nullptr;
  void (*call_)(void* work, std::uint32_t slot) = nullptr;
  std::vector<std::thread> threads_;
  alignas(64) std::atomic<std::uint32_t> generation_ = 0;
  std::atomic<std::uint32_t> busy_ = 0;
};

}  // namespace iodyno
