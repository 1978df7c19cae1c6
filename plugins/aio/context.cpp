// The life of a context, and the three calls. The names of kernel functions are those of fs/aio.c.
#include "context.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <iodyno/config.hpp>
#include <string>

namespace {

std::string limit(const char* name) {
  std::ifstream file(std::string("/proc/sys/fs/") + name);
  std::string value = "unknown";
  file >> value;
  return value;
}

/// Why there is no context, for people.
std::string why_not(int error, std::uint32_t most) {
  const std::string what = "io_setup for " + std::to_string(most) + " requests";
  switch (error) {
    case EAGAIN:
      return what + ": fs.aio-max-nr is " + limit("aio-max-nr") + ", of which " + limit("aio-nr") +
             " are in use";
    case ENOSYS: return what + ": this kernel has no asynchronous I/O (CONFIG_AIO)";
    case EPERM: return what + ": forbidden, by a seccomp filter or a security module";
    default: return what;
  }
}

}  // namespace

Context::Context(std::uint32_t most, bool in_user_space) : events_(most) {
  constexpr std::uint32_t kMagic = 0xa10a10a1;
  if (const int result = io_setup(int(most), &context_); result < 0)
    iodyno::fail(-result, why_not(-result, most));
  auto* const ring = reinterpret_cast<Ring*>(context_);
  if (in_user_space && ring->magic == kMagic && ring->incompatible == 0 &&
      ring->header_size == sizeof(Ring))
    ring_ = ring;
}

/// io_destroy(2) returns when nothing is in flight any more.
void Context::end() noexcept {
  if (context_ != nullptr) io_destroy(std::exchange(context_, nullptr));
}

long Context::submit(std::span<iocb*> queue) {
  long taken;
  do {
    ++submit_calls_;
    taken = io_submit(context_, long(queue.size()), queue.data());
  } while (taken == -EINTR);
  if (taken == -ENOSYS || taken == -EPERM) iodyno::fail(int(-taken), "io_submit");
  return taken;
}

std::span<const io_event> Context::wait_until(std::uint64_t when) {
  const std::uint64_t now = iodyno::now(), left = when > now ? when - now : 0;
  timespec timeout{std::time_t(left / 1'000'000'000u), long(left % 1'000'000'000u)};
  return reap(1, &timeout);
}

std::span<const io_event> Context::reap(std::uint32_t least, timespec* timeout) {
  const std::size_t here = ring_ != nullptr ? take_from_ring() : 0;
  if (here >= least && ring_ != nullptr) return {events_.data(), here};
  ++event_calls_;
  const int more = io_getevents(context_, long(least - here), long(events_.size() - here),
                                events_.data() + here, timeout);
  if (more < 0 && more != -EINTR) iodyno::fail(-more, "io_getevents");
  return {events_.data(), here + std::size_t(std::max(more, 0))};
}

/// The kernel expects that the head is moved by others than itself (user_refill_reqs_available). It
/// writes an event before it moves the tail, and nobody else takes any from this ring.
std::size_t Context::take_from_ring() {
  const auto* const all = reinterpret_cast<const io_event*>(ring_ + 1);
  const std::uint32_t size = ring_->events;
  const std::uint32_t tail = std::atomic_ref(ring_->tail).load(std::memory_order_acquire) % size;
  std::uint32_t head = ring_->head % size;
  std::size_t count = 0;
  while (head != tail && count < events_.size()) {
    events_[count++] = all[head];
    head = head + 1 == size ? 0 : head + 1;
  }
  if (count != 0) std::atomic_ref(ring_->head).store(head, std::memory_order_release);
  return count;
}
