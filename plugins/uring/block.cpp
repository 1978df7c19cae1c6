// Random access: a block that is one transfer on a registered file. It needs nothing of a program
// but one entry, and of a slot but its first line; if it does not come whole, the slot is unfolded,
// and it goes on like any other.
#include "lane.hpp"

namespace engine::uring {

bool Lane::start_block(Slot& s) {
  const iodyno_request& r = *s.request;
  const bool writes = s.program->steps[0] == Step::write;
  std::byte* data = buffer(s);
  if (r.length == 0 || odd(r.length) != 0 || !set_is_registered_) return false;
  if (writes) {
    const auto piece = config_.source(r, 0);
    if (piece.size() != r.length || r.length > kWritePiece) return false;
    data = const_cast<std::byte*>(piece.data());
  } else if (r.length > buffer_size_) {
    return false;
  }
  const Transfer how = transfer(writes);
  ring_->reserve(1);
  io_uring_sqe* e = ring_->next();
  io_uring_prep_rw(how.opcode, e, int(2 * depth_ + r.file), data, unsigned(r.length), r.offset);
  e->flags = std::uint8_t(how.flags | IOSQE_FIXED_FILE);
  e->rw_flags = how.rw_flags;
  e->buf_index = std::uint16_t(writes ? depth_ : number(s));
  e->user_data = Tag{.step = 0, .part = 0, .kind = Tag::kBlock, .slot = number(s)}.pack();
  ++owed_;
  return true;
}

void Lane::on_block(Slot& s, int result) {
  const iodyno_request& r = *s.request;
  const bool writes = s.program->steps[0] == Step::write;
  --owed_;
  if (std::uint64_t(result) != r.length) [[unlikely]] {
    unfold(s);
    Part& p = parts(s)[0];
    p = {.data = writes ? const_cast<std::byte*>(config_.source(r, 0).data()) : buffer(s),
         .at = 0,
         .want = std::uint32_t(r.length),
         .done = 0,
         .busy = true,
         .writes = writes};
    s.part_size = buffer_size_;
    s.next = r.length;
    s.busy_parts = 1;
    return on_part(s, p, result);
  }
  if (!writes) deliver(s, 0, buffer(s), r.length);
  s.completion->error = 0;
  s.completion->how = s.how;
  s.completion->bytes = r.length;
  vacant_.leave(number(s));
}

}  // namespace engine::uring
