#include "trial/directory.hpp"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <memory>

namespace iodyno::host {
namespace {

using May = std::function<bool(const std::string&)>;

class Remover {
 public:
  Remover(const Tick& tick, const May& may) : tick_(tick), may_(may) {}

  void remove(int at, const std::string& name, const std::string& path) {
    const auto kept_before = kept.size();
    empty(open_below(at, name), path);
    if (kept.size() > kept_before) return;
    check(unlinkat(at, name.c_str(), AT_REMOVEDIR), name.c_str());
    count();
  }

  std::vector<std::string> kept;

 private:
  void empty(Fd directory, const std::string& name) {
    // fdopendir takes the descriptor over; *at calls need one, too.
    const Fd own(fcntl(directory, F_DUPFD_CLOEXEC, 0), name.c_str());
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(directory), closedir);
    if (!stream) fail(errno, name);
    directory.release();
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (!entry && errno != 0) fail(errno, name);
      if (!entry) return;
      const std::string child = entry->d_name;
      if (child == "." || child == "..") continue;
      if (may_ && !may_(child)) {
        kept.push_back(name + "/" + child);
      } else if (is_directory(own, *entry)) {
        remove(own, child, may_ ? name + "/" + child : child);
      } else {
        check(unlinkat(own, child.c_str(), 0), child.c_str());
        count();
      }
    }
  }

  static bool is_directory(int at, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status;
    check(fstatat(at, entry.d_name, &status, AT_SYMLINK_NOFOLLOW), entry.d_name);
    return S_ISDIR(status.st_mode);
  }

  void count() {
    if (tick_ && ++done_ % 256 == 0) tick_(done_, 0);
  }

  const Tick& tick_;
  const May& may_;
  std::uint64_t done_ = 0;
};

}  // namespace

Fd open_file_below(int at, const std::string& path, int flags, unsigned mode) {
  open_how how{};
  how.flags = std::uint64_t(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return Fd(int(retry([&] { return syscall(SYS_openat2, at, path.c_str(), &how, sizeof how); },
                      path.c_str())),
            path.c_str());
}

Fd open_below(int at, const std::string& path) {
  return open_file_below(at, path, O_RDONLY | O_DIRECTORY);
}

void make_directory(int at, const std::string& path) {
  check(mkdirat(at, path.c_str(), 0755), path.c_str());
}

void spread_children(int directory, bool spread) {
  int flags = 0;
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0) return;
  flags = spread ? flags | FS_TOPDIR_FL : flags & ~FS_TOPDIR_FL;
  (void)ioctl(directory, FS_IOC_SETFLAGS, &flags);
}

void remove_tree(int at, const std::string& name, const Tick& tick) {
  Remover(tick, {}).remove(at, name, name);
}

std::vector<std::string> remove_named(int at, const std::string& name, const May& may,
                                      const Tick& tick) {
  Remover remover(tick, may);
  remover.remove(at, name, name);
  return std::move(remover.kept);
}

}  // namespace iodyno::host
