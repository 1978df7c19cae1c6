#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenario/backend_description.hpp"

namespace iodyno::host {

struct Found {
  std::string name;
  std::string file;
};

/// Where backends and scenarios are, in the order in which they are looked for.
class Catalog {
 public:
  /// `backend_path`: values of --backend-path, colon-separated. After them come
  /// $IODYNO_BACKEND_PATH, then `plugins/*/` and `../lib*/iodyno` relative to the program.
  explicit Catalog(const std::vector<std::string>& backend_path);

  /// Every backend, the first of each name, sorted.
  std::vector<Found> backends() const;
  /// Every shipped scenario, sorted.
  std::vector<Found> scenarios() const;
  const std::vector<std::string>& backend_directories() const { return backend_directories_; }

  /// A name with `/` is a file. Nothing when there is none.
  std::optional<std::string> find_backend(const std::string& name) const;
  /// Why a backend was left out of the build, if there is none of that name and it was:
  /// `libiodyno-NAME.left-out` stands where it would be.
  std::optional<std::string> why_left_out(const std::string& name) const;
  /// The backends that were left out of the build, sorted.
  std::vector<Found> left_out() const;
  /// A name with `/` or ending in `.yaml` is a file.
  std::optional<std::string> find_scenario(const std::string& name) const;

 private:
  std::vector<std::string> backend_directories_, scenario_directories_;
};

/// Asks a plugin what it is, in a process of its own. Throws std::runtime_error that says why it is
/// no backend.
BackendDescription describe_backend(const std::string& file);

/// Reads a scenario's file as it is. That it can't be read is a mistake like those in it.
std::optional<Scenario> load_scenario(const std::string& file, Diagnostics&);

/// The text of a scenario's file. What is larger than a scenario may be is not read to its end: of
/// that it is the beginning, with a byte too much. Throws std::system_error.
std::string read_scenario_file(const std::string& path);

/// The whole file, or so many bytes that it begins with. Throws std::system_error.
std::string read_file(const std::string& path, std::size_t most = SIZE_MAX);

}  // namespace iodyno::host
