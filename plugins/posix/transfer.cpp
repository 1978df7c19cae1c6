// Where the bytes of a request are: how they are moved is shared with other backends.
#include "../common/transfer.hpp"

#include <algorithm>

#include "engine.hpp"

namespace engine::posix {

using iodyno::Done;
using iodyno::Fd;
using iodyno::open_at;

Done Posix::write_file(const Request& r, std::uint32_t slot, int how_to_open) {
  return marked(::write_file(config, directories_.place(r.path, slot), r, how_to_open));
}

Done Posix::replace(const Request& r, std::uint32_t slot) {
  return marked(
      replace_file(config, directories_.place(r.path, slot), directories_.place(r.path2, slot), r));
}

Done Posix::copy(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const Fd from = open_at(dir, path, O_RDONLY | direct_);
  advise(from, file_advice_);
  return marked(copier_.copy(from, r, buffer(slot)));
}

std::uint64_t Posix::read_file(const Request& r, std::uint32_t slot) {
  const auto [dir, path] = directories_.place(r.path, slot);
  const Fd fd = open_at(dir, path, O_RDONLY | direct_);
  advise(fd, file_advice_);
  return read_from(fd, r, 0, slot);
}

std::uint64_t Posix::read_from(int fd, const Request& r, std::uint64_t offset, std::uint32_t slot) {
  const auto room = buffer(slot);
  const bool ahead = readahead_ != 0 && r.op == IODYNO_OP_READ && r.length > room.size();
  return read_range(
      fd, r, offset, room, granule_,
      [&](std::uint64_t done, std::span<const std::byte> piece) { deliver(r, done, piece); },
      [&](std::uint64_t done) {
        if (ahead) read_ahead(fd, done, room.size());
      });
}

/// Keeps `readahead_` bytes on their way.
void Posix::read_ahead(int fd, std::uint64_t done, std::uint64_t piece) const {
  const std::uint64_t end = done + readahead_;
  ask_ahead(fd, {done == 0 ? 0 : end - std::min(piece, readahead_), end});
}

/// Only with O_DIRECT is there a tail.
Done Posix::marked(Done done) {
  if (direct_ && (done.how & IODYNO_FALLBACK)) had_tail_.store(true, std::memory_order_relaxed);
  return done;
}

}  // namespace engine::posix
