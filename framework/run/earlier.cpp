#include "run/earlier.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "report/find_results.hpp"
#include "run/catalog.hpp"
#include "run/lock.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSamples = "samples.jsonl";
constexpr const char* kPart = ".part-";

// A scenario has 1 MiB at most, and a sample hardly one.
constexpr std::size_t kBegunBytesMax = 16 << 20, kLineBytesMax = 16 << 20;

/// It lies in the directory that its results belong in.
bool is_within_place(const fs::path& directory) {
  return directory.filename().string().starts_with(kPart) || is_interrupted_beside(directory);
}

/// A directory itself, and no link to somebody's.
bool is_own_directory(const fs::directory_entry& entry) {
  return entry.is_directory() && !entry.is_symlink();
}

/// With a name of its own at the end.
fs::path named(const std::string& directory) {
  auto path = fs::path(directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const auto name = path.filename();
  return name == "." || name == ".." || fs::is_symlink(path) ? fs::canonical(path) : path;
}

/// The same file also when another is put in its place.
std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

/// What has the name may be a pipe, which nobody writes to, or a device without an end.
Fd open_regular(const fs::path& file, struct stat& status) {
  Fd fd = open_at(AT_FDCWD, file.c_str(), O_RDONLY | O_NONBLOCK);
  check(fstat(fd, &status), file.c_str());
  if (!S_ISREG(status.st_mode)) throw CannotResume(file.string() + ": is not a regular file");
  return fd;
}

Begun read_begun(const fs::path& directory) {
  const auto file = directory / kBegunFile;
  try {
    struct stat status;
    const Fd fd = open_regular(file, status);
    // It names plugins, which are loaded.
    if (status.st_uid != geteuid() && status.st_uid != 0 && geteuid() != 0)
      throw std::runtime_error("is another user's");
    const auto text = read_file(path_of(fd), kBegunBytesMax + 1);
    if (text.size() > kBegunBytesMax) throw std::runtime_error("is larger than 16 MiB");
    return begun_from(text);
  } catch (const CannotResume&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw CannotResume(file.string() + ": " + error.what());
  }
}

/// Those below the place of results in which a run may lie that is not whole.
std::vector<fs::path> directories_below(const fs::path& place) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(place))
    if (is_own_directory(entry) && is_within_place(entry.path()) &&
        fs::exists(entry.path() / kBegunFile))
      all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

/// The directories in one, itself among them, that hold a run which is not whole, without those
/// whose trials another one has as well.
std::vector<fs::path> candidates(const fs::path& directory) {
  auto all = directories_below(directory);
  // Of one that was killed when its set was in place, and no more had to be done.
  std::erase_if(all, [](const auto& path) {
    return path.filename().string().starts_with(kPart) && !fs::exists(path / kSamples);
  });
  if (fs::exists(directory / kBegunFile)) all.push_back(directory);
  std::vector<std::string> superseded;
  for (const auto& path : all)
    std::ranges::copy(read_begun(path).continues, std::back_inserter(superseded));
  std::erase_if(all, [&](const auto& path) { return is_earlier(path, superseded); });
  // Of a run that was killed as it put its files in place, these count.
  std::set<std::string> ids;
  std::vector<fs::path> found;
  for (auto path = all.rbegin(); path != all.rend(); ++path)
    if (ids.insert(read_begun(*path).id).second) found.insert(found.begin(), *path);
  return found;
}

/// The lines but for a last one that is not whole: what was being written when the run was killed.
void read_samples(Earlier& to) {
  const auto file = (fs::path(to.directory) / kSamples).string();
  std::ifstream text(path_of(to.lock), std::ios::binary);
  std::string line(kLineBytesMax, '\0');
  for (std::size_t number = 1; text.peek() != EOF; ++number) {
    const auto refuse = [&](const std::string& why) {
      throw CannotResume(file + ":" + std::to_string(number) + ": " + why);
    };
    text.getline(line.data(), std::streamsize(line.size()));
    const auto count = std::size_t(text.gcount());
    if (text.fail()) refuse("is longer than 16 MiB");
    const bool is_ended = !text.eof();
    try {
      if (!is_ended) throw std::runtime_error("is not whole");
      to.samples.push_back(sample_from_json(std::string_view(line).substr(0, count - 1)));
    } catch (const std::runtime_error& error) {
      if (is_ended && text.peek() != EOF) refuse(error.what());
      to.is_cut = true;
    }
  }
  if (text.bad()) throw CannotResume(file + ": can't be read to its end");
}

Fd locked(const fs::path& file, std::chrono::milliseconds patience) {
  struct stat status;
  Fd fd = open_regular(file, status);
  if (lock(fd, patience)) return fd;
  if (errno != EWOULDBLOCK) fail(errno, file.c_str());
  throw CannotResume(file.string() + ": the run goes on");
}

/// No run that goes on has it.
bool is_left_alone(const fs::path& directory) try {
  locked(directory / kSamples, {});
  return true;
} catch (const std::runtime_error&) {
  return false;
}

bool is_unbegun(const fs::directory_entry& entry) {
  const auto name = entry.path().filename().string();
  if (!is_own_directory(entry) || !(name.starts_with(kPart) || name.starts_with(kResuming)))
    return false;
  // For the blink of an eye a run that begins looks the same.
  if (fs::file_time_type::clock::now() - entry.last_write_time() < std::chrono::hours(1))
    return false;
  const auto samples = entry.path() / kSamples;
  if (!fs::exists(samples)) return true;
  return fs::is_empty(samples) && !fs::exists(entry.path() / kBegunFile) &&
         is_left_alone(entry.path());
}

void remove_files(const fs::path& directory) {
  // The file that says what it is goes last.
  for (const char* name : {"results.json", "results.summary.json", ".run.json", "run.json.twin",
                           "samples.jsonl.twin", kSamples, kBegunFile})
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
  if (is_within_place(directory)) {
    const auto above = directory.parent_path();
    earlier.place = above.empty() ? "." : above.string();
  }
  earlier.lock = locked(directory / kSamples, std::chrono::seconds(1));
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
    if (is_own_directory(entry) && entry.path().filename().string().starts_with(kResuming) &&
        is_left_alone(entry.path()))
      copies.push_back(entry.path());
  for (const auto& directory : copies) remove_files(directory);
}

bool remove_unbegun(const std::string& place) try {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(place))
    if (is_unbegun(entry)) found.push_back(entry.path());
  for (const auto& directory : found) remove_files(directory);
  return !found.empty();
} catch (const fs::filesystem_error&) {
  return false;  // it is in nobody's way, and a run is not to fail for it
}

}  // namespace iodyno::host
