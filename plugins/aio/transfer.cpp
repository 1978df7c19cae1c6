// The steps of a request: pieces of its block, one after the other, and what makes it durable.
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "engine.hpp"

void Aio::begin(Slot& s) {
  s.done = s.filled = 0;
  s.how = 0;
  s.syncs = false;
  s.control.aio_fildes = files_.file(s.request->file);
  s.control.aio_rw_flags = 0;
  if (s.request->op == IODYNO_OP_FSYNC) return sync(s);
  if (s.request->length == 0) return writes(s) && is_durable(s) ? sync(s) : finish(s, 0);
  if (!writes(s)) {
    s.control.aio_lio_opcode = IO_CMD_PREAD;
    return read_piece(s);
  }
  s.control.aio_lio_opcode = IO_CMD_PWRITE;
  if (by_dsync_ && is_durable(s)) s.control.aio_rw_flags = RWF_DSYNC;
  write_piece(s);
}

void Aio::read_piece(Slot& s) {
  const auto room = buffer(s);
  s.want = std::min<std::uint64_t>(s.request->length - s.done, room.size());
  move(s, room.data() + s.filled, s.want - s.filled, s.done + s.filled);
}

/// The kernel only reads what is written.
void Aio::write_piece(Slot& s) {
  const auto piece = config_.source(*s.request, s.done);
  move(s, const_cast<std::byte*>(piece.data()), piece.size(), s.done);
}

/// `at`: in the block.
void Aio::move(Slot& s, std::byte* data, std::uint64_t size, std::uint64_t at) {
  s.control.u.c.buf = data;
  s.control.u.c.nbytes = size;
  s.control.u.c.offset = static_cast<long long>(s.request->offset + at);
  queue_.push_back(&s.control);
}

/// The kernel does it on a thread of its own (fs/aio.c: aio_fsync).
void Aio::sync(Slot& s) {
  if (syncs_by_call_) return sync_by_call(s);
  s.syncs = true;
  s.how |= IODYNO_PUNTED;
  s.control.aio_lio_opcode = IO_CMD_FDSYNC;
  s.control.aio_rw_flags = 0;
  s.control.u.c = {};
  queue_.push_back(&s.control);
}

void Aio::on_event(Slot& s, long result) {
  if (result == -EINTR) return queue_.push_back(&s.control);
  if (result < 0 || s.syncs) return finish(s, int(-result));
  return writes(s) ? on_written(s, std::uint64_t(result)) : on_read(s, std::uint64_t(result));
}

void Aio::on_read(Slot& s, std::uint64_t count) {
  s.filled += count;
  // A count that O_DIRECT does not move ends the file.
  const bool at_end = count == 0 || (direct_ && count % kPage != 0);
  if (s.filled < s.want && !at_end) return read_piece(s);
  if (s.filled != 0)
    config_.deliver(std::uint32_t(s.request - batch_->requests), s.done, buffer(s).first(s.filled));
  s.done += s.filled;
  s.filled = 0;
  if (s.done == s.request->length) return finish(s, 0);
  if (at_end) return finish(s, ENODATA);
  read_piece(s);
}

void Aio::on_written(Slot& s, std::uint64_t count) {
  if (count == 0) return finish(s, EIO);
  s.done += count;
  if (s.done < s.request->length) return write_piece(s);
  if (is_durable(s) && !by_dsync_) return sync(s);
  finish(s, 0);
}

void Aio::sync_by_call(Slot& s) {
  s.how = IODYNO_FALLBACK;
  int result;
  do result = ::fdatasync(s.control.aio_fildes);
  while (result < 0 && errno == EINTR);
  finish(s, result < 0 ? errno : 0);
}
