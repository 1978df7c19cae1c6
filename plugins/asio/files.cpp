// Whole files, from open to close, and the files of the open set.
#include <cerrno>
#include <string>

#include "engine.hpp"
#include "opened.hpp"

Task<Outcome> Asio::read_file(Slot& s, const Request& r) {
  Opened from(s.file);
  if (const int error = from.open(config_.dir(), r.path, O_RDONLY | direct_))
    co_return Outcome{.error = error};
  co_return co_await read(s, s.file, r, 0);
}

Task<Outcome> Asio::write_file(Slot& s, const Request& r, const char* path, int how_to_open) {
  // O_DIRECT has to know whether the end of the file is aligned, so the end is looked up.
  const bool to_end = direct_ && (how_to_open & O_APPEND);
  if (to_end) how_to_open &= ~O_APPEND;
  Opened to(s.file);
  if (const int error = to.open(config_.dir(), path, O_WRONLY | direct_ | how_to_open))
    co_return Outcome{.error = error};
  asio::error_code e;
  const std::uint64_t end = to_end ? s.file.size(e) : 0;
  if (e) co_return Outcome{.error = e.value()};
  Outcome all = co_await write(s.file, r, end, granule_);
  if (all.error == 0 && (r.flags & IODYNO_DURABLE)) all.error = sync(s.file);
  if (const int error = to.close(); all.error == 0) all.error = error;
  co_return all;
}

Task<Outcome> Asio::replace(Slot& s, const Request& r) {
  Outcome all = co_await write_file(s, r, r.path2, O_CREAT | O_EXCL);
  if (all.error == EEXIST) co_return all;  // it is somebody else's
  const int dir = config_.dir();
  if (all.error == 0 && ::renameat(dir, r.path2, dir, r.path) < 0) all.error = errno;
  if (all.error != 0) ::unlinkat(dir, r.path2, 0);
  co_return all;
}

Task<Outcome> Asio::copy_file(Slot& s, const Request& r) {
  Opened from(s.file), to(s.to);
  if (const int error = from.open(config_.dir(), r.path, O_RDONLY | direct_))
    co_return Outcome{.error = error};
  const int create = O_WRONLY | direct_ | O_CREAT | O_EXCL;
  if (const int error = to.open(config_.dir2(), r.path2, create)) co_return Outcome{.error = error};
  Outcome all = co_await copy(s, r);
  if (all.error == 0 && (r.flags & IODYNO_DURABLE)) all.error = sync(s.to);
  if (const int error = to.close(); all.error == 0) all.error = error;
  co_return all;
}

Task<Outcome> Asio::read_block(Slot& s, const Request& r) {
  if (const int error = aim(s, r.file)) co_return Outcome{.error = error};
  co_return co_await read(s, s.block, r, r.offset);
}

Task<Outcome> Asio::write_block(Slot& s, const Request& r) {
  if (const int error = aim(s, r.file)) co_return Outcome{.error = error};
  Outcome all = co_await write(s.block, r, r.offset, 1);
  if (all.error == 0 && (r.flags & IODYNO_DURABLE)) all.error = sync(s.block);
  co_return all;
}

Outcome Asio::sync_file(Slot& s, const Request& r) {
  const int error = aim(s, r.file);
  return {.error = error != 0 ? error : sync(s.block)};
}

/// Asio has this as a blocking call alone: fdatasync(2).
int Asio::sync(File& file) {
  asio::error_code e;
  do file.sync_data(e);
  while (e == asio::error::interrupted);
  return e.value();
}

/// Makes `block` the file of the set. 0, or an errno value.
int Asio::aim(Slot& s, std::uint32_t which) const {
  if (which >= set_.size()) return EBADF;
  if (s.block.is_open()) {
    if (s.which == which) return 0;
    s.block.release();
  }
  asio::error_code e;
  s.block.assign(set_.file(which), e);
  s.which = which;
  return e.value();
}
