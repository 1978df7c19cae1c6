/// Files without a name.
#pragma once
#include <cerrno>
#include <iodyno/posix.hpp>
#include <string>

/// A file without a name, to try things with. Where there is no O_TMPFILE, its name lives for a
/// moment. `flags`: O_DIRECT.
inline iodyno::Fd nameless_file(int dir, int flags = 0) {
  const int how = O_RDWR | O_CLOEXEC | flags;
  int fd = ::openat(dir, ".", O_TMPFILE | how, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    const std::string name = ".iodyno-nameless-" + std::to_string(::gettid());
    fd = ::openat(dir, name.c_str(), O_CREAT | O_EXCL | how, 0600);
    if (fd >= 0) ::unlinkat(dir, name.c_str(), 0);
  }
  return iodyno::Fd(fd, "a file to try things with");
}
