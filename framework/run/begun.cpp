#include "run/begun.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "run/time_left.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

Json json_of(const Resumption& one) {
  return {{"pause_s", one.pause_s},
          {"kept", one.kept},
          {"dropped", one.dropped},
          {"group", one.group},
          {"blocks", one.blocks}};
}

Resumption resumption_from(const Json& json) {
  return {.pause_s = json.at("pause_s"),
          .kept = json.at("kept"),
          .dropped = json.at("dropped"),
          .group = json.at("group"),
          .blocks = json.at("blocks")};
}

}  // namespace

double since_epoch_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string text_of(const Resumption& one) {
  auto text = "goes on after " + span_text(std::uint64_t(one.pause_s * 1e9)) + ": " +
              std::to_string(one.kept) + (one.kept == 1 ? " trial is" : " trials are") + " kept";
  if (one.dropped != 0)
    text += ", " + std::to_string(one.dropped) + " of a block that was not whole " +
            (one.dropped == 1 ? "is" : "are") + " made again";
  return text;
}

std::string begun_text(const Begun& begun) try {
  Json resumptions = Json::array();
  for (const auto& one : begun.resumptions) resumptions.push_back(json_of(one));
  const Json all = {{"about", "what this run was begun with, for `iodyno run --resume`"},
                    {"version", kVersion},
                    {"id", begun.id},
                    {"directory", begun.directory},
                    {"scenario_file", begun.scenario_file},
                    {"scenario_text", begun.scenario_text},
                    {"arguments", begun.arguments},
                    {"facts", begun.facts},
                    {"has_latest", begun.has_latest},
                    {"began_s", begun.began_s},
                    {"continues", begun.continues},
                    {"resumptions", resumptions}};
  return all.dump(2) + "\n";
} catch (const Json::exception&) {
  throw std::runtime_error("a path, an argument or the scenario is not UTF-8");
}

Begun begun_from(const std::string& text) try {
  const auto json = Json::parse(text);
  // Not told as it stands: it may be of any depth and length.
  if (json.at("version") != kVersion)
    throw std::runtime_error("is of another version than " + std::to_string(kVersion));
  Begun begun{.id = json.at("id"),
              .directory = json.at("directory"),
              .scenario_file = json.at("scenario_file"),
              .scenario_text = json.at("scenario_text"),
              .arguments = json.at("arguments"),
              .facts = json.at("facts"),
              .has_latest = json.at("has_latest"),
              .began_s = json.at("began_s"),
              .continues = json.at("continues"),
              .resumptions = {}};
  for (const auto& one : json.at("resumptions")) begun.resumptions.push_back(resumption_from(one));
  return begun;
} catch (const Json::exception& error) {
  throw std::runtime_error(error.what());
}

}  // namespace iodyno::host
