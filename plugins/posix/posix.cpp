#include <string_view>
#include <system_error>

#include "../common/direct.hpp"
#include "../common/names.hpp"
#include "engine.hpp"

using iodyno::fail;
using iodyno::retry;

namespace {

int advice_of(std::string_view name) {
  if (name == "sequential") return POSIX_FADV_SEQUENTIAL;
  if (name == "random") return POSIX_FADV_RANDOM;
  if (name == "willneed") return POSIX_FADV_WILLNEED;
  return -1;
}

}  // namespace

Posix::Posix(const iodyno::Config& c)
    : PerRequest(c),
      direct_(c.direct() ? O_DIRECT : 0),
      granule_(c.direct() ? kPage : 1),
      scratch_(c.depth(), kScratch),
      copies_in_kernel_(c.choice("copy") == "copy_file_range" && !c.direct()) {
  if (c.direct()) {
    require_direct(c.dir(), scratch_[0].first(kPage));
    if (c.dir2() != c.dir()) require_direct(c.dir2(), scratch_[0].first(kPage));
  } else {
    const int advice = advice_of(c.choice("fadvise"));
    if (advice != POSIX_FADV_RANDOM) file_advice_ = advice;
    // An open set gets no `willneed`: it would be read before the clock, by whoever opens it.
    if (advice != POSIX_FADV_WILLNEED) block_advice_ = advice;
  }
  refuse_links_on_fat(c);
  c.note("copy", copies_in_kernel_ ? "copy_file_range" : "read_write");
}

void Posix::run(const iodyno_batch& batch) {
  PerRequest::run(batch);
  if (const int error = copy_error_; error != 0 && !noted_copy_) {
    config.note("copy",
                ("read_write: copy_file_range: " + std::generic_category().message(error)).c_str());
    noted_copy_ = true;
  }
  if (had_tail_ && !noted_tail_) {
    config.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
    noted_tail_ = true;
  }
}

void Posix::open_files(std::span<const char* const> paths, std::uint32_t set) {
  files_.clear();
  const int mode = set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY;
  std::vector<iodyno::Fd> files;  // the set is empty if one of them can't be opened
  files.reserve(paths.size());
  for (const char* path : paths) {
    const iodyno::Fd& fd = files.emplace_back(iodyno::open_at(config.dir(), path, mode | direct_));
    advise(fd, block_advice_);
  }
  files_ = std::move(files);
}

iodyno::Done Posix::perform(const Request& r, std::uint32_t slot) {
  switch (r.op) {
    case IODYNO_OP_CREATE: return write_file(r, O_CREAT | O_EXCL);
    case IODYNO_OP_READ: return read_file(r, slot);
    case IODYNO_OP_OVERWRITE: return write_file(r, 0);
    case IODYNO_OP_APPEND: return write_file(r, O_APPEND);
    case IODYNO_OP_REWRITE: return write_file(r, O_TRUNC);
    case IODYNO_OP_REPLACE: return replace(r);
    case IODYNO_OP_COPY: return copy(r, slot);
    case IODYNO_OP_READ_BLOCK: return read_block(r, slot);
    case IODYNO_OP_WRITE_BLOCK: return write_block(r);
    case IODYNO_OP_FSYNC: return sync(file(r));
    default: return perform_on_names(config, r, scratch_[slot]);
  }
}

/// Most blocks come with one call, and it is made from here: after a system call the processor
/// mispredicts returns, so that each function in between shows (tests/benchmark/peers.cpp).
std::uint64_t Posix::read_block(const Request& r, std::uint32_t slot) {
  const int fd = file(r);
  const auto room = buffer(slot);
  if (r.length <= room.size()) {
    const auto piece = room.first(std::size_t(r.length));
    if (iodyno::read_fully(fd, piece, r.offset) == r.length) {
      deliver(r, 0, piece);
      return r.length;
    }
  }
  return read_range(fd, r, r.offset, slot);
}

std::uint64_t Posix::sync(int fd) const {
  return std::uint64_t(retry([fd] { return ::fdatasync(fd); }, "fdatasync"));
}

void Posix::advise(int fd, int advice) const {
  if (advice == kNoAdvice) return;
  if (const int error = ::posix_fadvise(fd, 0, 0, advice)) fail(error, "posix_fadvise");
}

int Posix::file(const Request& r) const {
  if (r.file >= files_.size()) fail(EBADF, "no such file in the open set");
  return files_[r.file];
}

std::span<std::byte> Posix::buffer(std::uint32_t slot) const {
  const auto offered = config.buffer(slot);
  return offered.size() < kPage ? scratch_[slot] : offered.first(offered.size() / kPage * kPage);
}

IODYNO_BACKEND(Posix)
