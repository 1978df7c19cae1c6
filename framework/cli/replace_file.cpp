#include "cli/replace_file.hpp"

#include <filesystem>
#include <iodyno/posix.hpp>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
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

}  // namespace

void replace_file(const std::string& path, const std::string& text) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    return write_to(path, text, 0);
  const std::string part = path + ".part-" + random_id();
  try {
    write_to(part, text, O_CREAT | O_EXCL);
    fs::rename(part, path);
  } catch (...) {
    fs::remove(part, ignored);
    throw;
  }
}

int refuse_to_replace(const std::string& path, const ExportedRuns& runs) {
  std::error_code ignored;
  for (const ExportedRun& run : runs)
    if (fs::equivalent(path, run.file, ignored))
      return mistake(run.file + " holds the results: write to another file");
  return kDone;
}

}  // namespace iodyno::host
