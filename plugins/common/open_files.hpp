/// The files of an open set, by their index.
#pragma once
#include <cerrno>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <utility>
#include <vector>

class OpenFiles {
 public:
  /// Replaces the set. After a failure it is empty. `flags`: IODYNO_WRITABLE; `more`: O_DIRECT.
  void open(int dir, std::span<const char* const> paths, std::uint32_t flags, int more) {
    files_.clear();
    std::vector<iodyno::Fd> files;
    files.reserve(paths.size());
    const int mode = (flags & IODYNO_WRITABLE ? O_RDWR : O_RDONLY) | more;
    for (const char* path : paths) files.push_back(iodyno::open_at(dir, path, mode));
    files_ = std::move(files);
  }

  int file(std::uint32_t index) const {
    if (index >= files_.size()) iodyno::fail(EBADF, "no such file in the open set");
    return files_[index];
  }
  std::size_t size() const { return files_.size(); }

 private:
  std::vector<iodyno::Fd> files_;
};
