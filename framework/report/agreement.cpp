#include "report/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

namespace iodyno::host {
namespace {

using Key = std::string_view;

/// Keys as they stand in the context; one that ends in "." stands for all that begin with it.
constexpr Key kRefused[] = {"iodyno.scenario_hash", "iodyno.format_version", "iodyno.file_system",
                            "iodyno.quick",         "iodyno.phase.",         "iodyno.dataset."};
constexpr Key kTold[] = {"host_name",
                         "library_build_type",
                         "iodyno.version",
                         "iodyno.kernel",
                         "iodyno.cpu_model",
                         "iodyno.cpus",
                         "iodyno.cpu_governor",
                         "iodyno.memory_bytes",
                         "iodyno.transparent_hugepages",
                         "iodyno.root",
                         "iodyno.dirty_ratio",
                         "iodyno.dirty_background_ratio",
                         "iodyno.mount_options",
                         "iodyno.mount_source",
                         "iodyno.journal",
                         "iodyno.total_bytes",
                         "iodyno.o_direct",
                         "iodyno.reflink",
                         "iodyno.io_uring",
                         "iodyno.device",
                         "iodyno.device_model",
                         "iodyno.device_rotational",
                         "iodyno.device_scheduler",
                         "iodyno.device_read_ahead_kb",
                         "iodyno.device_write_cache"};

/// A row of a table as it concerns a key.
bool covers(Key row, Key key) { return row.ends_with('.') ? key.starts_with(row) : key == row; }

template <class Table>
bool is_in(const Table& table, Key key) {
  return std::any_of(std::begin(table), std::end(table), [&](Key row) { return covers(row, key); });
}

std::string value_of(const ReadResults& results, const std::string& key) {
  const auto found = results.context.find(key);
  return found == results.context.end() ? std::string() : found->second;
}

/// "iodyno.backend.<label>." of each label that both runs have measured.
std::vector<std::string> shared_backends(const ReadResults& baseline, const ReadResults& results) {
  std::set<std::string> there, shared;
  for (const ReadCase& one : baseline.cases) there.insert(one.backend);
  for (const ReadCase& one : results.cases)
    if (there.contains(one.backend)) shared.insert("iodyno.backend." + one.backend + ".");
  return {shared.begin(), shared.end()};
}

/// "45 s", "12 min", "3.5 h".
std::string pause_text(const std::string& seconds) {
  constexpr double kMinute = 60, kHour = 3600;
  const double pause_s = std::strtod(seconds.c_str(), nullptr);
  if (pause_s < 2 * kMinute) return fmt::format("{:.3g} s", pause_s);
  if (pause_s < 2 * kHour) return fmt::format("{:.0f} min", pause_s / kMinute);
  return fmt::format("{:.3g} h", pause_s / kHour);
}

}  // namespace

std::string resumed_text(const ReadResults& results) {
  constexpr std::string_view kBegin = "iodyno.resumed.", kEnd = ".pause_s";
  std::string text;
  for (const auto& [key, pause_s] : results.context) {
    if (!key.starts_with(kBegin) || !key.ends_with(kEnd)) continue;
    const auto one = key.substr(0, key.size() - kEnd.size());
    const auto blocks = value_of(results, one + ".blocks"), in = value_of(results, one + ".in");
    if (blocks.empty()) continue;
    const auto what = blocks == "0"   ? "all before it is"
                      : blocks == "1" ? "its first block and all before that are"
                                      : "its first " + blocks + " blocks and all before them are";
    text += fmt::format("{}after {} in {}: {} from before the pause",
                        text.empty() ? "resumed " : "; ", pause_text(pause_s), in, what);
  }
  return text;
}

std::vector<Difference> differences(const ReadResults& baseline, const ReadResults& results) {
  std::set<std::string> keys;
  for (const auto* context : {&baseline.context, &results.context})
    for (const auto& [key, value] : *context) keys.insert(key);
  const auto backends = shared_backends(baseline, results);
  std::vector<Difference> refused, told;
  for (const std::string& key : keys) {
    Difference difference{key, value_of(baseline, key), value_of(results, key), false};
    if (difference.baseline == difference.results) continue;
    if (is_in(kRefused, key)) {
      difference.refused = true;
      refused.push_back(difference);
    } else if (is_in(kTold, key) || is_in(backends, key)) {
      told.push_back(difference);
    }
  }
  refused.insert(refused.end(), told.begin(), told.end());
  return refused;
}

std::vector<std::string> doubts_about(const ReadResults& results) {
  std::vector<std::string> doubts;
  if (!results.stated("warning.in_process").empty())
    doubts.push_back("its trials ran in one process: its figures are for debugging");
  if (results.stated("quick") == "true")
    doubts.push_back("a quick run, of little data and few blocks: to see whether all works");
  if (results.stated("interrupted") == "true") doubts.push_back("interrupted before its end");
  if (auto text = resumed_text(results); !text.empty()) doubts.push_back(std::move(text));
  if (results.stated("time_limit_reached") == "true")
    doubts.push_back("its time was over before its last block");
  if (value_of(results, "library_build_type") == "debug")
    doubts.push_back("measured by a debug build");
  return doubts;
}

std::string to_text(const Difference& difference) {
  const auto shown = [](const std::string& value) {
    return value.empty() ? std::string("not stated") : '"' + value + '"';
  };
  return fmt::format("{}: {} in the baseline, {} in the results", difference.key,
                     shown(difference.baseline), shown(difference.results));
}

}  // namespace iodyno::host
