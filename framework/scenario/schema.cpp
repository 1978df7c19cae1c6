#include "scenario/schema.hpp"

#include <nlohmann/json.hpp>

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

using json = nlohmann::ordered_json;

// Where text is meant, what YAML takes for a number, a truth or null is text all the same:
// `name: 4`, `baseline: null`.
json any_scalar() { return {{"type", {"string", "number", "boolean", "null"}}}; }
json text_matching(const char* pattern) {
  auto scalar = any_scalar();
  scalar["pattern"] = pattern;
  return scalar;
}
json text_like(const char* pattern) { return {{"type", "string"}, {"pattern", pattern}}; }
json any_of(std::vector<json> choices) { return {{"anyOf", std::move(choices)}}; }

constexpr const char* kSize = "^[0-9]+(\\.[0-9]+)? *([KMGTPE]i?)?B$";
constexpr const char* kTime = "^[0-9]+(\\.[0-9]+)? *(ns|us|ms|s|min|h)$";
constexpr const char* kPercent = "^[0-9]+(\\.[0-9]+)? *%$";
constexpr const char* kRate = "^[0-9]+(\\.[0-9]+)? *[kM]?/s$";

json closed(json properties, std::vector<std::string> required = {}) {
  json object = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) object["required"] = std::move(required);
  object["properties"] = std::move(properties);
  return object;
}

json choices(const std::vector<std::string_view>& names) {
  json list = json::array();
  for (const auto name : names) list.push_back(std::string(name));
  return {{"enum", std::move(list)}};
}

json operation_names() {
  std::vector<std::string_view> names;
  for (const auto& row : operations()) names.push_back(row.name);
  return choices(names);
}

json mix_of(Object object) {
  json weights = json::object();
  for (const auto& row : operations())
    if (row.object == object)
      weights[std::string(row.name)] = {{"type", "integer"},
                                        {"minimum", 1},
                                        {"maximum", 1'000'000},
                                        {"description", std::string(row.doc)}};
  auto map = closed(std::move(weights));
  map["minProperties"] = 1;
  return map;
}

json backend() {
  const json value = any_of({{{"type", "string"}}, {{"type", "number"}}, {{"type", "boolean"}}});
  const json options = {{"type", "object"},
                        {"additionalProperties",
                         any_of({value, {{"type", "array"}, {"minItems", 1}, {"items", value}}})}};
  return any_of({{{"type", "string"}, {"minLength", 1}},
                 {{"type", "null"}},
                 {{"type", "object"},
                  {"minProperties", 1},
                  {"maxProperties", 2},
                  {"properties", {{"as", text_matching("^[A-Za-z0-9_.-]+$")}}},
                  {"additionalProperties", any_of({options, {{"type", "null"}}})}}});
}

json keys_of(Scope, bool sweepable_only);

json shape(const Key& key) {
  const auto count = [&] {
    json number = {{"type", "integer"}, {"minimum", key.rule.min}};
    if (key.rule.max != 0) number["maximum"] = key.rule.max;
    return number;
  };
  switch (key.shape) {
    case Shape::token: return text_matching("^(?!\\.\\.?$)[A-Za-z0-9_.-]{1,100}$");
    case Shape::text: return any_scalar();
    case Shape::count: return count();
    case Shape::boolean: return {{"type", "boolean"}};
    case Shape::choice: return choices(key.rule.choices);
    case Shape::size: return text_like(kSize);
    case Shape::time: return text_like(kTime);
    case Shape::percent: return text_like(kPercent);
    case Shape::rate: return text_like(kRate);
    case Shape::file_size:
      return any_of(
          {text_like(kSize), closed({{"min", text_like(kSize)},
                                     {"max", text_like(kSize)},
                                     {"distribution", choices({"uniform", "log-uniform"})}},
                                    {"min", "max"})});
    case Shape::content:
      return any_of({choices({"random", "zeros"}),
                     closed({{"compressible", text_like(kPercent)}}, {"compressible"})});
    case Shape::operations:
      return any_of({operation_names(), mix_of(Object::file), mix_of(Object::directory),
                     mix_of(Object::block)});
    case Shape::order:
      return any_of(
          {choices({"sequential", "random"}),
           closed(
               {{"zipf", {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}}}},
               {"zipf"})});
    case Shape::consume: {
      auto what = any_scalar();
      what["minLength"] = 1;
      what["maxLength"] = 256;
      return any_of({choices({"none", "touch", "checksum"}), closed({{"count", what}}, {"count"})});
    }
    case Shape::cpus: {
      const json cpu = {{"type", "integer"}, {"minimum", 0}, {"maximum", 1023}};
      return any_of({cpu, choices({"none"}), {{"type", "array"}, {"minItems", 1}, {"items", cpu}}});
    }
    case Shape::dataset: {
      auto map = closed(keys_of(Scope::dataset, false));
      map["dependencies"] = {{"from", {{"maxProperties", 1}}}};  // it stands alone
      return map;
    }
    case Shape::phases:
      return {{"type", "array"}, {"minItems", 1}, {"items", closed(keys_of(Scope::phase, false))}};
    case Shape::sweep: {
      json lists = json::object();
      auto values = keys_of(Scope::phase, true);
      values.update(keys_of(Scope::dataset, true));
      for (const auto& [name, value] : values.items())
        lists[name] = {{"type", "array"}, {"minItems", 1}, {"items", value}};
      return any_of(
          {closed(lists), {{"type", "array"}, {"minItems", 1}, {"items", closed(values)}}});
    }
    case Shape::backends: return {{"type", "array"}, {"minItems", 1}, {"items", backend()}};
  }
  return {};
}

json keys_of(Scope scope, bool sweepable_only) {
  json properties = json::object();
  for (const auto& key : keys()) {
    if (key.scope != scope || (sweepable_only && !key.rule.sweepable)) continue;
    auto one = shape(key);
    auto doc = std::string(key.doc);
    if (!key.rule.applies_to.empty()) doc += " Only for " + std::string(key.rule.applies_to) + ".";
    if (!key.fallback.empty()) doc += " Default: " + std::string(key.fallback) + ".";
    one["description"] = doc;
    properties[std::string(key.name)] = std::move(one);
  }
  return properties;
}

}  // namespace

std::string scenario_schema() {
  auto properties = keys_of(Scope::top, false);
  // A phase's key at the top is the default of all phases.
  const auto defaults = keys_of(Scope::phase, false);
  for (const auto& [name, value] : defaults.items())
    if (name != "name") properties[name] = value;
  json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "An iodyno scenario"}};
  std::vector<std::string> required;
  for (const auto& key : keys())
    if (key.scope == Scope::top && key.rule.required) required.emplace_back(key.name);
  schema.update(closed(std::move(properties), std::move(required)));
  return schema.dump(2) + "\n";
}

}  // namespace iodyno::host
