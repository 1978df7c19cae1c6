// Requests in, completions out. One reading of the clock serves all that a round of the loop reaps,
// as their end, and all that it submits, as their start.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "lane.hpp"

namespace engine::uring {

namespace {

bool file_size_is_limited() {
  rlimit limit;
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

void Lane::run(const iodyno_batch& batch, Claims& claims) try {
  if (!ring_) iodyno::fail(ENODEV, "there is no ring since open_files() failed");
  batch_ = &batch;
  claims_ = &claims;
  next_ = end_ = 0;
  timed_ = !(batch.flags & IODYNO_UNTIMED);
  patience_ = Patience::all;
  files_are_limited_ = file_size_is_limited();
  clock_ = timed_ ? iodyno::now() : 0;
  run_all();
} catch (...) {
  claims.close();
  if (owed_ != 0 && ring_) ring_->cancel_all();
  throw;
}

void Lane::run_all() {
  for (start_requests(); next_ != end_ || !vacant_.all(); start_requests()) {
    if (vacant_.all()) {
      if (due_ != 0) iodyno::wait_until(due_);
      continue;
    }
    if (due_ != 0)
      ring_->submit_and_wait_until(due_ - std::min<std::uint64_t>(due_, kWakeUp));
    else
      ring_->submit_and_wait(completions_to_wait_for());
    reap();
  }
}

/// Never more than what will come. All of it, where it is likely to be done within the call that
/// submits it: one call for a whole round. Where workers or a device do it, an eighth: so that they
/// don't run out of work, and the thread is not woken for each. Just one, where it is to be seen
/// when it ends.
std::uint32_t Lane::completions_to_wait_for() const {
  if (settings_.wait != 0) return std::min(settings_.wait, owed_);
  switch (patience_) {
    case Patience::all: return owed_;
    case Patience::eighth: return std::max(owed_ / 8, 1u);
    case Patience::one: break;
  }
  return 1;
}

void Lane::start_requests() {
  const std::uint64_t deadline = batch_->deadline_ns;
  due_ = 0;
  if (deadline != 0 && !timed_) clock_ = iodyno::now();
  for (; !vacant_.none() && more(); ++next_) {
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

void Lane::start(std::uint32_t index) {
  const iodyno_request& r = batch_->requests[index];
  iodyno_completion& c = batch_->completions[index];
  if (const int error = refusal(r)) [[unlikely]] {
    c.error = error;
    if (timed_) c.start_ns = c.end_ns = clock_;
    return;
  }
  Slot& s = slots_[vacant_.take()];
  const Program& p = programs_[r.op][r.flags & IODYNO_DURABLE];
  s.request = &r;
  s.completion = &c;
  s.program = &p;
  s.start = clock_;
  s.how = p.how | (r.length != 0 ? p.how_of_bytes : 0);
  patience_ = std::min(patience_, p.patience);
  if (p.is_block && start_block(s)) return;
  unfold(s);
  s.ordinary = !p.of_the_set && (!has_table_ || (p.writes_file && granule_ > 1 &&
                                                 (odd(r.length) != 0 || r.op == IODYNO_OP_APPEND)));
  if (!chain(s)) advance(s);
  if (vacant_.any_left()) stamp_finished();  // by system calls alone
}

/// A slot as it begins. What start() has set stays.
void Lane::unfold(Slot& s) {
  s = {.request = s.request,
       .completion = s.completion,
       .program = s.program,
       .start = s.start,
       .how = s.how,
       .base = s.program->of_the_set ? s.request->offset : 0};
}

int Lane::refusal(const iodyno_request& r) const {
  if (r.op >= IODYNO_OP_COUNT || (r.flags & ~std::uint32_t{IODYNO_DURABLE})) return ENOTSUP;
  if (programs_[r.op][0].of_the_set && r.file >= set_.size()) return EBADF;
  return 0;
}

void Lane::reap() {
  ring_->reap([this](std::uint64_t data, int result) {
    const Tag tag = Tag::of(data);
    Slot& s = slots_[tag.slot];
    if (tag.kind & Tag::kBlock) return on_block(s, result);
    if (tag.kind & Tag::kChained) return on_chain(s, tag, result);
    paid(s, 1);
    if (tag.kind & Tag::kData) return on_part(s, parts(s)[tag.part], result);
    on_step(s, result);
  });
  if (vacant_.any_left()) stamp_finished();
}

void Lane::finish(Slot& s) {
  s.completion->error = s.error;
  s.completion->how = s.error == 0 ? s.how : 0;
  s.completion->bytes = s.error == 0 ? s.moved : 0;
  vacant_.leave(number(s));
}

/// Only then may another request have the slots.
void Lane::stamp_finished() {
  if (!timed_) return vacant_.forget_left();
  clock_ = iodyno::now();
  vacant_.come_back([this](std::uint32_t which) {
    const Slot& s = slots_[which];
    s.completion->start_ns = s.start;
    s.completion->end_ns = clock_;
  });
}

}  // namespace engine::uring
