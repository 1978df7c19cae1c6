// Requests in, completions out. One reading of the clock serves all that a round of the loop reaps,
// as their end, and all that it submits, as their start.
#include <algorithm>
#include <cerrno>

#include "lane.hpp"

void Lane::run(const iodyno_batch& batch, std::uint32_t begin, std::uint32_t end) {
  if (begin == end) return;
  batch_ = &batch;
  next_ = begin;
  end_ = end;
  timed_ = !(batch.flags & IODYNO_UNTIMED);
  patience_ = Patience::all;  // as long as no request needs less of it
  for (auto i = begin; i != end && patience_ == Patience::all; ++i)
    patience_ = patience_for(batch.requests[i].op);
  clock_ = timed_ ? iodyno::now() : 0;
  for (start_requests(); next_ != end_ || free_.size() < depth_; start_requests()) {
    if (free_.size() == depth_) {
      if (due_ != 0) iodyno::wait_until(due_);
      continue;
    }
    if (due_ != 0)
      ring_.submit_and_wait_until(due_ - std::min<std::uint64_t>(due_, kWakeUp));
    else
      ring_.submit_and_wait(completions_to_wait_for());
    reap();
  }
  config_.count("enter_calls", double(ring_.take_calls()));
  if (had_tail_ && !noted_tail_) {
    config_.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
    noted_tail_ = true;
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

Lane::Patience Lane::patience_for(std::uint32_t op) const {
  if (paced_) return Patience::one;
  const bool cached = granule_ == 1 && config_.raw().expect == IODYNO_WARM;
  return cached && !needs_workers(op) ? Patience::all : Patience::eighth;
}

void Lane::start_requests() {
  const std::uint64_t deadline = batch_->deadline_ns;
  due_ = 0;
  if (deadline != 0 && !timed_) clock_ = iodyno::now();
  for (; !free_.empty() && next_ != end_; ++next_) {
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
  if (const int error = refusal(r)) {
    c.error = error;
    if (timed_) c.start_ns = c.end_ns = clock_;
    return;
  }
  Slot& s = slots_[free_.back()];
  free_.pop_back();
  s = {.request = &r, .completion = &c, .start = clock_};
  s.program = &programs_[r.op][r.flags & IODYNO_DURABLE];
  if (s.program->of_the_set)
    s.base = r.offset;
  else
    s.ordinary = !has_table_ || (s.program->writes_file && granule_ > 1 &&
                                 (odd(r.length) != 0 || r.op == IODYNO_OP_APPEND));
  if (!chain(s)) advance(s);
  if (!finished_.empty()) stamp_finished();  // by system calls alone
}

int Lane::refusal(const iodyno_request& r) const {
  if (r.op >= IODYNO_OP_COUNT || (r.flags & ~std::uint32_t{IODYNO_DURABLE})) return ENOTSUP;
  if (programs_[r.op][0].of_the_set && r.file >= set_.size()) return EBADF;
  return 0;
}

void Lane::reap() {
  ring_.reap([this](std::uint64_t data, int result) {
    const Tag tag = Tag::of(data);
    Slot& s = slots_[tag.slot];
    if (tag.kind & Tag::kChained) return on_chain(s, tag, result);
    paid(s, 1);
    if (tag.kind & Tag::kData) return on_part(s, parts(s)[tag.part], result);
    on_step(s, result);
  });
  if (!finished_.empty()) stamp_finished();
}

void Lane::finish(Slot& s) {
  s.completion->error = s.error;
  s.completion->how = s.how;
  s.completion->bytes = s.error == 0 ? s.moved : 0;
  finished_.push_back(number(s));
}

/// Only then may another request have the slot: so what is in flight is never more than the depth.
void Lane::stamp_finished() {
  if (timed_) clock_ = iodyno::now();
  for (const std::uint32_t which : finished_) {
    const Slot& s = slots_[which];
    if (timed_) s.completion->start_ns = s.start, s.completion->end_ns = clock_;
    free_.push_back(which);
  }
  finished_.clear();
}
