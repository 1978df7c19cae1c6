#include "cli/resume.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <set>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "report/gbench.hpp"
#include "report/reader.hpp"
#include "run/context.hpp"
#include "run/target.hpp"

namespace iodyno::host {
namespace {

using Facts = std::map<std::string, std::string>;

/// What a resumption may say anew, or is compared by its meaning.
bool is_free(const std::string& option) {
  static const std::set<std::string> kFree = {"--quiet", "--keep", "--time-limit", "--resume",
                                              "SCENARIO"};
  return kFree.contains(option);
}

std::string value_in(const Facts& facts, const std::string& key) {
  const auto found = facts.find(key);
  return found == facts.end() ? std::string() : found->second;
}

Arguments parsed_again(const Begun& begun, Diagnostics& out) {
  std::vector<std::string> words = {"iodyno", "run"};
  for (const auto& [option, values] : begun.arguments)
    if (!is_free(option) || option == "--time-limit")
      for (const auto& value : values) words.push_back(option + "=" + value);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  Arguments arguments;
  if (const auto answer = read_arguments(int(pointers.size()), pointers.data(), arguments))
    out.push_back({{}, kBegunFile, "arguments: " + answer->text});
  return arguments;
}

/// A seed that was not given was chosen.
std::vector<std::string> given_then(const Begun& begun, const std::string& option) {
  if (option == "--seed") return {value_in(begun.facts, "seed")};
  const auto found = begun.arguments.find(option);
  return found == begun.arguments.end() ? std::vector<std::string>() : found->second;
}

void check_given(const Arguments& of_now, const Begun& begun, Diagnostics& out) {
  for (const auto& [option, values] : of_now.given) {
    if (is_free(option)) continue;
    const auto then = given_then(begun, option);
    if (values == then) continue;
    out.push_back(
        {{},
         option,
         fmt::format("is {}, and the run was begun {}",
                     quote(fmt::format("{}", fmt::join(values, ", "))),
                     then.empty() ? "without it"
                                  : "with " + quote(fmt::format("{}", fmt::join(then, ", "))))});
  }
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

std::variant<Earlier, int> open_earlier(const std::string& directory) try {
  if (auto earlier = find_earlier(directory)) return std::move(*earlier);
  if (read_results(directory).stated("interrupted") == "true")
    return mistake(directory + ": has no " + kBegunFile + ", which says what it was begun with");
  fmt::print(stderr, "iodyno: {}: the results are whole, nothing is left to run\n",
             clean_text(directory));
  return int(kDone);
} catch (const CannotResume& error) {
  return mistake(error.what());
} catch (const UnreadableResults&) {
  return mistake(directory + ": holds no interrupted run");
}

Arguments as_begun(const Arguments& of_now, const Begun& begun, Diagnostics& out) {
  check_given(of_now, begun, out);
  // Paths of the command line and of the scenario are relative to it.
  if (const auto here = std::filesystem::current_path().string(); here != begun.directory)
    out.push_back({{}, "--resume", "the run was begun in " + begun.directory + ": go there first"});
  auto arguments = parsed_again(begun, out);
  arguments.quiet = of_now.quiet;
  arguments.keep = of_now.keep;
  if (of_now.time_limit_ns) arguments.time_limit_ns = of_now.time_limit_ns;
  const auto seed = value_in(begun.facts, "seed");
  std::from_chars(seed.data(), seed.data() + seed.size(), arguments.prepare.seed.emplace());
  return arguments;
}

std::vector<Prepared> prepare_again(const Catalog& catalog, const Arguments& begun_arguments,
                                    const std::vector<std::string>& scenarios, const Begun& begun,
                                    Diagnostics& out) {
  auto settings = begun_arguments.prepare;
  std::vector<Prepared> all;
  if (scenarios.empty()) {
    if (auto one = prepare_text(catalog, begun.scenario_text, begun.scenario_file, settings, out))
      all.push_back(std::move(*one));
    return all;
  }
  settings.scenarios = scenarios;
  if (scenarios.size() == 1) return prepare(catalog, settings, out);
  out.push_back({{}, "--resume", "goes on with one scenario, and several are named"});
  return all;
}

Facts lasting_facts(const Prepared& prepared, const std::string& target, const FileSystem& fs) {
  auto facts = system_facts(target, fs);
  // They are never quite the same.
  for (const char* key : {"free_bytes", "total_bytes", "memory_bytes"}) facts.erase(key);
  facts.merge(plan_facts(prepared.plan));
  facts["scenario_hash"] = prepared.text_hash;
  facts["version"] = IODYNO_VERSION;
  facts["host_name"] = host_name();
  for (auto& [key, value] : facts) value = clean_text(value);
  return facts;
}

void tell_changes(const Earlier& earlier, const Facts& facts, Diagnostics& out) {
  const auto file = (std::filesystem::path(earlier.directory) / kBegunFile).string();
  const Position at{.source = std::make_shared<const std::string>(file)};
  const auto& before = earlier.begun.facts;
  std::set<std::string> keys;
  for (const auto* all : {&before, &facts})
    for (const auto& [key, value] : *all) keys.insert(key);
  // With another scenario all else is another, too.
  if (value_in(before, "scenario_hash") != value_in(facts, "scenario_hash"))
    keys = {"scenario_hash"};
  for (const auto& key : keys)
    if (const auto was = value_in(before, key), is = value_in(facts, key); was != is)
      out.push_back({at, key, "was " + quote(was) + ", is " + quote(is)});
}

Begun begun_with(const Arguments& arguments, const Prepared& prepared, const FileSystem& fs) {
  return {.id = random_id(),
          .directory = std::filesystem::current_path(),
          .scenario_file = prepared.file,
          .scenario_text = prepared.text,
          .arguments = arguments.given,
          .facts = lasting_facts(prepared, arguments.target, fs),
          .has_latest = arguments.out.empty(),
          .began_s = since_epoch_s(),
          .continues = {},
          .resumptions = {}};
}

}  // namespace iodyno::host
