#include "run/earlier.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "run/catalog.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSamples = "samples.jsonl";

/// A directory of that name lies in the one that its results belong in.
bool is_within_place(const std::string& name) {
  return name == "interrupted" || name.starts_with(".part-");
}

/// With a name of its own at the end.
fs::path named(const std::string& directory) {
  auto path = fs::path(directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const auto name = path.filename();
  return name == "." || name == ".." || fs::is_symlink(path) ? fs::canonical(path) : path;
}

Begun read_begun(const fs::path& directory) {
  const auto file = directory / kBegunFile;
  try {
    const Fd fd = open_at(AT_FDCWD, file.c_str(), O_RDONLY | O_NONBLOCK);
    struct stat status;
    check(fstat(fd, &status), file.c_str());
    // It names plugins, which are loaded.
    if (status.st_uid != geteuid() && status.st_uid != 0 && geteuid() != 0)
      throw std::runtime_error("is another user's");
    return begun_from(read_file(file));
  } catch (const std::runtime_error& error) {
    throw CannotResume(file.string() + ": " + error.what());
  }
}

/// Those below the place of results in which a run may lie that is not whole.
std::vector<fs::path> directories_below(const fs::path& place) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(place))
    if (entry.is_directory() && !entry.is_symlink() && is_within_place(entry.path().filename()) &&
        fs::exists(entry.path() / kBegunFile))
      all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

/// The directories in one, itself among them, that hold a run which is not whole, without those
/// whose trials another one has as well.
std::vector<fs::path> candidates(const fs::path& directory) {
  auto all = directories_below(directory);
  if (fs::exists(directory / kBegunFile)) all.push_back(directory);
  std::vector<std::string> superseded;
  for (const auto& path : all)
    std::ranges::copy(read_begun(path).continues, std::back_inserter(superseded));
  std::erase_if(all, [&](const auto& path) { return is_earlier(path, superseded); });
  return all;
}

/// The lines but for a last one that is not whole: what was being written when the run was killed.
void read_samples(Earlier& to) {
  const auto file = fs::path(to.directory) / kSamples;
  const auto text = read_file(file);
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const auto end = std::min(text.find('\n', begin), text.size());
    try {
      if (end == text.size()) throw std::runtime_error("is not whole");
      to.samples.push_back(sample_from_json(std::string_view(text).substr(begin, end - begin)));
    } catch (const std::runtime_error& error) {
      if (end + 1 < text.size())
        throw CannotResume(file.string() + ":" + std::to_string(line) + ": " + error.what());
      to.is_cut = true;
    }
    begin = end + 1;
  }
}

Fd locked(const fs::path& file) {
  Fd fd = open_at(AT_FDCWD, file.c_str(), O_RDONLY);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) fail(errno, file.c_str());
  throw CannotResume(file.string() + ": the run goes on");
}

/// No run that goes on has it.
bool is_left_alone(const fs::path& directory) try {
  locked(directory / kSamples);
  return true;
} catch (const std::runtime_error&) {
  return false;
}

void remove_files(const fs::path& directory) {
  // The file that says what it is goes last.
  for (const char* name :
       {"results.json", "results.summary.json", ".run.json", kSamples, kBegunFile})
    fs::remove(directory / name);
  std::error_code is_not_empty;
  fs::remove(directory, is_not_empty);
}

Earlier read_earlier(const fs::path& directory) {
  Earlier earlier{.directory = directory,
                  .place = directory,
                  .begun = read_begun(directory),
                  .samples = {},
                  .is_cut = false,
                  .lock = {}};
  if (is_within_place(directory.filename())) {
    const auto above = directory.parent_path();
    earlier.place = above.empty() ? "." : above.string();
  }
  earlier.lock = locked(directory / kSamples);
  read_samples(earlier);
  return earlier;
}

}  // namespace

std::optional<Earlier> find_earlier(const std::string& directory) try {
  if (!fs::is_directory(directory)) throw CannotResume(directory + ": is not a directory");
  const auto named_one = named(directory);
  const auto found = candidates(named_one);
  if (found.empty()) return {};
  if (found.size() == 1) return read_earlier(found[0]);
  if (std::ranges::find(found, named_one) != found.end()) return read_earlier(named_one);
  std::string text = directory + ": there are several interrupted runs, name one of them:";
  for (const auto& path : found) text += " " + path.string();
  throw CannotResume(text);
} catch (const std::system_error& error) {
  throw CannotResume(error.what());
}

bool is_earlier(const std::string& directory, const std::vector<std::string>& ids) try {
  return std::ranges::find(ids, read_begun(directory).id) != ids.end();
} catch (const CannotResume&) {
  return false;
}

void remove_earlier(const std::string& place, const std::vector<std::string>& ids,
                    const std::string& but) {
  for (const auto& directory : directories_below(place))
    if (directory != but && is_earlier(directory, ids)) remove_files(directory);
  std::vector<fs::path> copies;
  for (const auto& entry : fs::directory_iterator(place))
    if (entry.path().filename().string().starts_with(kResuming) && is_left_alone(entry.path()))
      copies.push_back(entry.path());
  for (const auto& directory : copies) remove_files(directory);
}

}  // namespace iodyno::host
