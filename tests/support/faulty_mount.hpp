/// A file system that fails when it is told to, as long as it lives; after enter_own_mounts().
/// Where it can't be had, `refused` says why.
#pragma once
#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "support/scratch.hpp"

namespace iodyno::test {

class FaultyMount {
 public:
  /// `directory` holds the files; they are there below `point`, too.
  FaultyMount(const fs::path& directory, const fs::path& point) : point_(point) {
    if (std::string(FAULTY_FILES).empty()) {
      refused = "built without libfuse3";
      return;
    }
    int ends[2];
    check(pipe2(ends, O_CLOEXEC), "pipe");
    const Fd ours(ends[0]);
    {
      const Fd theirs(ends[1]);
      pid_ = check(fork(), "fork");
      if (pid_ == 0) {
        dup2(theirs, STDOUT_FILENO);
        execl(FAULTY_FILES, FAULTY_FILES, directory.c_str(), point.c_str(), nullptr);
        _exit(127);
      }
    }
    char first = 0;
    if (retry([&] { return read(ours, &first, 1); }) != 1) refused = "no FUSE here";
  }
  FaultyMount(const FaultyMount&) = delete;
  ~FaultyMount() {
    if (refused.empty()) umount2(point_.c_str(), MNT_DETACH);
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  /// The value of `user.fault`, see faulty_files.cpp.
  static std::string fault(const std::string& operation, int error, const std::string& pattern,
                           unsigned from = 1) {
    return operation + " " + std::to_string(error) + " " + std::to_string(from) + " " + pattern;
  }
  void set(const std::string& fault) const {
    check(setxattr(point_.c_str(), "user.fault", fault.data(), fault.size(), 0), "user.fault");
  }
  void heal() const { set(""); }

  std::string refused;

 private:
  fs::path point_;
  pid_t pid_ = -1;
};

}  // namespace iodyno::test
