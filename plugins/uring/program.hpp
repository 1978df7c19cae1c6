/// Each operation as a small program: the steps that it takes, one entry of the ring each.
#pragma once
#include <fcntl.h>
#include <iodyno/backend.h>

#include <array>
#include <cstdint>

namespace engine::uring {

enum class Step : std::uint8_t {
  find_end,      ///< the size of the file: where to append with O_DIRECT
  open,          ///< the file
  open_to,       ///< the file that a copy goes to
  read,          ///< as many transfers as it takes
  write,         ///< likewise
  copy,          ///< reads, each followed by the write of its bytes
  sync,          ///< what was written is made durable
  close_to,      ///< the file that a copy goes to
  close,         ///< the file
  put_in_place,  ///< rename path2 over path
  drop,          ///< unlink path2, after a failure
  unlink,
  rmdir,
  rename,
  link,
  symlink,
  mkdir,
  stat,
  list,
  count
};

constexpr std::uint32_t bit_of(Step step) { return 1u << unsigned(step); }
constexpr bool closes(Step step) { return step == Step::close || step == Step::close_to; }
constexpr bool moves_bytes(Step step) {
  return step == Step::read || step == Step::write || step == Step::copy;
}

/// How much of what is in flight to wait for: the more patient of two is the greater.
enum class Patience : std::uint8_t { one, eighth, all };

struct Program {
  std::array<Step, 6> steps{};
  std::uint8_t length = 0;
  int how_to_open = 0;
  bool of_the_set = false;   ///< on a file of the open set
  bool writes_file = false;  ///< from its beginning or end, so that its end may be odd
  bool temporary = false;    ///< its file is to be removed if it fails
  bool is_block = false;     ///< transfers alone

  // What the session makes of it.
  Patience patience = Patience::one;
  std::uint32_t how = 0;           ///< in which way it comes about, in any case,
  std::uint32_t how_of_bytes = 0;  ///< and if it has any bytes to move

  constexpr Program& then(Step step) {
    steps[length++] = step;
    return *this;
  }
};

/// The program of an operation. `direct`: O_DIRECT or 0.
constexpr Program program_of(iodyno_op op, bool durable, int direct) {
  Program p;
  const auto create = O_CREAT | O_EXCL;
  const auto write_file = [&](int how_to_open) {
    p.how_to_open = O_WRONLY | direct | how_to_open;
    p.writes_file = true;
    p.then(Step::open).then(Step::write);
    if (durable) p.then(Step::sync);
    return p.then(Step::close);
  };
  const auto on_set = [&](Step step) {
    p.of_the_set = true;
    p.is_block = moves_bytes(step);
    return p.then(step);
  };
  switch (op) {
    case IODYNO_OP_CREATE: return write_file(create);
    case IODYNO_OP_OVERWRITE: return write_file(0);
    case IODYNO_OP_REWRITE: return write_file(O_TRUNC);
    case IODYNO_OP_APPEND:
      // O_DIRECT has to know whether the end of the file is aligned, so the end is looked up.
      if (direct) p.then(Step::find_end);
      return write_file(direct ? 0 : O_APPEND);
    case IODYNO_OP_REPLACE: p.temporary = true; return write_file(create).then(Step::put_in_place);
    case IODYNO_OP_READ:
      p.how_to_open = O_RDONLY | direct;
      return p.then(Step::open).then(Step::read).then(Step::close);
    case IODYNO_OP_COPY:
      p.how_to_open = O_RDONLY | direct;
      p.writes_file = true;
      p.then(Step::open).then(Step::open_to).then(Step::copy);
      if (durable) p.then(Step::sync);
      return p.then(Step::close_to).then(Step::close);
    case IODYNO_OP_READ_BLOCK: return on_set(Step::read);
    case IODYNO_OP_WRITE_BLOCK:
      on_set(Step::write);
      p.is_block = !durable;
      return durable ? p.then(Step::sync) : p;
    case IODYNO_OP_FSYNC: return on_set(Step::sync);
    case IODYNO_OP_DELETE: return p.then(Step::unlink);
    case IODYNO_OP_STAT: return p.then(Step::stat);
    case IODYNO_OP_RENAME: return p.then(Step::rename);
    case IODYNO_OP_LINK: return p.then(Step::link);
    case IODYNO_OP_SYMLINK: return p.then(Step::symlink);
    case IODYNO_OP_MKDIR: return p.then(Step::mkdir);
    case IODYNO_OP_RMDIR: return p.then(Step::rmdir);
    case IODYNO_OP_LIST: return p.then(Step::list);
    case IODYNO_OP_COUNT: break;
  }
  return p;
}

/// Whether it changes anything in a file.
constexpr bool writes(const Program& p) {
  for (std::uint8_t i = 0; i < p.length; ++i)
    if (p.steps[i] == Step::write || p.steps[i] == Step::copy) return true;
  return false;
}

}  // namespace engine::uring
