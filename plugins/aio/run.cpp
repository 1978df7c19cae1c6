// Requests in, completions out. One reading of the clock serves all that a round of the loop reaps,
// as their end, and all that it submits, as their start.
#include <algorithm>
#include <cerrno>

#include "../common/pace.hpp"
#include "engine.hpp"

void Aio::run(const iodyno_batch& batch) try {
  batch_ = &batch;
  next_ = 0;
  timed_ = !(batch.flags & IODYNO_UNTIMED);
  clock_ = timed_ ? iodyno::now() : 0;
  run_all();
  config_.count("submit_calls", double(context_.take_submit_calls()));
  config_.count("getevents_calls", double(context_.take_event_calls()));
} catch (...) {
  context_.end();
  throw;
}

void Aio::run_all() {
  for (start_requests(); next_ != batch_->count || !vacant_.all(); start_requests()) {
    if (vacant_.all()) {
      if (due_ != 0) iodyno::wait_until(due_);
      continue;
    }
    submit();
    reap();
  }
}

void Aio::start_requests() {
  const std::uint64_t deadline = batch_->deadline_ns;
  due_ = 0;
  if (deadline != 0 && !timed_) clock_ = iodyno::now();
  for (; next_ != batch_->count && !vacant_.none(); ++next_) {
    const std::uint64_t due = batch_->requests[next_].not_before_ns;
    if (paced_) clock_ = iodyno::now();
    if (deadline != 0 && (clock_ >= deadline || (paced_ && due >= deadline))) {
      batch_->completions[next_].error = ECANCELED;
    } else if (paced_ && clock_ < due) {
      due_ = due;
      return;
    } else {
      start(next_);
    }
  }
}

void Aio::start(std::uint32_t index) {
  const Request& r = batch_->requests[index];
  iodyno_completion& c = batch_->completions[index];
  if (const int error = refusal(r)) [[unlikely]] {
    c.error = error;
    if (timed_) c.start_ns = c.end_ns = clock_;
    return;
  }
  Slot& s = slots_[vacant_.take()];
  s.request = &r;
  s.completion = &c;
  s.start = clock_;
  begin(s);
  if (vacant_.any_left()) stamp_finished();  // without a transfer
}

int Aio::refusal(const Request& r) const {
  if (r.op >= IODYNO_OP_COUNT || !(ops & IODYNO_BIT(r.op))) return ENOTSUP;
  if (r.flags & ~std::uint32_t{IODYNO_DURABLE}) return ENOTSUP;
  return r.file < files_.size() ? 0 : EBADF;
}

/// What the kernel has no room for waits for completions. Any other error is of the request that is
/// first, and the others go on.
void Aio::submit() {
  std::size_t at = 0;
  while (at < queue_.size()) {
    const long taken = context_.submit(std::span(queue_).subspan(at));
    if (taken > 0) {
      count_in(std::span(queue_).subspan(at, std::size_t(taken)));
      at += std::size_t(taken);
    } else if ((taken == 0 || taken == -EAGAIN) && in_flight_ != 0) {
      break;
    } else {
      on_event(*static_cast<Slot*>(queue_[at++]->data), taken == 0 ? -EAGAIN : taken);
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + std::ptrdiff_t(at));
}

void Aio::count_in(std::span<iocb* const> taken) {
  in_flight_ += std::uint32_t(taken.size());
  for (const iocb* control : taken) syncs_ += static_cast<const Slot*>(control->data)->syncs;
}

void Aio::reap() {
  if (in_flight_ != 0) {
    const auto events = due_ != 0
                            ? context_.wait_until(due_ - std::min<std::uint64_t>(due_, kWakeUp))
                            : context_.wait(completions_to_wait_for());
    in_flight_ -= std::uint32_t(events.size());
    for (const io_event& event : events) {
      Slot& s = *static_cast<Slot*>(event.data);
      syncs_ -= s.syncs;
      on_event(s, long(event.res));
    }
  }
  if (vacant_.any_left()) stamp_finished();
}

/// All of them, where io_submit has done the work already. An eighth of what a device does, or a
/// worker of the kernel, which all syncs are left to: so that they do not run out of work, and the
/// thread is not woken for each. Just one where it is to be seen when it ends.
std::uint32_t Aio::completions_to_wait_for() const {
  if (wait_ != 0) return std::min(wait_, in_flight_);
  if (paced_) return 1;
  if (!direct_ && syncs_ == 0) return in_flight_;
  return std::max((direct_ ? in_flight_ : syncs_) / 8, 1u);
}

void Aio::finish(Slot& s, int error) {
  s.completion->error = error;
  s.completion->how = error == 0 ? s.how : 0;
  s.completion->bytes = error == 0 ? s.done : 0;
  vacant_.leave(number(s));
}

/// Only then may another request have the slots.
void Aio::stamp_finished() {
  if (!timed_) return vacant_.forget_left();
  clock_ = iodyno::now();
  vacant_.come_back([this](std::uint32_t which) {
    const Slot& s = slots_[which];
    s.completion->start_ns = s.start;
    s.completion->end_ns = clock_;
  });
}
