#include "cli/replace_file.hpp"

#include <filesystem>
#include <iodyno/posix.hpp>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "run/earlier.hpp"
#include "run/target.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

void write_to(const std::string& path, const std::string& text, int flags) {
  auto file = open_at(AT_FDCWD, path.c_str(), O_WRONLY | flags, 0644);
  for (std::string_view rest = text; !rest.empty();)
    rest.remove_prefix(
        std::size_t(retry([&] { return write(file, rest.data(), rest.size()); }, path.c_str())));
  file.close();
}

/// A file of results, and those that a run has written beside it.
std::vector<fs::path> set_of(const std::string& file) {
  std::vector<fs::path> set = {file};
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl", kBegunFile})
    set.push_back(fs::path(file).replace_filename(name));
  return set;
}

}  // namespace

void replace_file(const std::string& path, const std::string& text) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    return write_to(path, text, 0);
  // Where a link leads, so that it still leads there.
  const std::string file = fs::is_symlink(path) ? fs::canonical(path).string() : path;
  const std::string part = file + ".part-" + random_id();
  try {
    write_to(part, text, O_CREAT | O_EXCL);
    if (fs::exists(file)) fs::permissions(part, fs::status(file).permissions());
    fs::rename(part, file);
  } catch (...) {
    fs::remove(part, ignored);
    throw;
  }
}

int refuse_to_replace(const std::string& path, const ExportedRuns& runs) {
  std::error_code ignored;
  for (const ExportedRun& run : runs)
    for (const auto& file : set_of(run.file))
      if (fs::equivalent(path, file, ignored))
        return mistake(file.string() + " holds results: write to another file");
  return kDone;
}

}  // namespace iodyno::host
