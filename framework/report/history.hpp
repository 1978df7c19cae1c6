#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/reader.hpp"

namespace iodyno::host {

/// One run of a scenario among others.
struct HistoryRun {
  std::string file;
  std::int64_t time_s = 0;                      ///< since 1970, UTC; 0 where the file does not tell
  std::string host, version, commit;            ///< empty where the file does not tell
  std::map<std::string, std::string> backends;  ///< their versions by label
  /// Why its figures can't be put beside those of the newest run: another machine, file system or
  /// scenario, quick. Empty where they can.
  std::vector<std::string> apart;
  std::vector<std::string> doubts;  ///< interrupted, in one process, …
};

/// What a case was in a run.
struct HistoryPoint {
  std::size_t run = 0;  ///< its number, from 0
  std::string missing;  ///< why there is no figure; empty where there is one
  std::string label;    ///< how far it can be trusted
  double time_ns = 0;   ///< per request, the median
  double spread = 0;    ///< relative_spread of the trials
  std::size_t trials = 0;
};

struct HistoryCase {
  std::string name, phase, backend;
  std::vector<std::pair<std::string, std::string>> point;
  std::vector<HistoryPoint> runs;  ///< those that have the case, oldest first
};

struct History {
  std::string scenario;
  std::vector<HistoryRun> runs;  ///< oldest first
  std::vector<HistoryCase> cases;
};

/// A result file with its name.
struct NamedResults {
  std::string file;
  ReadResults results;
};

/// Puts runs of one scenario, at least one, into an order of time, and its cases over them.
/// `wanted`: which cases, by name.
History history_of(std::vector<NamedResults>,
                   const std::function<bool(const std::string&)>& wanted);

/// For people: the runs, then each case over them. Fits 80 columns where the names allow.
std::string history_text(const History&, bool color);
std::string history_json(const History&);

/// "2026-11-27 10:59", UTC; "unknown time" for 0.
std::string utc_text(std::int64_t time_s);

}  // namespace iodyno::host
