#include "scenario/reference.hpp"

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

std::string join(const std::vector<std::string_view>& words) {
  std::string all;
  for (const auto word : words) all += (all.empty() ? "`" : ", `") + std::string(word) + "`";
  return all;
}

/// The limits of a number, each printed as people write it.
template <class Print>
std::string limits(const Rule& rule, Print print) {
  if (rule.max != 0) return ", " + print(rule.min) + " to " + print(rule.max);
  return rule.min > 1 ? ", at least " + print(rule.min) : "";
}

std::string values(const Key& key) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  switch (key.shape) {
    case Shape::token: return "letters, digits, `_` `.` `-`";
    case Shape::text: return "text";
    case Shape::count: return "a whole number" + limits(key.rule, number);
    case Shape::boolean: return "`true`, `false`";
    case Shape::choice: return join(key.rule.choices);
    case Shape::size: return "a size" + limits(key.rule, format_size);
    case Shape::time: return "a time" + limits(key.rule, format_time);
    case Shape::percent: return "a percentage above 0%";
    case Shape::rate: return "a rate";
    case Shape::file_size: return "a size" + limits(key.rule, format_size) + "; or a map";
    case Shape::content: return "`random`, `zeros`, or a map";
    case Shape::operations: return "an operation, or a map of them";
    case Shape::order: return "`sequential`, `random`, or a map";
    case Shape::consume: return "`none`, `touch`, `checksum`, or a map";
    case Shape::cpus: return "a CPU's number, a list of them, or `none`";
    case Shape::dataset: return "a map";
    case Shape::phases: return "a list of maps";
    case Shape::sweep: return "a map of lists, or a list of maps";
    case Shape::backends: return "a list";
  }
  return {};
}

std::string meaning(const Key& key) {
  std::string text;
  for (const char c : key.doc) text += c == '|' ? "\\|" : std::string(1, c);  // no new column
  if (!key.rule.applies_to.empty()) text += " Only for " + std::string(key.rule.applies_to) + ".";
  return text;
}

std::string table(const char* title, Scope scope) {
  auto text =
      std::string("### ") + title + "\n\n| Key | Values | Default | Meaning |\n|---|---|---|---|\n";
  for (const auto& key : keys()) {
    if (key.scope != scope) continue;
    const auto fallback = key.rule.required ? "*required*" : std::string(key.fallback);
    text += "| `" + std::string(key.name) + "` | " + values(key) + " | " + fallback + " | " +
            meaning(key) + " |\n";
  }
  return text + "\n";
}

std::string_view name(Object object) {
  switch (object) {
    case Object::file: return "files";
    case Object::directory: return "directories";
    case Object::block: return "open files";
  }
  return {};
}

std::string operation_table() {
  std::string text =
      "### Operations\n\n| Operation | On | What one request does |\n|---|---|---|\n";
  for (const auto& row : operations())
    text += "| `" + std::string(row.name) + "` | " + std::string(name(row.object)) + " | " +
            std::string(row.doc) + " |\n";
  return text;
}

}  // namespace

std::string scenario_reference() {
  return table("The top of a scenario", Scope::top) + table("`dataset`", Scope::dataset) +
         table("A phase", Scope::phase) + operation_table();
}

}  // namespace iodyno::host
