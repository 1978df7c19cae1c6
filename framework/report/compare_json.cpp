#include <cmath>
#include <nlohmann/json.hpp>

#include "report/compare_text.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;

/// An interval of two values may reach beyond all numbers.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {number(interval->low), number(interval->high)};
}

Json point_to_json(const Comparison& one) {
  Json point = Json::object();
  for (const auto& [key, value] : one.point) point[key] = value;
  return point;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json to_json(const Comparison& one) {
  Json json = {{"phase", one.phase},
               {"backend", one.backend},
               {"point", point_to_json(one)},
               {"name", text_or_null(one.name)},
               {"baseline", text_or_null(one.baseline_name)},
               {"label", text_or_null(one.label)},
               {"baseline_label", text_or_null(one.baseline_label)}};
  if (!one.compared()) {
    json["verdict"] = "not_compared";
    json["reason"] = one.not_compared;
    return json;
  }
  const Assessment& it = one.assessment;
  json["verdict"] = to_text(it.relation);
  json["reason"] = text_or_null(it.reason);
  json["ratio"] = number(it.ratio.value);
  json["interval_95"] = to_json(it.ratio.within95);
  json["interval_99"] = to_json(it.ratio.within99);
  json["p"] = it.p.value;
  json["p_adjusted"] = it.p_adjusted;
  json["p_method"] = to_text(it.p.how);
  json["n"] = it.blocks;
  json["unpaired"] = one.unpaired;
  json["more_blocks"] = it.more_blocks ? Json(*it.more_blocks) : Json();
  json["real_time_ns"] = one.time_ns;
  json["baseline_real_time_ns"] = one.baseline_ns;
  return json;
}

Json to_json(const Difference& one) {
  return {{"key", one.key},
          {"baseline", text_or_null(one.baseline)},
          {"results", text_or_null(one.results)},
          {"refused", one.refused}};
}

Json to_json(const GeometricMean& one) {
  return {{"backend", one.backend},
          {"ratio", number(one.ratio)},
          {"compared", one.compared},
          {"cases", one.cases}};
}

template <class Items>
Json list(const Items& items) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(to_json(item));
  return json;
}

}  // namespace

std::string comparison_json(const Comparisons& all) {
  const bool paired = all.pairing == Pairing::by_block;
  const Json json = {{"scenario", all.scenario},
                     {"by", paired ? "backend" : "run"},
                     {"baseline", text_or_null(all.baseline)},
                     {"paired", paired},
                     {"drift_controlled", paired},
                     {"threshold", all.threshold},
                     {"forced", all.forced()},
                     {"differences", list(all.differences)},
                     {"notes", all.doubts},
                     {"comparisons", list(all.cases)},
                     {"geometric_means", list(all.means)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace iodyno::host
