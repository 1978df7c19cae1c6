// Blocks of the open set, but for reading what is there, which mmap.cpp does; loads and stores.
#include <algorithm>
#include <cstring>

#include "engine.hpp"

namespace engine::mmap {

using iodyno::Done;

/// Of a file that may have grown since it was opened: mapped for this block alone.
std::uint64_t Mmap::read_block_behind(const OpenSet::File& file, const Request& r,
                                      std::uint32_t slot) {
  if (r.length == 0) return 0;
  const std::uint64_t size = size_of(file.fd);
  if (r.length > size || r.offset > size - r.length) iodyno::fail(ENODATA, "the file is too short");
  const Mapping mapping(file.fd, r.offset, r.length, PROT_READ);
  Faults faults;
  {
    const Watch watch(mapping.bytes(), faults);
    hand_over(r, 0, mapping.bytes(), slot);
  }
  if (faults.any()) fail_as_read(file.fd, r.offset + r.length);
  return r.length;
}

/// What lies behind the end of the file when it was opened makes it longer, which a store can't.
Done Mmap::write_block(const Request& r) {
  OpenSet::File& file = set_.file(r.file);
  if (!file.writable) iodyno::fail(EBADF, "the set was not opened for writing");
  bool stored = file.has(r.offset, r.length);
  if (stored && r.length > 0) {
    const OpenSet::Block block(set_, file, r.offset, r.length);
    store(r, 0, block.bytes());
    stored = !block.spoiled();
    if (stored && (r.flags & IODYNO_DURABLE)) sync(block.bytes());
  }
  if (stored) return r.length;
  write_instead(file.fd, r, 0, r.length, r.offset);
  if (r.flags & IODYNO_DURABLE) sync(file.fd);
  return {r.length, IODYNO_FALLBACK};
}

/// By way of a buffer.
void Mmap::hand_over_copies(const Request& r, std::uint64_t done, std::span<const std::byte> bytes,
                            std::uint32_t slot) const {
  const auto room = buffer(slot);
  for (std::size_t at = 0; at < bytes.size(); at += room.size()) {
    const auto piece = room.first(std::min(room.size(), bytes.size() - at));
    std::memcpy(piece.data(), &bytes[at], piece.size());
    deliver(r, done + at, piece);
  }
}

void Mmap::store(const Request& r, std::uint64_t done, std::span<std::byte> to) const {
  while (!to.empty()) {
    const auto source = config.source(r, done);
    const auto piece = source.first(std::min(source.size(), to.size()));
    std::memcpy(to.data(), piece.data(), piece.size());
    to = to.subspan(piece.size());
    done += piece.size();
  }
}

void Mmap::write_instead(int fd, const Request& r, std::uint64_t done, std::uint64_t length,
                         std::uint64_t offset) {
  wrote_instead_.store(true, std::memory_order_relaxed);
  for (const std::uint64_t end = done + length; done < end;) {
    const auto source = config.source(r, done);
    const auto piece = source.first(std::min<std::uint64_t>(source.size(), end - done));
    iodyno::write_fully(fd, piece, offset);
    offset += piece.size();
    done += piece.size();
  }
}

/// Just the pages of a block, though others may be dirty, too: msync(2) is fdatasync(2) of a range.
void Mmap::sync(std::span<std::byte> bytes) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  const auto page = page_of(begin);
  iodyno::retry(
      [&] {
        return ::msync(bytes.data() - (begin - page), bytes.size() + (begin - page), MS_SYNC);
      },
      "msync");
}

std::uint64_t Mmap::sync(int fd) const {
  return std::uint64_t(iodyno::retry([fd] { return ::fdatasync(fd); }, "fdatasync"));
}

}  // namespace engine::mmap
