// A request: what is known of its source, which parts are copied, and what is done about a refusal.
#include <sys/stat.h>

#include <system_error>

#include "engine.hpp"

namespace engine::copy {

using iodyno::Done;
using iodyno::fail;
using iodyno::Fd;
using iodyno::open_at;
using iodyno::retry;

void Copy::run(const iodyno_batch& batch) {
  PerRequest::run(batch);
  const auto say = [this](const char* key, const std::string& text, bool happened, bool& noted) {
    if (happened && !noted) config.note(key, text.c_str());
    noted |= happened;
  };
  const auto text = [](int error) { return std::generic_category().message(error); };
  say("fallback", "read_write: " + text(refusal_), refusal_ != 0, noted_refusal_);
  say("preallocated", "no: fallocate: " + text(room_refusal_), room_refusal_ != 0, noted_room_);
  say("direct_tail", "what is not a multiple of 4096 went through the page cache", had_tail_,
      noted_tail_);
}

Done Copy::perform(const Request& r, std::uint32_t slot) {
  if (r.op != IODYNO_OP_COPY || !method_) fail(ENOTSUP, "unknown operation");
  Job job{.length = r.length, .size = IODYNO_SIZE_UNKNOWN, .slot = slot};
  const Fd from = open_source(r, job);
  Fd to = open_at(config.dir2(), r.path2, O_WRONLY | direct_ | O_CREAT | O_EXCL, 0644);
  job.from = from;
  job.to = to;
  const Done done = copy(job);
  if (r.flags & IODYNO_DURABLE) retry([&] { return ::fdatasync(to); }, "fdatasync");
  to.close();
  return done;
}

/// A single file may have no O_DIRECT where others have it.
Fd Copy::open_source(const Request& r, Job& job) const {
  const auto open = [&](int extra) {
    return ::openat(config.dir(), r.path, O_RDONLY | O_CLOEXEC | extra);
  };
  if (direct_ == 0) return open_at(config.dir(), r.path, O_RDONLY);
  if (const int fd = open(direct_); fd >= 0) return Fd(fd);
  if (!is_refusal(errno)) fail(errno, r.path);
  job.refused = errno;
  return Fd(open(0), r.path);
}

/// A file of one page has no holes worth looking for, and its size is found out by the reading.
Done Copy::copy(Job& job) {
  if (job.length <= kPage && !method_->needs_size())
    return {job.length, copy_part(job, {0, job.length}, false)};
  struct stat s;
  iodyno::check(::fstat(job.from, &s), "fstat");
  if (S_ISDIR(s.st_mode)) fail(EISDIR, "the source is a directory");
  job.size = std::uint64_t(s.st_size);
  if (job.size == 0) return copy_unsized(job);
  if (job.length != IODYNO_SIZE_UNKNOWN && job.length > job.size)
    fail(ENODATA, "the file is too short");
  job.length = std::min(job.length, job.size);
  const bool holes = has_holes(s);
  if (holes && !method_->keeps_holes()) return {job.length, copy_with_holes(job)};
  return {job.length, copy_part(job, {0, job.length}, holes)};
}

/// The files of the kernel itself have bytes and no size: only reading tells.
Done Copy::copy_unsized(const Job& job) {
  const Progress done =
      copy_by_hand(job.from, job.to, {0, job.length}, scratch_[job.slot], granule_);
  if (done.at < job.length && job.length != IODYNO_SIZE_UNKNOWN)
    fail(ENODATA, "the file is too short");
  return {done.at, done.how | (done.at == 0 || by_hand_ ? 0u : std::uint32_t{IODYNO_FALLBACK})};
}

std::uint32_t Copy::copy_with_holes(const Job& job) {
  std::uint32_t how = 0;
  iodyno::check(::ftruncate(job.to, off_t(job.length)), "ftruncate");
  each_extent(job.from, {0, job.length}, [&](Extent part) { how |= copy_part(job, part, false); });
  return how;
}

/// `holes`: the part may have some.
std::uint32_t Copy::copy_part(const Job& job, Extent part, bool holes) {
  if (part.size() >= kLeastRoom) make_room(job.to, part);
  if (job.refused != 0) return fall_back(job, part, job.refused, holes);
  const Progress done = method_->copy(job, part);
  if (done.refused != 0) return fall_back(job, {done.at, part.end}, done.refused, holes);
  if (done.at < part.end) fail(ENODATA, "the file is too short");
  if (direct_ != 0 && (done.how & IODYNO_FALLBACK))
    had_tail_.store(true, std::memory_order_relaxed);
  return done.how;
}

/// By reads and writes, through the page cache.
std::uint32_t Copy::fall_back(const Job& job, Extent rest, int refused, bool holes) {
  int none = 0;
  refusal_.compare_exchange_strong(none, refused, std::memory_order_relaxed);
  if (direct_ != 0)
    for (const int fd : {job.from, job.to}) iodyno::check(::fcntl(fd, F_SETFL, 0), "fcntl");
  const auto by_hand = [&](Extent part) {
    if (copy_by_hand(job.from, job.to, part, scratch_[job.slot]).at < part.end)
      fail(ENODATA, "the file is too short");
  };
  if (holes) {
    iodyno::check(::ftruncate(job.to, off_t(job.length)), "ftruncate");
    each_extent(job.from, rest, by_hand);
  } else {
    by_hand(rest);
  }
  return IODYNO_FALLBACK;
}

/// What a file system refuses here it refuses for good.
void Copy::make_room(int to, Extent part) {
  const Room room = room_.load(std::memory_order_relaxed);
  if (room == Room::as_it_grows) return;
  if (room == Room::fallocate) {
    int result;
    do result = ::fallocate(to, 0, off_t(part.begin), off_t(part.size()));
    while (result < 0 && errno == EINTR);
    if (result == 0) return;
    if (!is_refusal(errno)) fail(errno, "fallocate");
    room_refusal_.store(errno, std::memory_order_relaxed);
    room_.store(Room::as_it_grows, std::memory_order_relaxed);
    return;
  }
  // A file with holes has its size already.
  if (part.begin == 0) iodyno::check(::ftruncate(to, off_t(part.end)), "ftruncate");
}

}  // namespace engine::copy
