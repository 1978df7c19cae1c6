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
#include <utility>

#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

using May = std::function<bool(const std::string&)>;

/// Also when another was quicker.
bool unlink(int at, const std::string& name, int flags = 0) {
  return unlinkat(at, name.c_str(), flags) == 0 || errno == ENOENT;
}

/// What a directory is, whatever its name.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const Identity&) const = default;
};

Identity identity(int at, const char* path = "") {
  struct stat status;
  check(fstatat(at, path, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW), path);
  return {status.st_dev, status.st_ino};
}

/// Has one directory open, however deep that is: goes down by name, and up by "..", which must be
/// where it came from.
class Remover {
 public:
  Remover(const Tick& tick, const May& may) : tick_(tick), may_(may) {}

  /// What can't be removed stays, and all else goes: throws the first failure when that is done.
  std::vector<std::string> remove_all(int at, const std::string& name) {
    top_ = at;
    enter(name);
    while (!levels_.empty()) {
      auto& children = levels_.back().children;
      if (children.empty()) {
        leave();
        continue;
      }
      const auto child = std::move(children.back());
      children.pop_back();
      enter(child);
    }
    if (failures_ == 0) return std::move(kept_);
    const auto more = failures_ == 1 ? "" : ", and " + std::to_string(failures_ - 1) + " more";
    fail(first_error_, first_failure_ + more);
  }

 private:
  struct Level {
    std::string name;
    int tries;
    std::size_t staying_before;
    Identity identity = {};
    std::vector<std::string> children = {};  // directories to go into yet
  };

  int here() const { return levels_.empty() ? top_ : int(here_); }

  void enter(const std::string& name, int tries = 1) {
    Level level{name, tries, staying()};
    try {
      Fd directory = open_below(here(), name);
      level.identity = identity(directory);
      if (!levels_.empty() && identity(directory, "..") != levels_.back().identity)
        fail(ESTALE, name);
      here_ = std::move(directory);
    } catch (const std::system_error& e) {
      // An empty one may go without a look, or be gone.
      if (!levels_.empty() && unlink(here(), name, AT_REMOVEDIR)) return count();
      return note(e.code().value(), "look into ", path_to(name));
    }
    levels_.push_back(std::move(level));
    remove_files();
  }

  void leave() {
    const Level level = std::move(levels_.back());
    levels_.pop_back();
    if (levels_.empty())
      here_ = {};
    else
      go_up();
    constexpr int kTries = 50;
    if (staying() > level.staying_before) return;
    if (unlink(here(), level.name, AT_REMOVEDIR)) return count();
    if (errno != ENOTEMPTY || level.tries == kTries)
      return note(errno, "remove ", path_to(level.name));
    // A worker whose run was killed is in its last call, and that has made a file.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    enter(level.name, level.tries + 1);
  }

  void go_up() {
    on_path("go back to", path_to(), [&] {
      Fd directory = open_at(here_, "..", O_PATH | O_DIRECTORY);
      if (identity(directory) != levels_.back().identity) fail(ESTALE, "..");
      here_ = std::move(directory);
    });
  }

  /// Of what is here. Notes the directories.
  void remove_files() {
    const int own = fcntl(here_, F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(own < 0 ? nullptr : fdopendir(own), closedir);
    if (!stream) return note(errno, "look into ", path_to());
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (!entry && errno != 0) note(errno, "look into ", path_to());
      if (!entry) return;
      const std::string child = entry->d_name;
      if (child == "." || child == "..") continue;
      if (may_ && !may_(child))
        kept_.push_back(path_to(child));
      else if (is_directory(here_, *entry))
        levels_.back().children.push_back(child);
      else if (unlink(here_, child))
        count();
      else
        note(errno, "remove ", path_to(child));
    }
  }

  /// Of a very deep one, where it begins and where it ends.
  std::string path_to(const std::string& child = {}) const {
    constexpr std::size_t kTold = 8;
    std::string path;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (i == kTold && levels_.size() > 2 * kTold) {
        path += "[...]/";
        i = levels_.size() - kTold;
      }
      path += levels_[i].name + "/";
    }
    path += child;
    if (path.ends_with('/')) path.pop_back();
    return path;
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

  std::size_t staying() const { return kept_.size() + failures_; }

  void note(int error, const char* doing, const std::string& path) {
    if (failures_++ > 0) return;
    first_error_ = error;
    first_failure_ = doing + path;
  }

  const Tick& tick_;
  const May& may_;
  int top_ = -1;
  Fd here_;  // the last of the levels
  std::vector<Level> levels_;
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
