#include "report/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

// The line is an object whose keys are the names of Sample's fields (docs/result-format.md). One
// list of the fields serves both directions; a type's way in and out is a pair `json_of`, `read`.
namespace iodyno::host {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

/// Keys that lines of this version did not always have: without one of them the field is as it was
/// made.
constexpr std::string_view kAdded[] = {"iou_wrk_cpu_ns",
                                       "iou_sqp_cpu_ns",
                                       "minor_faults",
                                       "major_faults",
                                       "voluntary_switches",
                                       "involuntary_switches",
                                       "system_cpu_ns",
                                       "steal_ns",
                                       "throttled_ns",
                                       "system_unwritten_after_bytes",
                                       "service_ns",
                                       "spent_ns",
                                       "calm_ns"};

template <typename AnySample, typename Visit>
void each_field(AnySample& sample, Visit&& visit) {
  visit("name", sample.name);
  visit("block", sample.block);
  visit("order", sample.order);
  visit("started_s", sample.started_s);
  visit("requests", sample.requests);
  visit("step_requests", sample.step_requests);
  visit("bytes", sample.bytes);
  visit("wall_ns", sample.wall_ns);
  visit("cpu_ns", sample.cpu_ns);
  visit("user_cpu_ns", sample.user_cpu_ns);
  visit("sys_cpu_ns", sample.sys_cpu_ns);
  visit("iou_wrk_cpu_ns", sample.iou_wrk_cpu_ns);
  visit("iou_sqp_cpu_ns", sample.iou_sqp_cpu_ns);
  visit("minor_faults", sample.minor_faults);
  visit("major_faults", sample.major_faults);
  visit("voluntary_switches", sample.voluntary_switches);
  visit("involuntary_switches", sample.involuntary_switches);
  visit("system_cpu_ns", sample.system_cpu_ns);
  visit("others_cpu_ns", sample.others_cpu_ns);
  visit("steal_ns", sample.steal_ns);
  visit("throttled_ns", sample.throttled_ns);
  visit("setup_ns", sample.setup_ns);
  visit("teardown_ns", sample.teardown_ns);
  visit("host_ns", sample.host_ns);
  visit("drain_ns", sample.drain_ns);
  visit("settle_ns", sample.settle_ns);
  visit("calm_ns", sample.calm_ns);
  visit("cpu_probe_ns", sample.cpu_probe_ns);
  visit("cpu_slowdown", sample.cpu_slowdown);
  visit("max_rss_bytes", sample.max_rss_bytes);
  visit("system_unwritten_bytes", sample.system_unwritten_bytes);
  visit("system_unwritten_after_bytes", sample.system_unwritten_after_bytes);
  visit("device_read_bytes", sample.device_read_bytes);
  visit("shared", sample.shared);
  visit("fallback", sample.fallback);
  visit("cached", sample.cached);
  visit("punted", sample.punted);
  visit("residency", sample.residency);
  visit("achieved_depth", sample.achieved_depth);
  visit("extents_per_file", sample.extents_per_file);
  visit("rate_per_second", sample.rate_per_second);
  visit("latency_ns", sample.latency);
  visit("service_ns", sample.service);
  visit("spent_ns", sample.spent_ns);
  visit("counters", sample.counters);
  visit("notes", sample.notes);
  visit("kept", sample.kept);
  visit("error", sample.error);
  visit("degraded", sample.degraded);
  visit("invalid", sample.invalid);
}

// --- Out. JSON has no number that is not finite: such a one is left out (nullopt), or is 0 where
// --- its key must be there.

template <typename Integer>
requires std::is_unsigned_v<Integer> std::optional<Json> json_of(Integer value) {
  return Json(value);
}
std::optional<Json> json_of(double value) { return Json(std::isfinite(value) ? value : 0.0); }
std::optional<Json> json_of(const std::string& value) { return Json(value); }
std::optional<Json> json_of(const std::vector<std::string>& value) { return Json(value); }
std::optional<Json> json_of(const std::map<std::string, std::string>& value) { return Json(value); }

std::optional<Json> json_of(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return Json(*value);
}

std::optional<Json> json_of(const std::map<std::string, double>& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) {
    if (std::isfinite(value)) object[name] = value;
  }
  return object;
}

std::optional<Json> json_of(const Histogram& histogram) {
  return Json{
      {"max_ns", histogram.max()}, {"sum_ns", histogram.sum()}, {"buckets", histogram.buckets()}};
}

// --- In. `key` is where the value stands, for the text of the exception.

[[noreturn]] void refuse(const std::string& key, std::string_view what) {
  throw std::runtime_error(fmt::format("sample: {}: {}", key, what));
}

const Json& member(const Json& object, const char* name, const std::string& key) {
  const auto found = object.find(name);
  if (found == object.end()) refuse(key, "is missing");
  return *found;
}

const Json& as_object(const Json& json, const std::string& key) {
  if (!json.is_object()) refuse(key, "must be an object");
  return json;
}

const Json& as_array(const Json& json, const std::string& key) {
  if (!json.is_array()) refuse(key, "must be an array");
  return json;
}

template <typename Integer>
requires std::is_unsigned_v<Integer>
void read(const Json& json, const std::string& key, Integer& value) {
  if (!json.is_number_unsigned()) refuse(key, "must be a whole number, 0 or more");
  const auto wide = json.get<std::uint64_t>();
  value = static_cast<Integer>(wide);
  if (value != wide) refuse(key, "is too large");
}

void read(const Json& json, const std::string& key, double& value) {
  if (!json.is_number()) refuse(key, "must be a number");
  value = json.get<double>();
}

void read(const Json& json, const std::string& key, std::string& value) {
  if (!json.is_string()) refuse(key, "must be a string");
  value = json.get<std::string>();
}

void read(const Json& json, const std::string& key, std::optional<double>& value) {
  read(json, key, value.emplace());
}

template <typename Value>
void read(const Json& json, const std::string& key, std::map<std::string, Value>& values) {
  for (const auto& [name, value] : as_object(json, key).items()) {
    read(value, key + "." + name, values[name]);
  }
}

void read(const Json& json, const std::string& key, std::vector<std::string>& values) {
  for (const Json& value : as_array(json, key)) read(value, key, values.emplace_back());
}

void read(const Json& json, const std::string& key, Histogram& histogram) {
  as_object(json, key);
  std::uint64_t max_ns = 0, sum_ns = 0;
  read(member(json, "max_ns", key + ".max_ns"), key + ".max_ns", max_ns);
  read(member(json, "sum_ns", key + ".sum_ns"), key + ".sum_ns", sum_ns);
  Histogram::Buckets buckets;
  const std::string where = key + ".buckets";
  for (const Json& pair : as_array(member(json, "buckets", where), where)) {
    if (!pair.is_array() || pair.size() != 2) refuse(where, "must hold pairs [bucket, count]");
    auto& [bucket, count] = buckets.emplace_back();
    read(pair[0], where, bucket);
    read(pair[1], where, count);
  }
  try {
    histogram = Histogram::from(buckets, max_ns, sum_ns);
  } catch (const std::invalid_argument& error) {
    refuse(key, error.what());
  }
}

Json parsed_object(std::string_view line) {
  try {
    Json json = Json::parse(line);
    if (json.is_object()) return json;
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("sample: not JSON: {}", error.what()));
  }
  throw std::runtime_error("sample: not a JSON object");
}

}  // namespace

std::string to_json_line(const Sample& sample) {
  nlohmann::ordered_json object = {{"version", kVersion}};
  each_field(sample, [&](const char* key, const auto& value) {
    if (const auto json = json_of(value)) object[key] = *json;
  });
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Sample sample_from_json(std::string_view line) {
  const Json object = parsed_object(line);
  std::uint32_t version = 0;
  read(member(object, "version", "version"), "version", version);
  if (version != kVersion) refuse("version", fmt::format("{} is not known here", version));

  Sample sample;
  each_field(sample, [&](const char* key, auto& value) {
    using Field = std::remove_reference_t<decltype(value)>;
    const bool may_lack = std::is_same_v<Field, std::optional<double>> ||
                          std::ranges::find(kAdded, key) != std::end(kAdded);
    if (may_lack && !object.contains(key)) return;
    read(member(object, key, key), key, value);
  });
  return sample;
}

}  // namespace iodyno::host
