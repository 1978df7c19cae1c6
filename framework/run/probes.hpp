#pragma once
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

}  // namespace iodyno::host
