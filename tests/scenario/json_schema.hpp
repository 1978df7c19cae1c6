// As much of JSON Schema (draft-07) as the schema of scenarios uses, and YAML as JSON: what an
// editor sees. A keyword that is not known here fails the test, lest it be ignored.
#pragma once
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "scenario/node.hpp"
#include "support.hpp"

namespace iodyno::host {

using nlohmann::json;

/// A plain scalar by the core schema of YAML 1.2.
inline json json_of_plain(const std::string& text) {
  static const std::regex integer("[-+]?[0-9]+"), hexadecimal("0x[0-9a-fA-F]+");
  static const std::regex real("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (std::regex_match(text, hexadecimal)) return std::stoll(text, nullptr, 16);
  if (std::regex_match(text, integer)) return json::parse(text[0] == '+' ? text.substr(1) : text);
  if (std::regex_match(text, real)) return std::stod(text);
  return text;
}

inline json json_of(const Node& node) {
  if (node.kind == Node::Kind::scalar)
    return node.quoted ? json(node.text) : json_of_plain(node.text);
  json value = node.kind == Node::Kind::list ? json::array() : json::object();
  for (const auto& item : node.items) value.push_back(json_of(item));
  for (const auto& entry : node.entries) value[entry.key.text] = json_of(entry.value);
  return value;
}

class JsonSchema {
 public:
  explicit JsonSchema(json schema) : schema_(std::move(schema)) {}

  bool accepts(const json& value) const { return accepts(schema_, value); }

 private:
  static bool is(const std::string& type, const json& value) {
    if (type == "integer") return value.is_number_integer() || is_whole(value);
    if (type == "number") return value.is_number();
    return type == value.type_name();
  }
  static bool is_whole(const json& value) {
    return value.is_number_float() && value.get<double>() == std::floor(value.get<double>());
  }

  static bool accepts(const json& schema, const json& value) {
    for (const auto& [keyword, what] : schema.items())
      if (!keeps(schema, keyword, what, value)) return false;
    return true;
  }

  static bool keeps(const json& schema, const std::string& keyword, const json& what,
                    const json& value) {
    static const std::set<std::string> notes = {"$schema", "title", "description"};
    if (notes.contains(keyword)) return true;
    if (keyword == "type") {
      if (what.is_string()) return is(what, value);
      return std::ranges::any_of(what, [&](const json& one) { return is(one, value); });
    }
    if (keyword == "enum") return std::ranges::find(what, value) != what.end();
    if (keyword == "anyOf")
      return std::ranges::any_of(what, [&](const json& one) { return accepts(one, value); });
    if (value.is_object() && of_object(keyword)) return keeps_object(schema, keyword, what, value);
    if (value.is_array() && keyword == "minItems") return value.size() >= what;
    if (value.is_array() && keyword == "items")
      return std::ranges::all_of(value, [&](const json& item) { return accepts(what, item); });
    if (value.is_string() && keyword == "pattern")
      return std::regex_search(value.get<std::string>(), std::regex(what.get<std::string>()));
    if (value.is_string() && keyword == "minLength") return value.get<std::string>().size() >= what;
    if (value.is_string() && keyword == "maxLength") return value.get<std::string>().size() <= what;
    if (value.is_number() && keyword == "minimum") return value >= what;
    if (value.is_number() && keyword == "maximum") return value <= what;
    if (value.is_number() && keyword == "exclusiveMinimum") return value > what;
    if (value.is_number() && keyword == "exclusiveMaximum") return value < what;
    static const std::set<std::string> of_others = {
        "minItems", "items",   "pattern",          "minLength",       "maxLength",
        "minimum",  "maximum", "exclusiveMinimum", "exclusiveMaximum"};
    EXPECT_TRUE(of_object(keyword) || of_others.contains(keyword)) << keyword;
    return true;
  }

  static bool of_object(const std::string& keyword) {
    return keyword == "properties" || keyword == "additionalProperties" || keyword == "required" ||
           keyword == "minProperties" || keyword == "maxProperties" || keyword == "dependencies";
  }

  static bool keeps_object(const json& schema, const std::string& keyword, const json& what,
                           const json& object) {
    if (keyword == "minProperties") return object.size() >= what;
    if (keyword == "maxProperties") return object.size() <= what;
    if (keyword == "required")
      return std::ranges::all_of(what, [&](const json& name) { return object.contains(name); });
    if (keyword == "dependencies")
      return std::ranges::all_of(what.items(), [&](const auto& one) {
        return !object.contains(one.key()) || accepts(one.value(), object);
      });
    const auto properties = schema.value("properties", json::object());
    for (const auto& [name, value] : object.items()) {
      const bool named = properties.contains(name);
      if (keyword == "properties" && named && !accepts(what[name], value)) return false;
      if (keyword != "additionalProperties" || named) continue;
      if (what.is_boolean() ? !what.get<bool>() : !accepts(what, value)) return false;
    }
    return true;
  }

  json schema_;
};

}  // namespace iodyno::host
