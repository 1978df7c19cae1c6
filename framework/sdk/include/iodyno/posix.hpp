/// iodyno/posix.hpp - system calls that throw, transfers that go on, descriptors that close: for
/// backends that want them.
#pragma once
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "backend.hpp"

namespace iodyno {

/// The result of a system call, or a throw of its errno.
template <class Int>
Int check(Int result, const char* what = "") {
  if (result < 0) fail(errno, what);
  return result;
}

/// Calls `call` again as long as a signal interrupts it; then as check().
template <class Call>
auto retry(Call call, const char* what = "") {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return check(result, what);
}

/// Reads at `offset` until `buffer` is full or the file ends. Returns the bytes read.
/// `granule`: of what a transfer may begin at a multiple (O_DIRECT); a count that is none ends the
/// file.
inline std::size_t read_fully(int fd, std::span<std::byte> buffer, std::uint64_t offset,
                              std::size_t granule = 1) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto rest = buffer.subspan(done);
    const auto count = std::size_t(retry(
        [&] { return ::pread(fd, rest.data(), rest.size(), off_t(offset + done)); }, "pread"));
    done += count;
    if (count == 0 || count % granule != 0) break;
  }
  return done;
}

/// Writes all of `data` at `offset`; with O_APPEND at the end of the file.
inline void write_fully(int fd, std::span<const std::byte> data, std::uint64_t offset) {
  while (!data.empty()) {
    const auto count = std::size_t(
        retry([&] { return ::pwrite(fd, data.data(), data.size(), off_t(offset)); }, "pwrite"));
    if (count == 0) fail(EIO, "pwrite wrote nothing");
    data = data.subspan(count);
    offset += count;
  }
}

/// An open file, closed when it goes out of scope. What was written is closed by close(), which
/// tells of a write that failed late; the destructor can't.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd, const char* what = "open") : fd_(check(fd, what)) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  operator int() const { return fd_; }
  /// The descriptor, which is the caller's from here on.
  int release() { return std::exchange(fd_, -1); }

  /// Linux closes the file also when a signal interrupts close(): not to be repeated, and no error.
  void close() {
    if (::close(std::exchange(fd_, -1)) < 0 && errno != EINTR) fail(errno, "close");
  }

 private:
  int fd_ = -1;
};

/// Opens `path` below `dir`, never inherited by a child process.
inline Fd open_at(int dir, const char* path, int flags, mode_t mode = 0) {
  return Fd(retry([&] { return ::openat(dir, path, flags | O_CLOEXEC, mode); }, path));
}

}  // namespace iodyno
