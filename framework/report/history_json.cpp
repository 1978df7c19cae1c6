#include <nlohmann/json.hpp>

#include "report/history.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json to_json(const HistoryRun& run) {
  Json backends = Json::object();
  for (const auto& [label, version] : run.backends) backends[label] = text_or_null(version);
  return {{"file", run.file},
          {"time_s", run.time_s == 0 ? Json() : Json(run.time_s)},
          {"host", text_or_null(run.host)},
          {"version", text_or_null(run.version)},
          {"commit", text_or_null(run.commit)},
          {"backends", backends},
          {"comparable", run.apart.empty()},
          {"apart", run.apart},
          {"notes", run.doubts}};
}

Json to_json(const HistoryPoint& point) {
  if (!point.missing.empty()) return {{"run", point.run}, {"reason", point.missing}};
  return {{"run", point.run},
          {"real_time_ns", point.time_ns},
          {"spread", point.spread},
          {"trials", point.trials},
          {"label", point.label}};
}

Json to_json(const HistoryCase& one) {
  Json point = Json::object(), runs = Json::array();
  for (const auto& [key, value] : one.point) point[key] = value;
  for (const HistoryPoint& at : one.runs) runs.push_back(to_json(at));
  return {{"name", one.name},
          {"phase", one.phase},
          {"backend", one.backend},
          {"point", point},
          {"runs", runs}};
}

}  // namespace

std::string history_json(const History& history) {
  Json runs = Json::array(), cases = Json::array();
  for (const HistoryRun& run : history.runs) runs.push_back(to_json(run));
  for (const HistoryCase& one : history.cases) cases.push_back(to_json(one));
  return Json{{"scenario", history.scenario}, {"runs", runs}, {"cases", cases}}.dump(
             2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace iodyno::host
