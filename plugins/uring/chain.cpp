// A whole program at once: open, transfer and close linked together, one journey into the kernel.
//
// All entries but the last are quiet (IOSQE_CQE_SKIP_SUCCESS): a request that goes well has one
// completion. A quiet entry that fails does speak, and cancels what is linked behind it, which then
// keeps silent, too (REQ_F_SKIP_LINK_CQES in io_uring/timeout.c). So each chain has at least one
// completion, and the first tells where it was cut. From there the request goes on step by step.
//
// But for one: where a file may not be longer (RLIMIT_FSIZE) a write that is done without a worker
// is cut short and counts as a success (io_write in io_uring/rw.c goes on with a buffer that the
// limit has shortened). Where there is such a limit nothing is written in chains.
//
// A chain ends with an fsync, and the close comes after it: an fsync that fails cuts nothing off
// and is no failure to a quiet entry (io_fsync in io_uring/sync.c), so it would not be heard.
//
// A read is linked to its close by a hard link: a short read counts as a failure there, and must
// not cut the close off. Writes are not: their file stays open, and the rest is written.
#include <algorithm>
#include <cerrno>

#include "lane.hpp"

namespace engine::uring {

bool Lane::fits_a_chain(const Slot& s) const {
  const Program& program = *s.program;
  if (!chains_ || s.ordinary || program.of_the_set || program.length == 1) return false;
  if (program.writes_file && files_are_limited_) return false;
  const iodyno_request& r = *s.request;
  if (program.steps[1] == Step::write)
    return r.length <= kWritePiece && config_.source(r, 0).size() == r.length;
  return r.length <= buffer_size_ || (r.length == IODYNO_SIZE_UNKNOWN && r.op == IODYNO_OP_READ);
}

/// The entries of a chain, as they are linked.
struct Lane::Chain {
  Tag tag;
  std::uint8_t quiet;  ///< IOSQE_CQE_SKIP_SUCCESS or 0
  io_uring_sqe* last = nullptr;
  std::uint32_t entries = 0;

  /// Adds an entry that is linked to the next by `link`: softly, or hard.
  void add(io_uring_sqe* e, std::uint8_t link, std::uint8_t kind = 0) {
    const bool cuts = quiet != 0 && link == IOSQE_IO_LINK;
    tag.kind = std::uint8_t(Tag::kChained | (cuts ? Tag::kQuiet : 0) | kind);
    e->flags |= std::uint8_t(quiet | link);
    e->user_data = tag.pack();
    last = e;
    ++entries;
  }
  /// Makes the last entry speak, and ends the chain with it.
  void close() {
    tag.kind = Tag::kChained | Tag::kLast;
    last->flags &= std::uint8_t(~(IOSQE_IO_LINK | IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS));
    last->user_data = tag.pack();
  }
};

/// Submits the whole program, or all up to its fsync, if that is possible.
bool Lane::chain(Slot& s) {
  if (!fits_a_chain(s)) return false;
  // Where the size is not known the read is short, and tells. Then let all tell, whatever happens,
  // so that it is known how many completions to wait for.
  const bool unknown = s.request->length == IODYNO_SIZE_UNKNOWN;
  Chain c{.tag = {.slot = number(s)}, .quiet = std::uint8_t(unknown ? 0 : IOSQE_CQE_SKIP_SUCCESS)};
  ring_->reserve(kLongestChain);
  for (bool over = false; !over; ++c.tag.step) {
    const Step step = s.program->steps[c.tag.step];
    over = step == Step::sync || c.tag.step + 1u == s.program->length;
    if (moves_bytes(step)) {
      if (s.request->length != 0) chain_transfer(s, step, c);
      continue;
    }
    io_uring_sqe* e = ring_->next();
    prepare(e, s, step);
    c.add(e, IOSQE_IO_LINK);
  }
  --c.tag.step;
  c.close();
  owe(s, unknown ? c.entries : 1);
  return true;
}

/// The entries of a transfer, all of which is one part.
void Lane::chain_transfer(Slot& s, Step step, Chain& c) {
  const iodyno_request& r = *s.request;
  const bool unknown = r.length == IODYNO_SIZE_UNKNOWN;
  const auto want = std::uint32_t(unknown ? buffer_size_ : r.length);
  Part& p = parts(s)[0];
  p = {.data = buffer(s), .want = whole(want)};
  s.part_size = buffer_size_;
  s.next = r.length;
  if (step == Step::write) {
    p.data = const_cast<std::byte*>(config_.source(r, 0).data());
    p.writes = true;
  }
  io_uring_sqe* e = ring_->next();
  prepare_transfer(e, s, p);
  if (step != Step::read) {
    c.add(e, IOSQE_IO_LINK);
    if (step == Step::write) return;
    p.writes = true;
    prepare_transfer(e = ring_->next(), s, p);
    p.writes = false;
    return c.add(e, IOSQE_IO_LINK, Tag::kWrites);
  }
  c.add(e, IOSQE_IO_HARDLINK);
  if (!unknown) return;
  // From the file's own position, which the first read leaves where the second has to look whether
  // the file ends there.
  e->off = std::uint64_t(-1);
  io_uring_prep_read(e = ring_->next(), 0, look(s), unsigned(granule_), std::uint64_t(-1));
  aim(e, s, 0);
  c.add(e, IOSQE_IO_HARDLINK, Tag::kLook);
}

void Lane::on_chain(Slot& s, Tag tag, int result) {
  const bool over = tag.kind & (Tag::kLast | Tag::kQuiet);
  paid(s, over ? s.owed : s.owed > 1);
  if (s.severed) {
    if (over) advance(s);
    return;
  }
  const Step step = s.program->steps[tag.step];
  skip_silent(s, tag.step);
  if (step == Step::read) return chained_read(s, tag, result);
  if (moves_bytes(step)) {  // failed, or short: as if it had been a step of its own
    Part& p = parts(s)[0];
    p.writes |= (tag.kind & Tag::kWrites) != 0;
    p.busy = true;
    s.busy_parts = 1;
    return on_part(s, p, result);
  }
  // A first entry that is cancelled was refused together with one behind it: which and why, the
  // steps will tell.
  if (result != -ECANCELED && result != -EINTR) settle(s, result);
  s.severed = !over && result < 0;
  if (!over) return;
  if (s.step == s.program->length && s.request->op == IODYNO_OP_READ) return end_of_chain(s);
  advance(s);
}

/// What lies before an entry that speaks, and has said nothing, went well.
void Lane::skip_silent(Slot& s, std::uint8_t step) {
  while (s.step < step) {
    if (!moves_bytes(step_of(s)))
      passed(s, step_of(s), 0);
    else
      s.moved = s.request->length, ++s.step;
  }
}

/// A read that was short, or that was to tell in any case.
void Lane::chained_read(Slot& s, Tag tag, int result) {
  if (tag.kind & Tag::kLook) {
    s.at_end |= result == 0;
    return;
  }
  s.step = std::uint8_t(tag.step + 1);
  if (result >= 0) {
    s.moved = std::min(std::uint64_t(result), s.request->length);
    s.at_end = odd(s.moved) != 0 && s.moved == std::uint64_t(result);
  } else if (result != -EINTR && result != -EAGAIN && s.error == 0) {
    s.error = -result;
  }
}

/// The file is closed. If it may be longer than what was read it is opened again, for the rest.
void Lane::end_of_chain(Slot& s) {
  const std::uint64_t length = s.request->length;
  if (s.error != 0) return finish(s);
  if (s.moved == length || s.at_end) {
    if (s.moved != 0) deliver(s, 0, buffer(s), s.moved);
    if (s.moved < length && length != IODYNO_SIZE_UNKNOWN) s.error = ENODATA;
    return finish(s);
  }
  s.moved &= ~(std::uint64_t{kPage} - 1);
  if (s.moved != 0) deliver(s, 0, buffer(s), s.moved);
  s.next = s.moved;
  s.step = 0;
  advance(s);
}

}  // namespace engine::uring
