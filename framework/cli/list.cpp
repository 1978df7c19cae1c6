#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "report/gbench.hpp"

namespace iodyno::host {
namespace {

using json = nlohmann::ordered_json;

json list_backends(const Catalog& catalog) {
  json all = json::array();
  for (const auto& [name, file] : catalog.backends()) {
    json one = {{"name", name}, {"file", file}};
    try {
      const auto description = describe_backend(file);
      one["version"] = description.version;
      one["summary"] = description.summary;
    } catch (const std::runtime_error& e) {
      one["error"] = e.what();
    }
    all.push_back(std::move(one));
  }
  for (const auto& [name, file] : catalog.left_out())
    all.push_back({{"name", name}, {"left_out", *catalog.why_left_out(name)}});
  return all;
}

json list_scenarios(const Catalog& catalog) {
  json all = json::array();
  for (const auto& [name, file] : catalog.scenarios()) {
    json one = {{"name", name}, {"file", file}};
    Diagnostics mistakes;
    const auto scenario = load_scenario(file, mistakes);
    if (scenario)
      one["summary"] = scenario->about;
    else
      one["error"] = to_text(mistakes.front());
    all.push_back(std::move(one));
  }
  return all;
}

/// Up to the end of its first clause: `describe` has the rest.
std::string beginning(const std::string& text) {
  for (std::size_t at = 0; (at = text.find_first_of(".:?!", at)) < text.size(); ++at)
    if (at + 1 == text.size() || text[at + 1] == ' ') return text.substr(0, at + (text[at] == '?'));
  return text;
}

std::string about(const json& one, bool whole) {
  if (one.contains("error")) return "not usable: " + one["error"].get<std::string>();
  if (one.contains("left_out")) return "not in this build: " + one["left_out"].get<std::string>();
  const auto summary = one["summary"].get<std::string>();
  return whole ? summary : beginning(summary);
}

void print(const std::string& heading, const json& all) {
  // A scenario's text is a paragraph, a backend's is a line.
  const bool whole = heading == "backends";
  fmt::print("{}\n", heading);
  if (all.empty()) fmt::print("  none\n");
  std::size_t width = 0;
  for (const auto& one : all)
    width = std::max(width, one["name"].get_ref<const std::string&>().size());
  for (const auto& one : all)
    fmt::print("  {:{}}  {}\n", clean_text(one["name"].get<std::string>()), width,
               clean_text(about(one, whole)));
}

}  // namespace

int list_command(const Arguments& arguments) {
  const Catalog catalog(arguments.backend_path);
  json all;
  if (arguments.name != "scenarios") all["backends"] = list_backends(catalog);
  if (arguments.name != "backends") all["scenarios"] = list_scenarios(catalog);
  if (arguments.json) {
    fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
    return kDone;
  }
  for (const auto& [heading, list] : all.items()) print(heading, list);
  return kDone;
}

}  // namespace iodyno::host
