#include <fmt/core.h>

#include "cli/commands.hpp"
#include "cli/scaffold.hpp"
#include "cli/terminal.hpp"
#include "scenario/schema.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSchema = "scenario.schema.json";
constexpr std::size_t kLongest = 100;  // as scenarios have it

}  // namespace

int new_scenario_command(const Arguments& arguments) {
  std::string name = arguments.name;
  if (name.ends_with(".yaml")) name.resize(name.size() - 5);
  // "-" is a list in YAML, ".." a directory, and what begins so a flag or hidden.
  if (!is_token(name) || name[0] == '-' || name[0] == '.' || name.size() > kLongest)
    return mistake(quote(name) +
                   " can't be a scenario's name: letters, digits, _ . and -, at most " +
                   std::to_string(kLongest) + ", and no . or - at the beginning");
  const fs::path into = arguments.into.empty() ? "." : arguments.into;
  const fs::path file = into / (name + ".yaml");
  if (fs::exists(file)) return mistake(quote(file.string()) + " is there already");

  auto files = instantiate(find_installation().scaffold / "scenario", name, {});
  if (!fs::exists(into / kSchema)) files.emplace(kSchema, scenario_schema());
  write_files(into, files);
  const std::string program = program_word(), word = shell_word(file);
  fmt::print(stderr, "iodyno: {} is a scenario. Change it, then:\n", file.string());
  fmt::print("{0} validate {1}\n{0} plan {1}\n{0} run {1} --quick\n", program, word);
  return kDone;
}

}  // namespace iodyno::host
