/// One context of the kernel's asynchronous I/O: requests in, events out. A call that fails throws.
#pragma once
#include <libaio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

class Context {
 public:
  /// For so many requests in flight. `in_user_space`: take events from the ring that the kernel
  /// maps, without a call, where there is one that is known.
  Context(std::uint32_t most, bool in_user_space);
  Context(const Context&) = delete;
  ~Context() { end(); }

  /// Whether events are taken without a call.
  bool has_ring() const { return ring_ != nullptr; }

  /// Submits from the front of `queue`. How many were taken, or if none a negative errno value,
  /// which then is of the first alone.
  long submit(std::span<iocb*> queue);

  /// All events that have come, when there are at least `least`, or fewer after a signal. They are
  /// good until the next call.
  std::span<const io_event> wait(std::uint32_t least) { return reap(least, nullptr); }
  /// All events that have come at `when`, or before, as soon as there is one.
  std::span<const io_event> wait_until(std::uint64_t when);

  /// Cancels or waits for all that is in flight. The context is of no use afterwards.
  void end() noexcept;

  std::uint64_t take_submit_calls() { return std::exchange(submit_calls_, 0); }
  std::uint64_t take_event_calls() { return std::exchange(event_calls_, 0); }

 private:
  /// What the kernel maps at the address that is the context's name (fs/aio.c: aio_ring).
  struct Ring {
    std::uint32_t id, events, head, tail, magic, compatible, incompatible, header_size;
  };
  static_assert(sizeof(Ring) == 32 && sizeof(io_event) == 32);

  std::span<const io_event> reap(std::uint32_t least, timespec* timeout);
  std::size_t take_from_ring();

  io_context_t context_ = nullptr;
  Ring* ring_ = nullptr;
  std::vector<io_event> events_;
  std::uint64_t submit_calls_ = 0, event_calls_ = 0;
};
