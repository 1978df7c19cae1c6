#include <fmt/core.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/scaffold.hpp"
#include "cli/terminal.hpp"
#include "run/catalog.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLongest = 64;

/// What is wrong with a name that is to stand in file names, results, and C strings; or nothing.
std::string refuse_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool fits = !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || c == '_' || c == '-';
  });
  if (fits && name.size() <= kLongest) return {};
  return quote(name) + " can't be a backend's name: small letters, digits, _ and -, at most " +
         std::to_string(kLongest) + ", and no _ or - at the beginning";
}

/// What is wrong with a place for a project; or nothing.
std::string refuse_place(const fs::path& directory) {
  std::error_code error;
  const auto status = fs::status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return quote(directory.string()) + " is not a directory";
  if (!fs::is_empty(directory)) return quote(directory.string()) + " is not empty";
  return {};
}

std::map<std::string, std::string> words_for(const std::string& name, const Installation& where) {
  // Compilers and find_package() look here by themselves.
  const bool is_standard = where.prefix == "/usr" || where.prefix == "/usr/local";
  std::string crate = name;
  std::ranges::replace(crate, '-', '_');
  const std::string prefix = where.prefix;
  return {{"iodyno", program_word()},
          {"crate", crate},
          {"include", is_standard ? "" : " " + shell_word("-I" + prefix + "/include")},
          {"prefix", is_standard ? "" : " " + shell_word("-DCMAKE_PREFIX_PATH=" + prefix)}};
}

/// The commands of a README's first block.
std::string first_commands(const std::string& readme) {
  const std::string begin = "```sh\n", end = "```\n";
  const auto from = readme.find(begin) + begin.size();
  return readme.substr(from, readme.find(end, from) - from);
}

}  // namespace

int new_backend_command(const Arguments& arguments) {
  const std::string& name = arguments.name;
  if (const auto why = refuse_name(name); !why.empty()) return mistake(why);
  if (Catalog({}).find_backend(name))
    return mistake("there is a backend " + quote(name) + " already; `iodyno describe` tells of it");
  const std::string into = arguments.into.empty() ? name : arguments.into;
  if (const auto why = refuse_place(into); !why.empty())
    return mistake(why + "; --into says where else to put the project");

  const auto installed = find_installation();
  const auto files =
      instantiate(installed.scaffold / arguments.language, name, words_for(name, installed));
  write_files(into, files);
  fmt::print(stderr, "iodyno: {} has the backend {}; its README.md says more. Next:\n", into, name);
  fmt::print("cd -- {}\n{}", shell_word(into), first_commands(files.at("README.md")));
  return kDone;
}

}  // namespace iodyno::host
