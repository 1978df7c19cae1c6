// One step after the other: what chains cannot do, and what is left when one was cut.
#include <cerrno>

#include "../common/list.hpp"
#include "lane.hpp"

namespace engine::uring {

namespace {

constexpr unsigned kStatMask = STATX_TYPE | STATX_SIZE | STATX_MTIME;

std::int64_t result_of(int returned) { return returned < 0 ? -errno : returned; }

}  // namespace

/// What is to be done next; false if nothing is. After a failure: to close and to remove.
bool Lane::next_step(const Slot& s, Step& step) const {
  if (!s.unwinding) {
    if (s.step == s.program->length) return false;
    step = step_of(s);
    return true;
  }
  if (s.open & Slot::kTo)
    step = Step::close_to;
  else if (s.open & Slot::kFrom)
    step = Step::close;
  else
    step = Step::drop;
  return s.open != 0 || s.made;
}

/// Submits the next step. Those for which there is no opcode are done on the way.
void Lane::advance(Slot& s) {
  for (Step step; next_step(s, step);) {
    if (moves_bytes(step)) return begin_transfer(s);
    if (!(by_call_ & bit_of(step))) {
      io_uring_sqe* e = entry(s);
      prepare(e, s, step);
      e->user_data = Tag{.step = s.step, .slot = number(s)}.pack();
      return;
    }
    settle(s, call(s, step));
  }
  finish(s);
}

void Lane::on_step(Slot& s, int result) {
  if (Step step; result != -EINTR || (next_step(s, step) && closes(step))) settle(s, result);
  advance(s);
}

/// Takes note of the result of the step that is being done. A file is closed also if close() fails.
void Lane::settle(Slot& s, std::int64_t result) {
  Step step;
  next_step(s, step);
  if (result >= 0 || s.unwinding || (closes(step) && result == -EINTR))
    return passed(s, step, result);
  if (step == Step::close) s.open &= std::uint8_t(~Slot::kFrom);
  if (step == Step::close_to) s.open &= std::uint8_t(~Slot::kTo);
  fail(s, int(-result));
}

void Lane::passed(Slot& s, Step step, std::int64_t result) {
  switch (step) {
    case Step::open:
      s.open |= Slot::kFrom;
      s.fd[0] = int(result);
      s.made = s.program->temporary;
      break;
    case Step::open_to:
      s.open |= Slot::kTo;
      s.fd[1] = int(result);
      break;
    case Step::close: s.open &= std::uint8_t(~Slot::kFrom); break;
    case Step::close_to: s.open &= std::uint8_t(~Slot::kTo); break;
    case Step::put_in_place:
    case Step::drop: s.made = false; break;
    case Step::find_end: s.base = stats_[number(s)].stx_size; break;
    case Step::stat: s.moved = stats_[number(s)].stx_size; break;
    case Step::list: s.moved = std::uint64_t(result); break;
    default: break;
  }
  if (!s.unwinding) ++s.step;
}

/// What failed first is what is reported.
void Lane::fail(Slot& s, int error) {
  if (s.error == 0) s.error = error;
  s.unwinding = true;
}

/// The steps for which the kernel may have no opcode, as system calls.
std::int64_t Lane::call(const Slot& s, Step step) {
  const iodyno_request& r = *s.request;
  const int dir = config_.dir(), dir2 = config_.dir2();
  switch (step) {
    case Step::unlink: return result_of(::unlinkat(dir, r.path, 0));
    case Step::rmdir: return result_of(::unlinkat(dir, r.path, AT_REMOVEDIR));
    case Step::drop: return result_of(::unlinkat(dir, r.path2, 0));
    case Step::put_in_place: return result_of(::renameat(dir, r.path2, dir, r.path));
    case Step::rename: return result_of(::renameat(dir, r.path, dir2, r.path2));
    case Step::link: return result_of(::linkat(dir, r.path, dir2, r.path2, 0));
    case Step::symlink: return result_of(::symlinkat(r.path, dir2, r.path2));
    case Step::mkdir: return result_of(::mkdirat(dir, r.path, 0755));
    case Step::list: break;
    default: return -ENOTSUP;
  }
  try {
    return std::int64_t(count_entries(dir, r.path, scratch_[depth_]));
  } catch (const std::system_error& e) {
    return -e.code().value();
  }
}

void Lane::prepare(io_uring_sqe* e, const Slot& s, Step step) {
  const iodyno_request& r = *s.request;
  const Program& program = *s.program;
  const int dir = config_.dir(), dir2 = config_.dir2();
  struct statx* stat = &stats_[number(s)];
  switch (step) {
    case Step::open:
      return prepare_open(e, s, 0, dir, program.temporary ? r.path2 : r.path, program.how_to_open);
    case Step::open_to:
      return prepare_open(e, s, 1, dir2, r.path2,
                          O_WRONLY | O_CREAT | O_EXCL | (program.how_to_open & O_DIRECT));
    case Step::close: return prepare_close(e, s, 0);
    case Step::close_to: return prepare_close(e, s, 1);
    case Step::sync:
      io_uring_prep_fsync(e, 0, IORING_FSYNC_DATASYNC);
      return aim(e, s, s.open & Slot::kTo || r.op == IODYNO_OP_COPY);
    case Step::find_end:
    case Step::stat: return io_uring_prep_statx(e, dir, r.path, AT_NO_AUTOMOUNT, kStatMask, stat);
    case Step::unlink: return io_uring_prep_unlinkat(e, dir, r.path, 0);
    case Step::rmdir: return io_uring_prep_unlinkat(e, dir, r.path, AT_REMOVEDIR);
    case Step::drop: return io_uring_prep_unlinkat(e, dir, r.path2, 0);
    case Step::put_in_place: return io_uring_prep_renameat(e, dir, r.path2, dir, r.path, 0);
    case Step::rename: return io_uring_prep_renameat(e, dir, r.path, dir2, r.path2, 0);
    case Step::link: return io_uring_prep_linkat(e, dir, r.path, dir2, r.path2, 0);
    case Step::symlink: return io_uring_prep_symlinkat(e, r.path, dir2, r.path2);
    case Step::mkdir: return io_uring_prep_mkdirat(e, dir, r.path, 0755);
    default: return io_uring_prep_nop(e);  // transfers, and list
  }
}

/// Into the slot's own place of the table: O_CLOEXEC is refused there, and has no meaning. Without
/// a place (IORING_FILE_INDEX_ALLOC) liburing 2.3 would open an ordinary descriptor.
void Lane::prepare_open(io_uring_sqe* e, const Slot& s, unsigned which, int dir, const char* path,
                        int how_to_open) const {
  if (s.ordinary)
    io_uring_prep_openat(e, dir, path, how_to_open | O_CLOEXEC, 0644);
  else
    io_uring_prep_openat_direct(e, dir, path, how_to_open, 0644, 2 * number(s) + which);
}

void Lane::prepare_close(io_uring_sqe* e, const Slot& s, unsigned which) const {
  if (s.ordinary)
    io_uring_prep_close(e, s.fd[which]);
  else
    io_uring_prep_close_direct(e, 2 * number(s) + which);
}

/// Points an entry at a file of its request.
void Lane::aim(io_uring_sqe* e, const Slot& s, unsigned which) const {
  if (s.ordinary || (s.program->of_the_set && !set_is_registered_)) {
    e->fd = s.ordinary ? s.fd[which] : int(set_[s.request->file]);
    return;
  }
  e->fd = int(s.program->of_the_set ? 2 * depth_ + s.request->file : 2 * number(s) + which);
  e->flags |= IOSQE_FIXED_FILE;
}

}  // namespace engine::uring
