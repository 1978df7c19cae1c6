#pragma once
#include <sys/resource.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "run/doctor.hpp"
#include "run/environment.hpp"
#include "run/ring_probe.hpp"
#include "run/system.hpp"
#include "run/target.hpp"

namespace iodyno::host {

/// What the doctor thinks of what was found. Nothing here looks at the machine itself.

using Facts = std::map<std::string, std::string>;  ///< of system_facts() and probe_facts()

Abilities judge_machine(const Facts&);
Abilities judge_ring(const RingAbilities&, const Facts&, bool seccomp);
/// The limit of locked memory does not bind root.
Abilities judge_limits(const rlimit& open_files, const rlimit& locked_memory, bool root);
Abilities judge_caches(bool can_drop, bool root);
Abilities judge_file_system(const FileSystem&, const Facts&);
Abilities judge_leftovers(const std::string& directory, const std::vector<Leftover>&);
Abilities judge_device(const Facts&);
/// From the machine at two moments, at least a tenth of a second apart.
Abilities judge_load(const Facts&, const MachineState& before, const MachineState& after);

/// What was tried on files beyond probe_facts().
struct FileTrials {
  std::uint32_t direct_memory_align = 0, direct_offset_align = 0;  ///< 0: not found out
  bool align_stated = false;                                       ///< by the file system
  std::string copy_file_range;  ///< why not; empty where it works
  bool cachestat = false;
};
FileTrials try_files(int directory);
Abilities judge_files(const Facts& probed, const FileTrials&, const FileSystem&);

}  // namespace iodyno::host
