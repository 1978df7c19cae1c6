#include "report/history.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "report/find_results.hpp"
#include "run/catalog.hpp"
#include "scenario/filter.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

/// A scenario's names have 1000 at most; searching takes their square.
constexpr std::size_t kSearchedBytesMax = 4096;

/// The names of the directories in another.
std::vector<std::string> directories_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.is_directory(error)) names.push_back(entry.path().filename());
  return names;
}

/// Where the runs of a scenario are: those of a directory, or of one in `in` with the scenario's
/// name, which a file of its own states.
int find_runs(const std::string& scenario, const std::string& in, std::string& directory) {
  std::error_code error;
  directory = scenario;
  if (scenario.find('/') != std::string::npos && fs::is_directory(scenario, error)) return kDone;
  std::string name = scenario;
  if (scenario.find('/') != std::string::npos || scenario.ends_with(".yaml")) {
    Diagnostics mistakes;
    const auto read = load_scenario(scenario, mistakes);
    if (!read) return report_mistakes(mistakes);
    name = read->name;
  }
  directory = (fs::path(in) / name).string();
  if (fs::is_directory(directory, error)) return kDone;
  const auto names = directories_in(in);
  return mistake(in + " has no runs of " + quote(name) +
                 suggestion(name, {names.begin(), names.end()}) +
                 "; `iodyno run` puts them there when it is started here without --out");
}

/// What can be read; what can't is told.
std::vector<NamedResults> read_all(const std::string& directory) {
  std::vector<NamedResults> all;
  for (const std::string& file : find_results(directory)) {
    try {
      all.push_back({file, read_results(file)});
    } catch (const UnreadableResults& unreadable) {
      fmt::print(stderr, "iodyno: left out: {}\n", unreadable.what());
    }
  }
  return all;
}

int show(const std::string& directory, const Arguments& arguments) {
  const auto filter = filter_of(arguments.prepare.filter);
  auto runs = read_all(directory);
  if (runs.empty()) return mistake(directory + ": none of its results can be read");
  const auto scenario_of = [](const NamedResults& one) -> const std::string& {
    return one.results.cases.front().scenario;
  };
  const std::string first = scenario_of(runs.front());
  for (const NamedResults& one : runs)
    if (scenario_of(one) != first)
      return mistake(directory + " has runs of " + first + " and of " + scenario_of(one) +
                     "; name the directory of one scenario");
  const History history = history_of(std::move(runs), [&](const std::string& name) {
    if (arguments.prepare.filter.empty()) return true;
    if (name.size() > kSearchedBytesMax)
      throw UnreadableResults(directory + ": has a name that is too long to be searched");
    return std::regex_search(name, filter);
  });
  if (history.cases.empty()) return mistake("--filter: no case of these runs has such a name");
  fmt::print("{}", arguments.json ? history_json(history) : history_text(history, color()));
  return kDone;
}

}  // namespace

int history_command(const Arguments& arguments) {
  std::string directory;
  if (const int status = find_runs(arguments.name, arguments.runs, directory)) return status;
  try {
    return show(directory, arguments);
  } catch (const UnreadableResults& unreadable) {
    return mistake(unreadable.what());
  } catch (const std::regex_error& error) {
    return mistake("--filter " + arguments.prepare.filter +
                   ": not a regular expression: " + error.what());
  }
}

}  // namespace iodyno::host
