#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/reader.hpp"

namespace iodyno::host {

/// Under which conditions a phase and point was run, as far as the result says it: what the sweep
/// says, and else what the phase or the dataset says.
struct Conditions {
  std::string operation, cache, metadata, durability;
  bool direct = false;
  std::optional<double> depth, files, file_bytes, block_bytes;  ///< file_bytes: of a file, mean

  /// Whether a device can have been waited for: only where the data had to come from one or go to
  /// one within the clock, and the file system is none in memory.
  bool may_wait_for_device = false;
};

Conditions conditions_of(const ReadResults&, const ReadCase&);

/// "read, 10000 files of 100 B, depth 8, data warm, names warm, durability none": what is known.
std::string to_text(const Conditions&);

/// "ext4 on loop0; Linux 6.18; AMD EPYC, 2 CPUs, virtual": what a result is of.
std::string surroundings_text(const ReadResults&);

/// Whether a file system, by its name, has no device.
bool is_in_memory(const std::string& file_system);

/// A number of the context; none where there is none or it is not finite.
std::optional<double> stated_number(const ReadResults&, const std::string& key);

}  // namespace iodyno::host
