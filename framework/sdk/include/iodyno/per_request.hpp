/// iodyno/per_request.hpp - a batch as a function called for each request. Part of backend.hpp.
#pragma once
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <new>
#include <span>
#include <system_error>

#include "config.hpp"
#include "pool.hpp"

namespace iodyno {

/// Returns at `when` or just after it. Sleeps, but not to the end: waking up takes microseconds.
inline void wait_until(std::uint64_t when) noexcept {
  constexpr std::uint64_t kWakeUp = 10'000;
  if (now() + kWakeUp < when) {
    const std::uint64_t early = when - kWakeUp;
    const timespec t{std::time_t(early / 1'000'000'000u), long(early % 1'000'000'000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) == EINTR) {
    }
  }
  while (now() < when) {
  }
}

/// What perform() may return in place of the bytes alone, with how they were moved: IODYNO_SHARED.
struct Done {
  template <std::integral Int>
  Done(Int moved, std::uint32_t came_about = 0)
      : bytes(static_cast<std::uint64_t>(moved)), how(came_about) {}
  std::uint64_t bytes;
  std::uint32_t how;
};

/// Runs `B::perform(request, slot)`, which returns the bytes moved (or a `Done`) or throws, on
/// `depth()` threads: the caller of run() with slot 0, and a pool. A slot does one request at a
/// time. perform() need not be thread-safe but for what slots share.
template <class B>
class PerRequest {
 public:
  explicit PerRequest(const Config& c) : config(c), pool((wake_exactly(c), c.depth())) {}
  PerRequest(const PerRequest&) = delete;

  void run(const iodyno_batch& batch) {
    if (pool.slots() == 1)
      return run(batch, [](auto) { return [i = std::uint64_t{0}]() mutable { return i++; }; });
    next_.store(0, std::memory_order_relaxed);
    const std::uint64_t chunk = chunk_of(batch);
    run(batch, [this, chunk](auto) {
      return [this, chunk, i = std::uint64_t{0}, end = std::uint64_t{0}]() mutable {
        if (i == end) end = (i = next_.fetch_add(chunk, std::memory_order_relaxed)) + chunk;
        return i++;
      };
    });
  }

 protected:
  const Config config;
  Pool pool;

  /// As run(batch), in an order of one's own: `next_of(slot)` is a function that gives the slot the
  /// index of its next request, and at the end one that is none. Each request is to be given once.
  void run(const iodyno_batch& batch, auto next_of) {
    batch_ = &batch;
    pool.run([&](std::uint32_t slot) { work(slot, next_of(slot)); });
  }
  /// The same on slots 0 to `active` - 1 alone.
  void run(const iodyno_batch& batch, auto next_of, std::uint32_t active) {
    batch_ = &batch;
    pool.run([&](std::uint32_t slot) { work(slot, next_of(slot)); }, active);
  }

  /// Hands a piece of what `r` has read to the host.
  void deliver(const iodyno_request& r, std::uint64_t offset,
               std::span<const std::byte> piece) const {
    config.deliver(std::uint32_t(&r - batch_->requests), offset, piece);
  }

 private:
  /// How many requests a thread takes at once: few enough that none has much left when the others
  /// are done; but neighbours share lines of memory, where their completions are written.
  std::uint64_t chunk_of(const iodyno_batch& batch) const {
    constexpr std::uint64_t kMost = 16, kTimes = 32;
    if (config.paced()) return 1;
    return std::clamp(batch.count / (pool.slots() * kTimes), std::uint64_t{1}, kMost);
  }

  /// The usual slack, 50 us, would be most of the error of a paced start. New threads inherit it.
  static void wake_exactly(const Config& c) {
    if (c.paced()) prctl(PR_SET_TIMERSLACK, 1ul);
  }

  void work(std::uint32_t slot, auto next) noexcept {
    const iodyno_batch& batch = *batch_;
    const bool timed = !(batch.flags & IODYNO_UNTIMED), paced = config.paced();
    const std::uint64_t deadline = batch.deadline_ns;
    std::uint64_t clock = timed ? now() : 0;  // the end of a request is the start of the next one
    for (std::uint64_t i; (i = next()) < batch.count;) {
      const iodyno_request& r = batch.requests[i];
      iodyno_completion& done = batch.completions[i];
      if (paced && (deadline == 0 || r.not_before_ns < deadline)) wait_until(r.not_before_ns);
      if (paced || (deadline != 0 && !timed)) clock = now();
      if (deadline != 0 && (clock >= deadline || (paced && r.not_before_ns >= deadline))) {
        done.error = ECANCELED;
        continue;
      }
      attempt(r, done, slot);
      if (timed) done.start_ns = clock, done.end_ns = clock = now();
    }
  }

  void attempt(const iodyno_request& r, iodyno_completion& c, std::uint32_t slot) noexcept {
    try {
      if (r.flags & ~std::uint32_t{IODYNO_DURABLE}) fail(ENOTSUP, "unknown flags of a request");
      const Done done = static_cast<B*>(this)->perform(r, slot);
      c.bytes = done.bytes;
      c.how = done.how;
      c.error = 0;
    } catch (const std::system_error& e) {
      c.error = e.code().value() > 0 ? e.code().value() : EIO;
    } catch (const std::bad_alloc&) {
      c.error = ENOMEM;
    } catch (...) {
      c.error = EIO;
    }
  }

  const iodyno_batch* batch_ = nullptr;
  alignas(64) std::atomic<std::uint64_t> next_ = 0;  // all threads write to it: a line of its own
};

}  // namespace iodyno
