// Groups: a thread opens the files of several requests and tells the kernel of each, so that the
// device has them all to do, and then reads and closes one after the other.
#include <algorithm>
#include <new>
#include <system_error>

#include "engine.hpp"

namespace {

/// Calls `work`, and returns the errno value of what it throws.
int error_of(auto work) noexcept {
  try {
    work();
    return 0;
  } catch (const std::system_error& e) {
    return e.code().value() > 0 ? e.code().value() : EIO;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (...) {
    return EIO;
  }
}

void refuse_unknown_flags(const iodyno_request& r) {
  if (r.flags & ~std::uint32_t{IODYNO_DURABLE}) iodyno::fail(ENOTSUP, "unknown flags of a request");
}

bool are_too_many(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

}  // namespace

void Adaptive::run_groups(const iodyno_batch& batch, std::uint32_t slot) noexcept {
  const auto group = std::span(begun_).subspan(slot * settings_.group, settings_.group);
  for (Part part = next_part(settings_.group); part.begin < part.end;) {
    auto end = part.begin;
    while (end < part.end && begin(batch, end, group[end - part.begin], end == part.begin)) ++end;
    for (auto i = part.begin; i < end; ++i) finish(batch, i, group[i - part.begin], slot);
    part.begin = end;
    if (part.begin == part.end) part = next_part(settings_.group);
  }
}

/// The clock, before the first call of a request. False: the deadline has passed.
bool Adaptive::start(const iodyno_batch& batch, std::uint32_t index, Begun& begun) noexcept {
  const bool timed = !(batch.flags & IODYNO_UNTIMED);
  const std::uint64_t clock = timed || batch.deadline_ns != 0 ? iodyno::now() : 0;
  iodyno_completion& done = batch.completions[index];
  begun.error = batch.deadline_ns != 0 && clock >= batch.deadline_ns ? ECANCELED : 0;
  if (begun.error != 0)
    done.start_ns = 0;
  else if (timed && done.start_ns == 0)  // else it has been tried before
    done.start_ns = clock;
  begun.started = true;
  return begun.error == 0;
}

/// False: there are no descriptors left. The request waits until those before it are done, unless
/// it is the first.
bool Adaptive::begin(const iodyno_batch& batch, std::uint32_t index, Begun& begun,
                     bool first) noexcept {
  const Request& r = batch.requests[index];
  begun.started = false;
  if (r.op >= IODYNO_OP_COUNT || !(kCanBeBegun & IODYNO_BIT(r.op))) return true;
  if (!start(batch, index, begun)) return true;
  begun.error = error_of([&] {
    refuse_unknown_flags(r);
    begun.file = open_source(r);
    ask_for(r, begun);
  });
  return first || !are_too_many(begun.error);
}

void Adaptive::finish(const iodyno_batch& batch, std::uint32_t index, Begun& begun,
                      std::uint32_t slot) noexcept {
  const Request& r = batch.requests[index];
  iodyno_completion& done = batch.completions[index];
  if (!begun.started) start(batch, index, begun);
  if (begun.error == 0)
    begun.error = error_of([&] {
      refuse_unknown_flags(r);
      const iodyno::Done all = go_on(r, begun.file, slot, index);
      done.bytes = all.bytes;
      done.how = all.how;
    });
  begun.file = {};
  done.error = begun.error;
  if (done.start_ns != 0) done.end_ns = iodyno::now();
}

/// Of a file whose size is not known, as much as one call can ask for.
void Adaptive::ask_for(const Request& r, const Begun& begun) const {
  constexpr std::uint64_t kOfUnknown = 128 << 10;
  const bool block = r.op == IODYNO_OP_READ_BLOCK;
  const std::uint64_t offset = block ? r.offset : 0,
                      known = r.length == IODYNO_SIZE_UNKNOWN ? kOfUnknown : r.length,
                      length = std::min(known, bounds_.ahead(settings_));
  ask_ahead(block ? files_.file(r.file) : int(begun.file), {offset, offset + length});
}
