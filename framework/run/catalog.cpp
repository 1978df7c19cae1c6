#include "run/catalog.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iodyno/posix.hpp>
#include <map>

#include "run/process.hpp"
#include "scenario/hash.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kDescribeLimitNs = 30'000'000'000;

void add_path(const std::string& path, std::vector<std::string>& to) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find(':', begin), path.size());
    if (end > begin) to.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
}

/// The directories in `parent` whose names begin so.
void add_children(const fs::path& parent, const std::string& prefix, const fs::path& below,
                  std::vector<std::string>& to) {
  std::error_code error;
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(parent, error))
    if (entry.path().filename().string().starts_with(prefix) &&
        fs::is_directory(entry.path() / below, error))
      found.push_back((entry.path() / below).lexically_normal());
  std::ranges::sort(found);
  to.insert(to.end(), found.begin(), found.end());
}

/// Whoever may write to a directory of the search path may run what he likes as whoever searches.
void refuse_what_all_may_write(const std::vector<std::string>& directories) {
  for (const auto& directory : directories) {
    struct stat status;
    if (stat(directory.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0)
      throw std::runtime_error(directory +
                               ": everybody may write there, so no backend is looked for in it; "
                               "`chmod o-w` it, or take it off the search path");
  }
}

std::string stem(const std::string& file, std::string_view prefix, std::string_view suffix) {
  if (file.size() <= prefix.size() + suffix.size() || !file.starts_with(prefix) ||
      !file.ends_with(suffix))
    return {};
  return file.substr(prefix.size(), file.size() - prefix.size() - suffix.size());
}

std::vector<Found> find_all(const std::vector<std::string>& directories, std::string_view prefix,
                            std::string_view suffix) {
  std::map<std::string, std::string> files;
  for (const auto& directory : directories) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error))
      if (const auto name = stem(entry.path().filename(), prefix, suffix); !name.empty())
        files.emplace(name, entry.path());
  }
  std::vector<Found> all;
  for (const auto& [name, file] : files) all.push_back({name, file});
  return all;
}

std::optional<std::string> find_one(const std::vector<Found>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Found::name);
  return found == all.end() ? std::nullopt : std::optional(found->file);
}

}  // namespace

Catalog::Catalog(const std::vector<std::string>& backend_path) {
  for (const auto& path : backend_path) add_path(path, backend_directories_);
  if (const char* path = std::getenv("IODYNO_BACKEND_PATH")) add_path(path, backend_directories_);
  const auto program = fs::canonical("/proc/self/exe").parent_path();
  add_children(program / "plugins", "", ".", backend_directories_);
  add_children(program, "lib", "iodyno", backend_directories_);  // installed to the build directory
  add_children(program.parent_path(), "lib", "iodyno", backend_directories_);
  add_children(program.parent_path() / "lib", "", "iodyno", backend_directories_);
  refuse_what_all_may_write(backend_directories_);
  scenario_directories_ = {program / "scenarios",
                           (program / "../share/iodyno/scenarios").lexically_normal()};
}

std::vector<Found> Catalog::backends() const {
  return find_all(backend_directories_, "libiodyno-", ".so");
}
std::vector<Found> Catalog::scenarios() const {
  return find_all(scenario_directories_, "", ".yaml");
}

std::optional<std::string> Catalog::find_backend(const std::string& name) const {
  if (name.find('/') != name.npos) return fs::absolute(name).lexically_normal();
  return find_one(backends(), name);
}

std::vector<Found> Catalog::left_out() const {
  auto all = find_all(backend_directories_, "libiodyno-", ".left-out");
  std::erase_if(all, [this](const Found& one) { return find_one(backends(), one.name); });
  return all;
}

std::optional<std::string> Catalog::why_left_out(const std::string& name) const {
  const auto file = find_one(left_out(), name);
  if (!file) return {};
  auto why = read_file(*file);
  while (why.ends_with('\n')) why.pop_back();
  return why;
}

std::optional<std::string> Catalog::find_scenario(const std::string& name) const {
  if (name.find('/') != name.npos || name.ends_with(".yaml")) return name;
  return find_one(scenarios(), name);
}

BackendDescription describe_backend(const std::string& file) {
  const auto path = fs::absolute(file).lexically_normal().string();
  const Fd nowhere = open_at(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
  auto outcome = run_job({.kind = Job::Kind::describe, .spec = {.plugin_file = path}}, nowhere,
                         kDescribeLimitNs);
  if (!outcome.reply) throw std::runtime_error(path + ": " + outcome.failure);
  if (!outcome.reply->description) throw std::runtime_error(outcome.reply->error);
  auto description = std::move(*outcome.reply->description);
  description.hash = hash_text(read_file(path));
  return description;
}

std::optional<Scenario> load_scenario(const std::string& file, Diagnostics& out) {
  try {
    return parse_scenario(read_scenario_file(file), file, {}, out);
  } catch (const std::system_error& e) {
    out.push_back({{}, "", e.what()});
    return {};
  }
}

std::string read_scenario_file(const std::string& path) {
  return read_file(path, kScenarioBytesMax + 1);
}

std::string read_file(const std::string& path, std::size_t most) {
  const Fd fd = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  std::string text;
  std::array<std::byte, 65536> piece;
  // read(), not pread(): it may be a pipe.
  const auto next = [&] {
    const auto wanted = std::min(piece.size(), most - text.size());
    return std::size_t(retry([&] { return read(fd, piece.data(), wanted); }, path.c_str()));
  };
  while (const auto count = next()) text.append(reinterpret_cast<const char*>(piece.data()), count);
  return text;
}

}  // namespace iodyno::host
