#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace iodyno::host {

/// One trial of a case, as far as others are compared with it.
struct Repetition {
  std::uint32_t block = 0;  ///< `repetition_index`
  double real_time_ns = 0;  ///< per request, above 0
  // Of these nothing is kept where only times are asked for.
  double cpu_time_ns = 0;  ///< per request; not a number where the row does not have it
  double iterations = 0;   ///< requests; likewise
  std::map<std::string, double> counters;
};

/// How much of a file is kept: exports want all figures, a comparison only the times.
enum class Keep { times, figures };

/// A case of a result file. One that has no figures says why in `missing`.
struct ReadCase {
  std::string name;  ///< `<scenario>/<phase>/backend:<label>[/<key>:<value>…]/real_time`
  std::string scenario, phase, backend;
  std::vector<std::pair<std::string, std::string>> point;
  std::string label;    ///< how far it can be trusted: "ok", "degraded: cv 14 %"
  std::string missing;  ///< "failed: …", "skipped: …"; empty where there are figures
  std::vector<Repetition> repetitions;  ///< by block, each block once

  bool synthetic() const { return label.starts_with("synthetic"); }
  /// Its rate sets its time.
  bool open_loop() const { return label.find("open loop") != label.npos; }
  /// "<phase>[/<key>:<value>…]": what it has in common with the same work of other backends.
  std::string work() const;
};

/// What `results.json` holds.
struct ReadResults {
  std::map<std::string, std::string> context;  ///< with the prefix `iodyno.` where it has one
  std::vector<ReadCase> cases;                 ///< in the order of the file, then those skipped

  /// The value of a key of ours, given without the prefix; empty where there is none.
  std::string stated(const std::string& key) const;
};

/// A file that can't be compared: what() is one line with its name.
struct UnreadableResults : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Reads a `results.json` of this program, or the one in a directory. Throws UnreadableResults
/// where it is missing, is not JSON or ends early, is of another program or another version of the
/// format, lacks what is needed, or is the summary. Memory is that of the figures that are kept,
/// not of the file.
ReadResults read_results(const std::string& path, Keep = Keep::times);

}  // namespace iodyno::host
