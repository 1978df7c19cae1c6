#pragma once
#include <string>

#include "scenario/content.hpp"
#include "scenario/files.hpp"

namespace iodyno::host {

/// A step of a trial that was done, as far as what it left behind depends on it.
struct DoneStep {
  const Phase& phase;
  const Files& files;
  const Source& source;
  int directory = -1, second_directory = -1;
  std::uint64_t seed = 0, version = 0;
  std::uint64_t requests = 0;  ///< so many of the first ones were done
  bool pristine = true;        ///< the files were as the host makes them, before the step
  bool sizes_known = true;     ///< they had the sizes that `files` says
  std::uint64_t cap_ns = 0;    ///< begin nothing more after so long; 0: no cap
};

/// Goes through the requests of a step again and holds what each must have left behind against what
/// is there, byte by byte: files by the rule of content.hpp, copies by what they are copies of,
/// names by whether they are there. The first thing that is wrong, or nothing.
std::string written_fault(const DoneStep&);

}  // namespace iodyno::host
