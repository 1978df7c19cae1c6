#pragma once
#include <string>

#include "trial/survey.hpp"

namespace iodyno::host {

/// What is wrong with how files lie on their file system: the first hole or unwritten extent that
/// is found, which would be read without being read. Empty where all is well. By FIEMAP
/// (Documentation/filesystems/fiemap.rst), or where there is none, as on tmpfs, by SEEK_HOLE
/// (lseek(2)). To be asked after a sync: what is not yet allocated can't be looked at.
std::string layout_fault(int directory, const Files&, std::uint64_t seed, const Which& = {});

/// The same of one open file of at least `size` bytes: "a hole at 4096".
std::string layout_fault(int fd, std::uint64_t size);

}  // namespace iodyno::host
