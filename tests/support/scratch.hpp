/// Directories, files and mounts for tests, all gone afterwards.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iodyno/posix.hpp>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>

namespace iodyno::test {

namespace fs = std::filesystem;

/// An empty directory that is removed with all that it holds.
class TempDir {
 public:
  explicit TempDir(const fs::path& parent = ".") {
    std::string name = fs::absolute(parent) / "iotest-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = fs::canonical(name);
    fd_ = open_at(AT_FDCWD, path_.c_str(), O_RDONLY | O_DIRECTORY);
  }
  TempDir(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  int fd() const { return fd_; }
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
  Fd fd_;
};

inline void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

/// The type of the file system of a directory: "ext4".
inline std::string file_system_of(const fs::path& directory) {
  std::ifstream mounts("/proc/self/mounts");
  std::string source, point, type, rest, best, found;
  while (mounts >> source >> point >> type && std::getline(mounts, rest))
    if ((directory.string() + "/").starts_with(point == "/" ? point : point + "/") &&
        point.size() >= best.size())
      best = point, found = type;
  return found;
}

/// The file system of a directory is memory: nothing on it can be cold or direct.
inline bool in_memory(const fs::path& directory) {
  const auto type = file_system_of(directory);
  return type == "tmpfs" || type == "ramfs";
}

/// From here on, mounts are this process's own, so that they are gone at the latest with it. What
/// was opened before does not see them. Returns why it can't be done, or nothing.
inline std::string enter_own_mounts() {
  static const int error = [] {
    if (unshare(CLONE_NEWNS) != 0) return errno;
    return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : errno;
  }();
  return error == 0 ? "" : std::string("mounts of our own: ") + std::strerror(error);
}

/// A mount as long as it lives, after enter_own_mounts(). Where it can't be made, `refused` says
/// why.
class Mount {
 public:
  Mount(const fs::path& source, const fs::path& point, const char* type, unsigned long flags,
        const char* data = nullptr)
      : point_(point) {
    if (mount(source.c_str(), point.c_str(), type, flags, data) != 0)
      refused = std::string("mount: ") + std::strerror(errno);
  }
  /// A file system in memory.
  Mount(const fs::path& point, const char* data) : Mount("none", point, "tmpfs", 0, data) {}
  Mount(const Mount&) = delete;
  ~Mount() {
    if (refused.empty()) umount2(point_.c_str(), MNT_DETACH);
  }

  std::string refused;

 private:
  fs::path point_;
};

/// What the exception of a call says; empty if there is none.
template <class Exception = std::exception>
std::string thrown_by(auto call) {
  try {
    call();
  } catch (const Exception& e) {
    return e.what();
  }
  return {};
}
/// The errno value of the std::system_error that a call throws; 0 if there is none.
int errno_of(auto call) {
  try {
    call();
  } catch (const std::system_error& e) {
    return e.code().value();
  }
  return 0;
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << text << "\" does not contain \"" << part << '"';
}

}  // namespace iodyno::test
