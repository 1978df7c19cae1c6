#include "report/find_results.hpp"

#include <algorithm>
#include <filesystem>

#include "report/gbench.hpp"
#include "report/reader.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "results.json";

/// `.part-…` is a run that goes on.
bool is_left_out(const fs::path& directory) {
  return directory.filename().string().starts_with('.') || is_interrupted_beside(directory);
}

}  // namespace

bool is_interrupted_beside(const fs::path& directory) {
  const auto name = directory.filename().string();
  std::error_code ignored;
  return (name == "interrupted" || name.starts_with("interrupted-")) &&
         fs::exists(directory.parent_path() / kFile, ignored);
}

std::vector<std::string> find_results(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> found;
  auto at =
      fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;  // of a link that leads nowhere: the search goes on
    if (at->is_directory(ignored) && is_left_out(at->path())) at.disable_recursion_pending();
    if (at->path().filename() == kFile && at->is_regular_file(ignored))
      found.push_back(at->path().string());
  }
  if (error) throw UnreadableResults(clean_text(path) + ": " + error.message());
  if (found.empty())
    throw UnreadableResults(clean_text(path) + ": no results.json in it or below it");
  std::ranges::sort(found);
  return found;
}

}  // namespace iodyno::host
