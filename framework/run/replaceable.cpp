#include "run/replaceable.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iodyno/posix.hpp>
#include <string_view>

#include "run/catalog.hpp"
#include "run/earlier.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

/// What stands near the beginning of each file that a run writes, and of no other program's.
struct Written {
  const char* name;
  std::string_view by_us;
};
constexpr Written kWritten[] = {{"results.json", "\"iodyno."},
                                {"results.summary.json", "\"iodyno."},
                                {"samples.jsonl", "\"started_s\":"},
                                {kBegunFile, "`iodyno run --resume`"}};

/// There is no such file, or nothing in it, or it is a run's.
bool may_be_replaced(const fs::path& file, std::string_view by_us) {
  constexpr std::size_t kLookedAt = 65536;
  const int raw = open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (raw < 0) return errno == ENOENT;
  const Fd fd(raw);
  struct stat status;
  check(fstat(fd, &status), file.c_str());
  if (!S_ISREG(status.st_mode)) return false;
  const auto text = read_file("/proc/self/fd/" + std::to_string(raw), kLookedAt);
  return text.empty() || text.find(by_us) != text.npos;
}

/// Why no directory of that path can be had to write to; or nothing.
std::string refuse_directory(const fs::path& directory) {
  auto there = fs::absolute(directory);
  while (!fs::exists(fs::symlink_status(there))) there = there.parent_path();
  if (!fs::is_directory(there)) return there.string() + " is not a directory";
  if (access(there.c_str(), W_OK | X_OK) == 0) return {};
  return there.string() + " can't be written to: " + std::strerror(errno);
}

}  // namespace

std::string refuse_to_replace_in(const std::string& directory) {
  for (const auto& [name, by_us] : kWritten)
    if (const auto file = fs::path(directory) / name; !may_be_replaced(file, by_us))
      return file.string() + " was not written by a run: the results would replace it";
  return {};
}

std::string refuse_output(const std::string& out, const std::string& scenario) {
  const auto place = fs::path(out.empty() ? "results" : out) / scenario;
  if (const auto why = refuse_directory(place); !why.empty()) return place.string() + ": " + why;
  if (!out.empty()) return refuse_to_replace_in(place);
  const auto latest = place / "latest";
  const auto status = fs::symlink_status(latest);
  if (!fs::exists(status) || fs::is_symlink(status)) return {};
  return latest.string() + " is not a link to results: it would be replaced by one";
}

}  // namespace iodyno::host
