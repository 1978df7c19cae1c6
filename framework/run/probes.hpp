#pragma once
#include <iodyno/posix.hpp>
#include <map>
#include <string>

#include "run/system.hpp"

namespace iodyno::host {

/// What can only be found out by trying, in a directory of ours, as facts for the results:
///   o_direct        yes, or why not; tmpfs, which takes the flag and ignores it, says so
///   reflink         whether FICLONE shares extents: yes, or why not
///   io_uring        yes, or why not: the sysctl, a seccomp filter, an old kernel
///   first_touch_ns  what a page of memory costs the first time that it is touched; a virtual
///                   machine whose host takes free memory back pays several times as much
std::map<std::string, std::string> probe_facts(int directory, const FileSystem&);

/// A new file without a name in a directory, for reading and writing, gone when it is closed. With
/// `direct` it passes the page cache by; throws std::system_error where that can't be had.
Fd nameless_file(int directory, bool direct = false);

}  // namespace iodyno::host
