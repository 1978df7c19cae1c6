#include "run/target.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include "run/lock.hpp"
#include "run/ours.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

constexpr const char* kPrefix = "iodyno-";
constexpr const char* kMark = ".iodyno";
constexpr std::string_view kMarkText =
    "This directory was made by iodyno for the time of a run.\n"
    "If no run is going on, `iodyno clean` of the directory above removes it.\n";

/// The mark of a directory, where that is ours.
std::optional<Fd> open_mark(int directory) {
  std::string text(kMarkText.size() + 1, 0);
  // O_NONBLOCK: what has the name may be a pipe.
  const int raw = openat(directory, kMark, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (raw < 0) return {};
  Fd fd(raw);
  struct stat status;
  check(fstat(fd, &status), kMark);
  if (!S_ISREG(status.st_mode)) return {};
  text.resize(read_fully(fd, std::as_writable_bytes(std::span(text)), 0));
  if (text != kMarkText) return {};
  return fd;
}

bool is_same(int file, int other) {
  struct stat one, two;
  check(fstat(file, &one), "fstat");
  check(fstat(other, &two), "fstat");
  return one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

std::vector<std::string> entries(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

Fd make_mark(int directory) {
  Fd mark = open_file_below(directory, kMark, O_RDWR | O_CREAT | O_EXCL, 0600);
  // Locked before it can be told to be a mark: nobody finds it marked and abandoned.
  check(lock(mark) ? 0 : -1, kMark);
  write_fully(mark, std::as_bytes(std::span(kMarkText)), 0);
  return mark;
}

bool is_gone(int file) {
  struct stat status;
  check(fstat(file, &status), kMark);
  return status.st_nlink == 0;
}

/// For as long as it is open nobody else removes the directory. Another `clean` may have removed
/// the mark and be about to go.
Fd lock_mark(int directory) {
  constexpr std::chrono::milliseconds kPatience(500);  // others try the lock for a moment
  constexpr int kTries = 5;
  for (int i = 1;; ++i) {
    auto mark = open_mark(directory);
    if (mark && !lock(*mark, kPatience)) fail(errno, "a run or another `clean` has its lock");
    if (mark && !is_gone(*mark)) return std::move(*mark);
    if (i == kTries) fail(EPERM, "it does not have our mark");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// Removes one that may be ours. Returns what in it is not.
std::vector<std::string> remove_child(int directory, const std::string& child, const Tick& tick) {
  const auto ours = ours_below(child);
  if (!ours) return {child};
  struct stat status;
  if (fstatat(directory, child.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    fail(errno, "look at " + child);
  if (S_ISDIR(status.st_mode)) return remove_named(directory, child, ours, tick);
  if (unlinkat(directory, child.c_str(), 0) != 0) fail(errno, "remove " + child);
  return {};
}

/// All of ours but the mark. Returns what else there is. What can't be removed does not keep the
/// rest from going; then throws the first failure.
std::vector<std::string> empty_run_directory(int directory, const Tick& tick) {
  std::vector<std::string> kept;
  std::optional<std::system_error> failure;
  const auto children = on_path("look into", "the directory", [&] {
    return entries("/proc/self/fd/" + std::to_string(directory));
  });
  for (const auto& child : children) {
    if (child == kMark) continue;
    try {
      std::ranges::move(remove_child(directory, child, tick), std::back_inserter(kept));
    } catch (const std::system_error& e) {
      if (!failure) failure = e;
    }
  }
  if (failure) throw *failure;
  return kept;
}

/// With the lock of the mark, which goes last: what is left when this is interrupted can still be
/// told to be ours.
std::vector<std::string> remove_locked(int target, const std::string& name, int directory, Fd& mark,
                                       const Tick& tick) {
  while (true) {
    if (auto kept = empty_run_directory(directory, tick); !kept.empty()) return kept;
    check(unlinkat(directory, kMark, 0), kMark);
    if (unlinkat(target, name.c_str(), AT_REMOVEDIR) == 0) return {};
    const int error = errno;
    mark = make_mark(directory);
    // Else somebody has put something there this very moment.
    if (error != ENOTEMPTY) fail(error, "remove " + name);
  }
}

std::optional<Leftover::Kind> kind_now(int target, const std::string& name) {
  const int raw = openat(target, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  // Run directories are their owner's alone: another user's may well be a run that goes on.
  if (raw < 0 && errno == EACCES) return Leftover::Kind::in_use;
  if (raw < 0 && errno == ENOENT) return {};
  if (raw < 0) return Leftover::Kind::foreign;
  const Fd directory(raw);
  const auto mark = open_mark(directory);
  if (!mark) return Leftover::Kind::foreign;
  return lock(*mark) ? Leftover::Kind::abandoned : Leftover::Kind::in_use;
}

/// Another run may be about to make its mark, or have removed it and be about to go. Nothing where
/// there is nothing any more.
std::optional<Leftover::Kind> kind_of(int target, const std::string& name) {
  auto kind = kind_now(target, name);
  for (int i = 0; i < 5 && kind == Leftover::Kind::foreign; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    kind = kind_now(target, name);
  }
  return kind;
}

}  // namespace

std::string random_id() {
  unsigned value = 0;
  if (getrandom(&value, sizeof value, 0) != sizeof value) fail(errno, "getrandom");
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

RunDirectory::RunDirectory(const std::string& target)
    : target_(open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY)),
      name_(kPrefix + random_id()) {
  path_ = (std::filesystem::path(target) / name_).string();
  check(mkdirat(target_, name_.c_str(), 0700), path_.c_str());
  try {
    directory_ = open_below(target_, name_);
    mark_ = make_mark(directory_);
  } catch (const std::system_error&) {
    // Without its mark nobody could tell that it is ours.
    unlinkat(directory_, kMark, 0);
    unlinkat(target_, name_.c_str(), AT_REMOVEDIR);
    throw;
  }
  spread_children(directory_);
}

void RunDirectory::restore_mark() {
  const auto mark = open_mark(directory_);
  if (mark && is_same(*mark, mark_)) return;
  // What has its name is ours, but for what is in a directory.
  if (unlinkat(directory_, kMark, 0) != 0 && errno == EISDIR &&
      unlinkat(directory_, kMark, AT_REMOVEDIR) != 0 && errno == ENOTEMPTY)
    check(renameat(directory_, kMark, directory_, ("not-our-mark-" + random_id()).c_str()), kMark);
  mark_ = make_mark(directory_);
}

void RunDirectory::remove(const Tick& tick) {
  if (!is_same(open_below(target_, name_), directory_))
    fail(ESTALE, path_ + " is not ours any more");
  restore_mark();
  const auto kept = remove_locked(target_, name_, directory_, mark_, tick);
  if (kept.empty()) return;
  const auto more = kept.size() == 1 ? "" : " and " + std::to_string(kept.size() - 1) + " more";
  fail(ENOTEMPTY, path_ + " is left, as " + kept[0] + more + " in it is not ours");
}

std::vector<Leftover> find_leftovers(const std::string& target) {
  const Fd fd = open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY);
  std::vector<Leftover> found;
  for (const auto& name : entries(target))
    if (name.starts_with(kPrefix))
      if (const auto kind = kind_of(fd, name)) found.push_back({*kind, name});
  return found;
}

std::vector<std::string> remove_leftover(const std::string& target, const std::string& name,
                                         const Tick& tick) {
  const Fd fd = open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY);
  const Fd directory = open_below(fd, name);
  Fd mark = lock_mark(directory);
  return remove_locked(fd, name, directory, mark, tick);
}

}  // namespace iodyno::host
