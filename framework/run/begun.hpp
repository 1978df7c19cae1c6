#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace iodyno::host {

/// That an interrupted run was gone on with, and from where.
struct Resumption {
  double pause_s = 0;                   ///< from the end of the last trial before
  std::uint64_t kept = 0, dropped = 0;  ///< trials of whole blocks; of the block that was not
  std::string group;                    ///< where it was: "read/depth:8"; empty: nowhere yet
  std::uint64_t blocks = 0;             ///< of that phase and point, which are from before
};

/// As one says it: "goes on after 12 min: 40 trials are kept".
std::string text_of(const Resumption&);

/// What a run was begun with: all that it takes to go on with it.
struct Begun {
  std::string id;         ///< of its own, random
  std::string directory;  ///< in which it was begun: paths are relative to it
  std::string scenario_file, scenario_text;
  /// What the command line gave, by the option's name: "--set" with each of its values.
  std::map<std::string, std::vector<std::string>> arguments;
  /// The seed, the plan, the plugins, the machine: what must not change between two trials.
  std::map<std::string, std::string> facts;
  bool has_latest = false;             ///< a link `latest` beside the results leads to them
  double began_s = 0;                  ///< since the epoch
  std::vector<std::string> continues;  ///< the ids of those whose trials it has as well
  std::vector<Resumption> resumptions;
};

double since_epoch_s();

/// The text of the file that stands beside the samples until the results are whole. Throws
/// std::runtime_error where a name or the scenario is not UTF-8, which the file can't hold.
std::string begun_text(const Begun&);

/// Throws std::runtime_error that says what is wrong with the text.
Begun begun_from(const std::string& text);

}  // namespace iodyno::host
