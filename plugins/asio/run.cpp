// A batch, and the coroutines that share it out.
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <cerrno>
#include <new>
#include <system_error>

#include "../common/names.hpp"
#include "../common/pace.hpp"
#include "engine.hpp"

void Asio::run(const iodyno_batch& batch) {
  batch_ = &batch;
  next_.store(0, std::memory_order_relaxed);
  context_.restart();
  const std::size_t coroutines = std::min<std::size_t>(slots_.size(), batch.count);
  for (std::size_t i = 0; i < coroutines; ++i)
    asio::co_spawn(context_.get_executor(), work(slots_[i]),
                   [this](std::exception_ptr thrown) { on_end(thrown); });
  pool_.run([this](std::uint32_t) { context_.run(); });
  if (broke_) std::rethrow_exception(thrown_);
  if (!had_tail_ || noted_tail_) return;
  config_.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
  noted_tail_ = true;
}

void Asio::on_end(std::exception_ptr thrown) {
  if (thrown && !broke_.exchange(true)) thrown_ = thrown;
}

Task<void> Asio::work(Slot& s) {
  const iodyno_batch& batch = *batch_;
  const bool timed = !(batch.flags & IODYNO_UNTIMED), paced = config_.paced();
  const std::uint64_t deadline = batch.deadline_ns;
  std::uint64_t clock = timed ? iodyno::now() : 0;  // the end of a request is the start of the next
  for (std::uint64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < batch.count;) {
    const Request& r = batch.requests[i];
    iodyno_completion& done = batch.completions[i];
    const bool too_late = paced && deadline != 0 && r.not_before_ns >= deadline;
    if (paced && !too_late && r.not_before_ns > iodyno::now())
      co_await wait_until(s, r.not_before_ns);
    if (paced || (deadline != 0 && !timed)) clock = iodyno::now();
    if (too_late || (deadline != 0 && clock >= deadline)) {
      done.error = ECANCELED;
      continue;
    }
    Outcome outcome = perform_at_once(s, r);
    if (outcome.error == kNotAtOnce) outcome = co_await perform(s, r);
    done.error = outcome.error;
    done.how = outcome.error == 0 ? outcome.how : 0;
    done.bytes = outcome.error == 0 ? outcome.bytes : 0;
    if (timed) done.start_ns = clock, done.end_ns = clock = iodyno::now();
  }
}

/// Sleeps, but not to the end: waking up takes microseconds.
Task<void> Asio::wait_until(Slot& s, std::uint64_t due) {
  asio::error_code e;
  const std::chrono::nanoseconds early(due - kWakeUp);
  s.timer.expires_at(std::chrono::steady_clock::time_point(early));
  co_await s.timer.async_wait(resume(e));
  iodyno::wait_until(due);
}

/// What is done without waiting for anything but the call itself, and what can't be done.
Outcome Asio::perform_at_once(Slot& s, const Request& r) try {
  if (r.op >= IODYNO_OP_COUNT || (r.flags & ~std::uint32_t{IODYNO_DURABLE}))
    return {.error = ENOTSUP};
  if (r.op == IODYNO_OP_FSYNC) return sync_file(s, r);
  if (!(IODYNO_BIT(r.op) & kOpsOnNames)) return {.error = kNotAtOnce};
  return {.bytes = perform_on_names(config_, r, s.buffer)};
} catch (const std::system_error& e) {
  return {.error = e.code().value()};
}

Task<Outcome> Asio::perform(Slot& s, const Request& r) {
  switch (r.op) {
    case IODYNO_OP_CREATE: return write_file(s, r, r.path, O_CREAT | O_EXCL);
    case IODYNO_OP_OVERWRITE: return write_file(s, r, r.path, 0);
    case IODYNO_OP_APPEND: return write_file(s, r, r.path, O_APPEND);
    case IODYNO_OP_REWRITE: return write_file(s, r, r.path, O_TRUNC);
    case IODYNO_OP_REPLACE: return replace(s, r);
    case IODYNO_OP_COPY: return copy_file(s, r);
    case IODYNO_OP_READ: return read_file(s, r);
    case IODYNO_OP_READ_BLOCK: return read_block(s, r);
    default: return write_block(s, r);
  }
}
