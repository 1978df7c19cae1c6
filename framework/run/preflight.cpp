#include "run/preflight.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <future>
#include <iterator>

#include "run/target.hpp"
#include "scenario/phase.hpp"
#include "trial/pin.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kOtherFiles = 64;  // that a worker and its backend may have open

/// The hard limit: a worker raises its own to it.
std::uint64_t open_files_max() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : UINT64_MAX;
}

/// A directory that the system itself lives in, or nothing. Below `/var` and other mixed places
/// people do have their files.
std::string system_directory(const std::string& target) {
  namespace fs = std::filesystem;
  const auto path = fs::canonical(target);
  std::error_code ignored;  // of one that is not there
  for (const char* alone : {"/", "/var", "/run"})
    if (fs::equivalent(path, alone, ignored)) return alone;
  for (const char* people : {"/dev/shm", "/run/user", "/run/media"})
    if ((path.string() + '/').starts_with(std::string(people) + '/')) return {};
  // By what they are and not by their names, which a bind mount gives anew; the outermost.
  std::string found;
  for (auto above = path; above.has_relative_path(); above = above.parent_path())
    for (const char* whole : {"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64",
                              "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr"})
      if (fs::equivalent(above, whole, ignored)) found = whole;
  return found;
}

/// Asks the kernel in a thread of its own, and leaves this one where it may run.
std::string why_not_pinned(const std::vector<int>& cpus) {
  if (cpus.empty()) return {};
  const auto missing = std::async(std::launch::async, pin, cpus).get();
  return missing.empty() ? "" : "`pin`: CPU " + std::to_string(missing[0]) + " can't be had here";
}

}  // namespace

std::string refuse_target(const std::string& target) {
  struct stat status;
  if (stat(target.c_str(), &status) != 0) return target + ": " + strerror(errno);
  if (S_ISBLK(status.st_mode))
    return target + ": a block device; the target is a directory on a file system";
  if (!S_ISDIR(status.st_mode)) return target + ": not a directory";
  if (const auto system = system_directory(target); !system.empty())
    return target + ": in the system's " + system +
           ", where no work is done; choose a directory of your own";
  if (access(target.c_str(), W_OK | X_OK) != 0)
    return target + ": not writable: " + strerror(errno);
  for (const auto& leftover : find_leftovers(target))
    if (leftover.kind == Leftover::Kind::foreign)
      return target + "/" + leftover.name +
             " has a name of ours but not our mark; move it away, or choose another target";
  return {};
}

std::string refuse_plan(const Cost& cost, const FileSystem& fs) {
  const auto reserve = fs.total_bytes / 20;
  // Each file takes at least a block, and each thousand files some of the directory.
  const auto needed = cost.peak_bytes + cost.peak_inodes * 4096;
  if (needed > 0 && fs.free_bytes < needed + reserve)
    return "the target has " + format_size(fs.free_bytes) + " free; the plan needs " +
           format_size(needed) + " and leaves a reserve of " + format_size(reserve) + " (5 %)";
  if (fs.free_inodes != UINT64_MAX && fs.free_inodes < cost.peak_inodes + 16)
    return "the target has " + std::to_string(fs.free_inodes) + " inodes free; the plan needs " +
           std::to_string(cost.peak_inodes);
  return {};
}

std::string refuse_memory_limit(const Cost& cost, std::uint64_t limit_bytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  const auto needed = (cost.worker_memory_bytes + kWorkerItselfBytes + kMiB - 1) / kMiB * kMiB;
  if (limit_bytes >= needed) return {};
  return "a worker needs " + format_size(needed) + ", before its backend has anything";
}

std::vector<std::string> warnings_about(const std::string& target, const FileSystem& fs) {
  std::vector<std::string> warnings;
  if (fs.in_memory)
    warnings.push_back(target + " is on " + fs.type +
                       ", which is memory: these figures say nothing of a disk");
  if (fs.network)
    warnings.push_back(
        target + " is on " + fs.type +
        ", a network file system: other clients and the network are in these figures, and `cold` "
        "empties this machine's cache alone; what the server has in its memory can't be known");
  for (const auto& leftover : find_leftovers(target))
    if (leftover.kind == Leftover::Kind::abandoned)
      warnings.push_back(target + "/" + leftover.name +
                         " was left by an earlier run; `iodyno clean " + target + "` removes it");
    else if (leftover.kind == Leftover::Kind::in_use)
      warnings.push_back("another run is working in " + target + "/" + leftover.name);
  return warnings;
}

std::string skip_reason(const Case& c, std::uint64_t files, const FileSystem& fs, bool root) {
  const auto any = [&](auto property) { return std::ranges::any_of(c.steps, property); };
  if (fs.in_memory && any([](const Phase& p) { return p.direct; }))
    return fs.type + " is memory: there is nothing that O_DIRECT could bypass";
  if (fs.in_memory && any([](const Phase& p) { return p.cache == CacheState::cold; }))
    return fs.type + " is memory: its files can't be cold";
  if (any(on_open_files) && files + kOtherFiles > open_files_max())
    return "its files can't all be open: RLIMIT_NOFILE is " + std::to_string(open_files_max());
  if (any([](const Phase& p) { return p.metadata == CacheState::cold; })) {
    if (fs.in_memory) return fs.type + " is memory: its metadata can't be cold";
    if (!root) return "cold metadata needs root, for /proc/sys/vm/drop_caches";
  }
  return why_not_pinned(c.steps[0].pin);
}

}  // namespace iodyno::host
