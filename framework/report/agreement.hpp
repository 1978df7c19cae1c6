#pragma once
#include <string>
#include <vector>

#include "report/reader.hpp"

namespace iodyno::host {

/// Something that two runs do not have in common.
struct Difference {
  std::string key;                ///< of the context
  std::string baseline, results;  ///< its values; empty where a run does not state it
  bool refused = false;           ///< figures can't be compared across it; otherwise: with care
};

/// What keeps two runs from being compared, then what to keep in mind when they are.
///
/// Refused are other work and other conditions of it, since a ratio would then be of those and not
/// of an engine: the scenario with its phases and dataset, the version of the format, the type of
/// the file system, `--quick`. Told are the machine, the device, the versions and, for backends of
/// one label, the plugin and its options: to compare these may be the purpose.
std::vector<Difference> differences(const ReadResults& baseline, const ReadResults& results);

/// That a run was interrupted and gone on with, after how long and where: the machine may have been
/// another then. Empty where it was not, or nothing had been measured before.
std::string resumed_text(const ReadResults&);

/// What to keep in mind of a single run: it was interrupted, quick, in one process.
std::vector<std::string> doubts_about(const ReadResults&);

/// "scenario_hash: 12ab there, 34cd here".
std::string to_text(const Difference&);

}  // namespace iodyno::host
