// What moves bytes: one part, where the request fits into its buffer, and else several at once.
// With O_DIRECT, reads are rounded up to whole pages and clipped, and what is not a whole page of a
// write goes through the page cache, and says so.
#include <algorithm>
#include <cerrno>

#include "lane.hpp"

namespace engine::uring {

void Lane::begin_transfer(Slot& s) {
  const std::uint64_t left = s.request->length - s.next;
  s.part_size = left <= buffer_size_ ? buffer_size_ : piece_;
  fill_parts(s);
  if (s.busy_parts == 0) end_transfer(s);
}

/// Nothing of it is in flight any more.
void Lane::end_transfer(Slot& s) {
  if (s.error == 0 && s.tail_size != 0) return write_tail(s);
  const std::uint64_t length = s.request->length;
  if (s.error == 0 && s.moved < length && length != IODYNO_SIZE_UNKNOWN) fail(s, ENODATA);
  if (s.error == 0) ++s.step;
  advance(s);
}

void Lane::fill_parts(Slot& s) {
  // What is appended has to come in order.
  const std::uint32_t most = s.program->how_to_open & O_APPEND ? 1 : transfers_;
  Part* const all = parts(s);
  for (std::uint32_t i = 0; i < most; ++i) {
    if (all[i].busy) continue;
    if (!give(s, all[i])) return;
    ++s.busy_parts;
    submit(s, all[i]);
  }
}

/// Gives a part its share of what is left, if there is any.
bool Lane::give(Slot& s, Part& p) {
  const std::uint64_t left = s.request->length - s.next;
  if (left == 0 || s.error != 0 || s.at_end || s.tail_size != 0) return false;
  if (step_of(s) == Step::write) return give_write(s, p);
  const std::uint64_t want = std::min<std::uint64_t>(left, s.part_size);
  p = {.data = buffer(s) + (&p - parts(s)) * s.part_size,
       .at = s.next,
       .want = whole(std::uint32_t(want)),
       .busy = true};
  s.next += want;
  return true;
}

bool Lane::give_write(Slot& s, Part& p) {
  auto piece = config_.source(*s.request, s.next);
  piece = piece.first(std::min<std::size_t>(piece.size(), kWritePiece));
  if (!s.program->of_the_set) {
    const std::uint64_t whole = odd(s.base + s.next) == 0 ? piece.size() - odd(piece.size()) : 0;
    if (whole == 0) {
      s.tail = piece.data();
      s.tail_at = s.next;
      s.tail_size = std::uint32_t(piece.size());
      s.next += piece.size();
      return false;
    }
    piece = piece.first(whole);
  }
  p = {.data = const_cast<std::byte*>(piece.data()),
       .at = s.next,
       .want = std::uint32_t(piece.size()),
       .busy = true,
       .writes = true};
  s.next += piece.size();
  return true;
}

/// The odd end of a file, when all else of it is written.
void Lane::write_tail(Slot& s) {
  const int fd = s.fd[step_of(s) == Step::copy];
  // No other flag of the file can be set so, as none was asked for.
  if (!s.ordinary || ::fcntl(fd, F_SETFL, 0) < 0) {
    fail(s, s.ordinary ? errno : ENODATA);  // none was expected: the file to copy is too short
    return advance(s);
  }
  s.how |= IODYNO_FALLBACK;
  had_tail_ = true;
  Part& p = parts(s)[0];
  p = {.data = const_cast<std::byte*>(s.tail),
       .at = s.tail_at,
       .want = s.tail_size,
       .busy = true,
       .writes = true};
  s.tail_size = 0;
  s.busy_parts = 1;
  submit(s, p);
}

void Lane::submit(Slot& s, Part& p) {
  io_uring_sqe* e = entry(s);
  prepare_transfer(e, s, p);
  e->user_data = Tag{.step = s.step,
                     .part = std::uint8_t(&p - parts(s)),
                     .kind = Tag::kData,
                     .slot = number(s)}
                     .pack();
}

/// What is left of a part. The source is registered behind the buffers of the slots.
void Lane::prepare_transfer(io_uring_sqe* e, const Slot& s, const Part& p) const {
  const bool copies = s.request->op == IODYNO_OP_COPY, from_source = p.writes && !copies;
  const Transfer how = transfer(p.writes);
  io_uring_prep_rw(how.opcode, e, 0, p.data + p.done, p.want - p.done, s.base + p.at + p.done);
  e->buf_index = std::uint16_t(from_source ? depth_ : number(s));
  e->flags = how.flags;
  e->rw_flags = how.rw_flags;
  aim(e, s, copies && p.writes);
}

void Lane::on_part(Slot& s, Part& p, int result) {
  if (result < 0) {
    if (result == -EINTR || result == -EAGAIN) return submit(s, p);
    fail(s, -result);
    return idle(s, p);
  }
  p.done += std::uint32_t(result);
  if (!p.writes) {
    // A count that O_DIRECT does not move ends the file.
    const bool more = p.done < p.want && result != 0 && odd(std::uint64_t(result)) == 0;
    return more ? submit(s, p) : on_read(s, p);
  }
  if (p.done < p.want && result != 0) return submit(s, p);
  if (result == 0) fail(s, EIO);
  s.moved += p.done;
  idle(s, p);
}

void Lane::on_read(Slot& s, Part& p) {
  const std::uint64_t size = std::min<std::uint64_t>(p.done, s.request->length - p.at);
  s.at_end |= p.done < p.want;
  if (step_of(s) == Step::copy && size != 0) return write_copy(s, p, size);
  if (size != 0) deliver(s, p.at, p.data, size);
  s.moved += size;
  idle(s, p);
}

/// Writes what a part has read.
void Lane::write_copy(Slot& s, Part& p, std::uint64_t size) {
  const std::uint64_t even = size - odd(size);
  if (even != size) {
    s.tail = p.data + even;
    s.tail_at = p.at + even;
    s.tail_size = std::uint32_t(size - even);
  }
  if (even == 0) return idle(s, p);
  p.want = std::uint32_t(even);
  p.done = 0;
  p.writes = true;
  submit(s, p);
}

void Lane::idle(Slot& s, Part& p) {
  p.busy = false;
  --s.busy_parts;
  if (s.error == 0) fill_parts(s);
  if (s.busy_parts == 0) end_transfer(s);
}

}  // namespace engine::uring
