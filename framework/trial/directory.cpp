#include "trial/directory.hpp"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <chrono>
#include <memory>
#include <thread>

namespace iodyno::host {
namespace {

using May = std::function<bool(const std::string&)>;

/// Also when another was quicker.
bool unlink(int at, const std::string& name, int flags = 0) {
  return unlinkat(at, name.c_str(), flags) == 0 || errno == ENOENT;
}

class Remover {
 public:
  Remover(const Tick& tick, const May& may) : tick_(tick), may_(may) {}

  /// What can't be removed stays, and all else goes: throws the first failure when that is done.
  std::vector<std::string> remove_all(int at, const std::string& name) {
    remove(at, name, name);
    if (failures_ == 0) return std::move(kept_);
    const auto more = failures_ == 1 ? "" : ", and " + std::to_string(failures_ - 1) + " more";
    fail(first_error_, first_failure_ + more);
  }

 private:
  void remove(int at, const std::string& name, const std::string& path) {
    constexpr int kTries = 50;
    const auto staying_before = kept_.size() + failures_;
    for (int i = 1;; ++i) {
      try {
        empty(open_below(at, name), path);
      } catch (const std::system_error& e) {
        if (e.code().value() == ENOENT && path != name) return;
        return note(e.code().value(), "look into ", path);
      }
      if (kept_.size() + failures_ > staying_before) return;
      if (unlink(at, name, AT_REMOVEDIR)) return count();
      if (errno != ENOTEMPTY || i == kTries) return note(errno, "remove ", path);
      // A worker whose run was killed is in its last call, and that has made a file.
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  void empty(Fd directory, const std::string& path) {
    // fdopendir takes the descriptor over; *at calls need one, too.
    const Fd own(fcntl(directory, F_DUPFD_CLOEXEC, 0), path.c_str());
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(directory), closedir);
    if (!stream) fail(errno, path);
    directory.release();
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (!entry && errno != 0) fail(errno, path);
      if (!entry) return;
      const std::string child = entry->d_name;
      if (child == "." || child == "..") continue;
      if (may_ && !may_(child))
        kept_.push_back(path + "/" + child);
      else if (is_directory(own, *entry))
        remove(own, child, path + "/" + child);
      else if (unlink(own, child))
        count();
      else
        note(errno, "remove ", path + "/" + child);
    }
  }

  /// What can't be looked at is tried as a file: that says why it can't go.
  static bool is_directory(int at, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status;
    return fstatat(at, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  }

  void count() {
    if (tick_ && ++done_ % 256 == 0) tick_(done_, 0);
  }

  void note(int error, const char* doing, const std::string& path) {
    if (failures_++ > 0) return;
    first_error_ = error;
    first_failure_ = doing + path;
  }

  const Tick& tick_;
  const May& may_;
  std::uint64_t done_ = 0;
  std::vector<std::string> kept_;
  std::size_t failures_ = 0;  // of which the first is told
  int first_error_ = 0;
  std::string first_failure_;
};

}  // namespace

Fd open_file_below(int at, const std::string& path, int flags, unsigned mode) {
  open_how how{};
  how.flags = std::uint64_t(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  long fd = -1;
  do fd = syscall(SYS_openat2, at, path.c_str(), &how, sizeof how);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) fail(errno, "open " + path);
  return Fd(int(fd));
}

Fd open_below(int at, const std::string& path) {
  return open_file_below(at, path, O_RDONLY | O_DIRECTORY);
}

void make_directory(int at, const std::string& path) {
  if (mkdirat(at, path.c_str(), 0755) != 0) fail(errno, "mkdir " + path);
}

void spread_children(int directory, bool spread) {
  int flags = 0;
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0) return;
  flags = spread ? flags | FS_TOPDIR_FL : flags & ~FS_TOPDIR_FL;
  (void)ioctl(directory, FS_IOC_SETFLAGS, &flags);
}

void remove_tree(int at, const std::string& name, const Tick& tick) {
  Remover(tick, {}).remove_all(at, name);
}

std::vector<std::string> remove_named(int at, const std::string& name, const May& may,
                                      const Tick& tick) {
  return Remover(tick, may).remove_all(at, name);
}

}  // namespace iodyno::host
