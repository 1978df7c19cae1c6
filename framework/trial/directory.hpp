#pragma once
#include <cstdint>
#include <functional>
#include <iodyno/posix.hpp>
#include <string>
#include <vector>

namespace iodyno::host {

/// Called as work goes on, with the number of objects and of bytes done so far, where it moves any.
/// It may throw to stop the work.
using Tick = std::function<void(std::uint64_t objects, std::uint64_t bytes)>;

/// Opens a directory below `at`. No step of the path may be a symbolic link, lead upwards or onto
/// another file system (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV).
Fd open_below(int at, const std::string& path);
/// The same for any file, with the flags of open(2).
Fd open_file_below(int at, const std::string& path, int flags, unsigned mode = 0);

void make_directory(int at, const std::string& path);

/// Lets a file system with block groups place each child directory that is made from now on in a
/// group of its own
/// (`chattr +T`), or no longer. Where it can't be said, nothing happens.
void spread_children(int directory, bool spread = true);

/// Removes everything below a directory, then the directory. By descriptors from the top down,
/// never through a symbolic link, never onto another file system: EXDEV when one is mounted there.
/// One directory is open at a time, so that the tree may be as deep as it likes.
/// What can't be removed does not keep the rest from going; then throws the first failure.
void remove_tree(int at, const std::string& name, const Tick& = {});

/// The same for what has one of the names that may be removed. Returns the paths of what has not;
/// it stays, and so do the directories that it lies in.
std::vector<std::string> remove_named(int at, const std::string& name,
                                      const std::function<bool(const std::string&)>& may,
                                      const Tick& = {});

}  // namespace iodyno::host
