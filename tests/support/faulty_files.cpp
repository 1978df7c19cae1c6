// A FUSE file system that passes everything on to a directory, and fails what it is told to:
// faulty_files DIRECTORY MOUNT_POINT. It is told by setting the extended attribute `user.fault` of
// the mount point to "OPERATION ERRNO FROM PATTERN", once for each fault: from the FROM-th such
// operation on, each on a path that the pattern of fnmatch(3) finds fails with that error; `*` in
// it does not find a `/`, but alone it finds all. OPERATION is a name from the table at the end, or
// `change` for all that a read-only file system refuses. An empty value ends all. It writes a line
// when it is there, and is gone with its parent.
#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fuse3/fuse.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

int base = -1;

struct Fault {
  std::string operation, pattern;
  int error = 0;
  unsigned from = 0, seen = 0;
};
std::vector<Fault> faults;

bool finds(const std::string& pattern, const char* path) {
  if (pattern == "*") return true;
  // A file that has no name any more has no path.
  return path != nullptr && fnmatch(pattern.c_str(), path, FNM_PATHNAME) == 0;
}

/// With what this one is to fail, as FUSE has it; 0: not at all.
int failure(const char* operation, const char* path, bool changes = false) {
  for (auto& fault : faults) {
    const bool meant = fault.operation == operation || (changes && fault.operation == "change");
    if (meant && finds(fault.pattern, path) && ++fault.seen >= fault.from) return -fault.error;
  }
  return 0;
}

int add_fault(const std::string& text) {
  if (text.empty()) faults.clear();
  if (text.empty()) return 0;
  Fault fault;
  std::istringstream words(text);
  words >> fault.operation >> fault.error >> fault.from >> fault.pattern;
  if (!words || fault.error <= 0) return -EINVAL;
  faults.push_back(fault);
  return 0;
}

const char* below(const char* path) { return path[1] != 0 ? path + 1 : "."; }
int file(const fuse_file_info* info) { return int(info->fh); }
template <class Count>
int result(Count count) {
  return count < 0 ? -errno : int(count);
}

/// A change of what a path names.
int change(const char* operation, const char* path, auto call) {
  const int error = failure(operation, path, true);
  return error != 0 ? error : result(call(below(path)));
}

int open_file(const char* path, int flags, mode_t mode, fuse_file_info* info) {
  // The kernel gives the offset of what is appended.
  const int fd = openat(base, below(path), (flags & ~O_APPEND) | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return -errno;
  info->fh = std::uint64_t(fd);
  return 0;
}

void* begin(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;
  config->hard_remove = 1;  // an open file that is removed has no name, as elsewhere
  return nullptr;
}

int get_attributes(const char* path, struct stat* to, fuse_file_info* info) {
  if (const int error = failure("stat", path)) return error;
  return result(info ? fstat(file(info), to) : fstatat(base, below(path), to, AT_SYMLINK_NOFOLLOW));
}
int read_link(const char* path, char* to, std::size_t size) {
  const auto length = readlinkat(base, below(path), to, size - 1);
  if (length >= 0) to[length] = 0;
  return length < 0 ? -errno : 0;
}
int make_directory(const char* path, mode_t mode) {
  return change("mkdir", path, [&](const char* name) { return mkdirat(base, name, mode); });
}
int remove_file(const char* path) {
  return change("unlink", path, [](const char* name) { return unlinkat(base, name, 0); });
}
int remove_directory(const char* path) {
  return change("rmdir", path, [](const char* name) { return unlinkat(base, name, AT_REMOVEDIR); });
}
int make_symbolic_link(const char* to, const char* path) {
  return change("symlink", path, [&](const char* name) { return symlinkat(to, base, name); });
}
int rename_file(const char* from, const char* path, unsigned flags) {
  return change("rename", from,
                [&](const char* name) { return renameat2(base, name, base, below(path), flags); });
}
int make_link(const char* from, const char* path) {
  return change("link", path,
                [&](const char* name) { return linkat(base, below(from), base, name, 0); });
}
int set_mode(const char* path, mode_t mode, fuse_file_info*) {
  return change("chmod", path, [&](const char* name) { return fchmodat(base, name, mode, 0); });
}
int set_owner(const char* path, uid_t user, gid_t group, fuse_file_info*) {
  return change("chown", path, [&](const char* name) {
    return fchownat(base, name, user, group, AT_SYMLINK_NOFOLLOW);
  });
}
int set_times(const char* path, const timespec times[2], fuse_file_info*) {
  return change("utimens", path, [&](const char* name) {
    return utimensat(base, name, times, AT_SYMLINK_NOFOLLOW);
  });
}
int set_size(const char* path, off_t size, fuse_file_info* info) {
  if (const int error = failure("truncate", path, true)) return error;
  if (info) return result(ftruncate(file(info), size));
  const int fd = openat(base, below(path), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int done = result(ftruncate(fd, size));
  close(fd);
  return done;
}

int create(const char* path, mode_t mode, fuse_file_info* info) {
  const int error = failure("create", path, true);
  return error != 0 ? error : open_file(path, info->flags | O_CREAT, mode, info);
}
int open_existing(const char* path, fuse_file_info* info) {
  const bool writes = (info->flags & O_ACCMODE) != O_RDONLY;
  const int error = failure("open", path, writes);
  return error != 0 ? error : open_file(path, info->flags, 0, info);
}
int read_some(const char* path, char* to, std::size_t size, off_t offset, fuse_file_info* info) {
  const int error = failure("read", path);
  return error != 0 ? error : result(pread(file(info), to, size, offset));
}
int write_some(const char* path, const char* from, std::size_t size, off_t offset,
               fuse_file_info* info) {
  const int error = failure("write", path, true);
  return error != 0 ? error : result(pwrite(file(info), from, size, offset));
}
int flush(const char* path, fuse_file_info*) { return failure("flush", path); }
int release(const char*, fuse_file_info* info) { return result(close(file(info))); }
int sync_file(const char* path, int only_data, fuse_file_info* info) {
  if (const int error = failure("fsync", path)) return error;
  return result(only_data ? fdatasync(file(info)) : fsync(file(info)));
}
int allocate(const char* path, int mode, off_t offset, off_t length, fuse_file_info* info) {
  const int error = failure("fallocate", path, true);
  return error != 0 ? error : result(fallocate(file(info), mode, offset, length));
}
off_t seek(const char*, off_t offset, int whence, fuse_file_info* info) {
  const auto at = lseek(file(info), offset, whence);
  return at < 0 ? -errno : at;
}

int list(const char* path, void* to, fuse_fill_dir_t fill, off_t, fuse_file_info*,
         fuse_readdir_flags) {
  if (const int error = failure("readdir", path)) return error;
  const int fd = openat(base, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd), closedir);
  while (const dirent* entry = readdir(stream.get())) {
    struct stat status {};
    status.st_ino = entry->d_ino;
    status.st_mode = mode_t(DTTOIF(entry->d_type));
    fill(to, entry->d_name, &status, 0, fuse_fill_dir_flags(0));
  }
  return 0;
}

int look_at_room(const char*, struct statvfs* to) { return result(fstatvfs(base, to)); }

int set_attribute(const char* path, const char* name, const char* value, std::size_t size, int) {
  if (std::string(path) != "/" || std::string(name) != "user.fault") return -ENOTSUP;
  return add_fault({value, size});
}

fuse_operations operations() {
  fuse_operations all{};
  all.init = begin;
  all.statfs = look_at_room;
  all.setxattr = set_attribute;
  all.getattr = get_attributes;  // stat
  all.readlink = read_link;
  all.mkdir = make_directory;
  all.unlink = remove_file;
  all.rmdir = remove_directory;
  all.symlink = make_symbolic_link;
  all.rename = rename_file;
  all.link = make_link;
  all.chmod = set_mode;
  all.chown = set_owner;
  all.utimens = set_times;
  all.truncate = set_size;
  all.create = create;
  all.open = open_existing;
  all.read = read_some;
  all.write = write_some;
  all.flush = flush;  // at close(2)
  all.release = release;
  all.fsync = sync_file;
  all.fallocate = allocate;
  all.lseek = seek;
  all.readdir = list;
  return all;
}

}  // namespace

int main(int count, char** values) {
  if (count != 3) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  umask(0);
  base = open(values[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (base < 0) return 1;
  char* words[] = {values[0], nullptr};
  fuse_args arguments{1, words, 0};
  const auto table = operations();
  fuse* const files = fuse_new(&arguments, &table, sizeof table, nullptr);
  if (files == nullptr || fuse_mount(files, values[2]) != 0) return 1;
  std::puts("mounted");
  std::fflush(stdout);
  fuse_loop(files);  // until somebody unmounts it
  fuse_unmount(files);
  fuse_destroy(files);
  return 0;
}
