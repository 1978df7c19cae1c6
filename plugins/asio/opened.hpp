/// A file that Asio works on while a request needs it.
#pragma once
#include <fcntl.h>

#include <cerrno>

#include "task.hpp"

class Opened {
 public:
  /// `file` is not open.
  explicit Opened(File& file) : file_(file) {}
  Opened(const Opened&) = delete;
  ~Opened() {
    asio::error_code nobody_asks;
    if (file_.is_open()) file_.close(nobody_asks);
  }

  /// By openat(2), as Asio itself only takes whole paths, and blocks likewise. 0, or an errno
  /// value.
  int open(int dir, const char* path, int flags) {
    int fd;
    do fd = ::openat(dir, path, flags | O_CLOEXEC, 0644);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) return errno;
    asio::error_code e;
    file_.assign(fd, e);
    return e.value();
  }
  /// Tells of a write that failed late. Linux closes the file also when a signal interrupts it.
  int close() {
    asio::error_code e;
    file_.close(e);
    return e == asio::error::interrupted ? 0 : e.value();
  }

 private:
  File& file_;
};
