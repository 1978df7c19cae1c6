// Google Benchmark's format again, from the file itself: what a later version of this program adds
// to it is handed on.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "report/export.hpp"
#include "report/gbench.hpp"
#include "report/results.hpp"
#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<Json>;

constexpr double kIterationsMax = 9e15;  // beyond, a double skips integers

/// The case that a row is of. An aggregate's own name has a suffix.
std::string case_of(const Json& row) {
  for (const char* key : {"run_name", "name"})
    if (row.contains(key) && row[key].is_string()) return row[key].get<std::string>();
  return {};
}

/// What all runs state alike; of Google Benchmark's own keys, which readers need, the first's.
class MergedContext {
 public:
  void add(const Json& context) {
    for (const auto& [key, value] : context.items()) {
      const auto known = merged_.find(key);
      if (known == merged_.end()) {
        if (!differing_.contains(key)) merged_[key] = value;
      } else if (key.starts_with("iodyno.") && *known != value) {
        merged_.erase(key);
        differing_.insert(key);
      }
    }
  }
  Json take() { return std::move(merged_); }

 private:
  Json merged_ = Json::object();
  std::set<std::string> differing_;
};

/// The rows of cases that have figures.
void add_rows(Rows& to, const Json& file, const ReadResults& results) {
  std::set<std::string> good;
  for (const ReadCase& one : results.cases)
    if (one.missing.empty()) good.insert(one.name);
  for (const Json& row : file["benchmarks"])
    if (row.is_object() && good.contains(case_of(row))) to.push_back(row);
}

/// A file of another hand may have what ours never has.
void clean(Json& json) {
  if (json.is_string()) json = clean_text(json.get_ref<const std::string&>());
  if (json.is_structured())
    for (Json& value : json) clean(value);
}

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // What is nested deeper than anything of ours would exhaust the stack further on.
  const auto is_shallow = [](int depth, Json::parse_event_t, const Json&) { return depth < 16; };
  Json parsed = Json::parse(file, is_shallow, /* throws */ false);
  if (!parsed.is_object() || !parsed.contains("benchmarks") || !parsed.contains("context"))
    throw UnreadableResults(path + ": has changed since it was read");
  clean(parsed);
  return parsed;
}

std::string document(const ExportedRuns& runs, Rows (*of)(Rows)) {
  MergedContext context;
  Rows rows;
  for (const ExportedRun& run : runs) {
    const Json file = read_json(run.file);
    context.add(file["context"]);
    add_rows(rows, file, run.results);
  }
  return Json{{"context", context.take()}, {"benchmarks", of(std::move(rows))}}.dump(
             2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

bool is_number_of_case(const std::string& key) {
  return key == "family_index" || key == "per_family_instance_index" || key == "threads";
}

/// A key's median over the trials; nothing where one of them lacks it.
Json median_of(const std::vector<const Json*>& trials, const std::string& key) {
  std::vector<double> values;
  for (const Json* trial : trials)
    if (const auto found = trial->find(key); found != trial->end() && found->is_number())
      values.push_back(found->get<double>());
  return values.size() == trials.size() ? Json(median(values)) : Json();
}

/// The medians, as if they were the one repetition of the case.
Json median_row(const std::vector<const Json*>& trials) {
  Json row = Json::object();
  for (const auto& [key, value] : trials.front()->items()) {
    if (is_place(key)) continue;
    row[key] = value;
    if (!value.is_number() || is_number_of_case(key)) continue;
    row[key] = median_of(trials, key);
    if (row[key].is_null()) row.erase(key);
  }
  row["repetitions"] = 1;
  row["repetition_index"] = 0;
  if (row.contains("iterations") && row["iterations"].is_number())
    row["iterations"] =
        std::int64_t(std::clamp(row["iterations"].get<double>(), 0.0, kIterationsMax));
  return row;
}

Rows medians(Rows rows) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Json*>> trials;
  for (const Json& row : rows) {
    if (!row.contains("run_type") || row["run_type"] != "iteration") continue;
    auto& those = trials[case_of(row)];
    if (those.empty()) order.push_back(case_of(row));
    those.push_back(&row);
  }
  Rows all;
  for (const std::string& name : order) all.push_back(median_row(trials[name]));
  return all;
}

}  // namespace

std::string export_gbench(const ExportedRuns& runs) {
  return document(runs, [](Rows rows) { return rows; });
}
std::string export_gbench_summary(const ExportedRuns& runs) { return document(runs, medians); }

}  // namespace iodyno::host
