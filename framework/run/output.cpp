#include "run/output.hpp"

#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "report/find_results.hpp"
#include "report/gbench.hpp"
#include "run/lock.hpp"
#include "run/replaceable.hpp"
#include "run/target.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

std::string utc_time() {
  const std::time_t time = std::time(nullptr);
  std::tm parts;
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H%M%SZ", &parts);
  return text;
}

/// Nobody has had it before. Of a name that is taken the next is tried: "interrupted-2".
std::string make_new(const fs::path& wanted) {
  fs::create_directories(wanted.parent_path());
  auto path = wanted;
  for (int i = 2; mkdir(path.c_str(), 0777) != 0; ++i) {
    if (errno != EEXIST) fail(errno, path);
    path = wanted.string() + "-" + std::to_string(i);
  }
  return path;
}

/// Puts a file into another's place. Where links can be made it stays where it was as well.
void link_over(const fs::path& from, const fs::path& to) {
  const auto twin = from.string() + ".twin";
  std::error_code no_links;
  fs::create_hard_link(from, twin, no_links);
  fs::rename(no_links ? from.string() : twin, to);
}

/// Of runs that end at once in one place each has it for itself, until this is closed. Where
/// directories have no locks, or somebody else holds this one, it is done without.
Fd take_turn(const std::string& place) {
  Fd directory = open_at(AT_FDCWD, place.c_str(), O_RDONLY | O_DIRECTORY);
  (void)lock(directory, std::chrono::seconds(10));
  return directory;
}

/// Removes what runs of a scenario have left that were killed as they began.
void remove_unbegun_below(const fs::path& of_scenario) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(of_scenario, ignored))
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored) && remove_unbegun(entry.path()))
      fs::remove(entry.path(), ignored);  // stays if there is more
}

}  // namespace

Output::Output(const std::string& out, const std::string& scenario) {
  if (out.empty()) {
    latest_of_ = fs::path("results") / scenario;
    remove_unbegun_below(latest_of_);
    directory_ = make_new(fs::path(latest_of_) / utc_time());
  } else {
    directory_ = fs::path(out) / scenario;
    fs::create_directories(directory_);
    remove_unbegun(directory_);
  }
  open_part(".part-");
}

Output::Output(const Earlier& earlier)
    : directory_(earlier.place),
      latest_of_(earlier.begun.has_latest ? fs::absolute(earlier.place).parent_path() : ""),
      earlier_(earlier.begun.continues) {
  earlier_.push_back(earlier.begun.id);
  open_part(kResuming);
}

Output::~Output() {
  if (part_.empty() || keeps()) return;
  std::error_code ignored;  // what is left then is in nobody's way
  fs::remove_all(part_, ignored);
  if (!latest_of_.empty()) fs::remove(directory_, ignored);  // unless there is more in it
}

void Output::open_part(const std::string& prefix) {
  part_ = make_new(fs::path(directory_) / (prefix + random_id()));
  samples_ = open_at(AT_FDCWD, (part_ + "/samples.jsonl").c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644);
  // As long as it is held, nobody else takes the run for one that was interrupted.
  check(lock(samples_) ? 0 : -1, "samples.jsonl");
}

void Output::append(const Sample& sample) {
  const auto line = to_json_line(sample) + "\n";
  on_path("write", part_ + "/samples.jsonl", [&] {
    // O_APPEND: the offset is not looked at.
    write_fully(samples_, std::as_bytes(std::span(line)), 0);
  });
  has_trials_ = true;
}

void Output::remember(const std::string& begun_text) {
  // From here on this one is the run that is to be gone on with.
  check(fdatasync(samples_), "samples.jsonl");
  const auto name = std::string(".") + kBegunFile;
  write(name, begun_text);
  fs::rename(fs::path(part_) / name, fs::path(part_) / kBegunFile);
  is_remembered_ = true;
  if (earlier_.empty()) return;
  const auto as_others = fs::path(directory_) / (".part-" + random_id());
  fs::rename(part_, as_others);
  part_ = as_others;
}

std::string Output::finish(const Results& results, bool interrupted) {
  check(fdatasync(samples_), "samples.jsonl");
  write("results.json", gbench_results(results));
  write("results.summary.json", gbench_summary(results));
  const Fd turn = take_turn(directory_);
  const auto to = interrupted ? place_beside() : directory_;
  if (const auto why = refuse_to_replace_in(to); !why.empty()) throw std::runtime_error(why);
  put_in(to, interrupted);
  if (!earlier_.empty()) remove_earlier(directory_, earlier_, to);
  if (!latest_of_.empty() && !interrupted) link_latest(to);
  return to;
}

/// For what was interrupted: the place itself where no set is, else a directory of its own in it.
/// Another that was interrupted may have trials that this one has not, and is not replaced either.
std::string Output::place_beside() const {
  const auto place = fs::path(directory_);
  if (!fs::exists(place / "results.json") || is_earlier(place, earlier_)) return directory_;
  for (const auto& entry : fs::directory_iterator(place))
    if (is_interrupted_beside(entry.path()) && is_earlier(entry.path(), earlier_))
      return entry.path();
  return make_new(place / "interrupted");
}

void Output::link_latest(const std::string& to) const {
  const auto link = fs::path(latest_of_) / (".latest-" + random_id());
  fs::create_directory_symlink(fs::path(to).filename(), link);
  try {
    fs::rename(link, fs::path(latest_of_) / "latest");
  } catch (const fs::filesystem_error&) {
    std::error_code ignored;
    fs::remove(link, ignored);
    throw;
  }
}

/// The file that says how to go on is gone before the first and comes with the last, so that it
/// never stands beside the samples of another run; and where links can be made, there is at each
/// moment a directory that has both.
void Output::put_in(const std::string& to, bool interrupted) {
  const auto place = fs::path(to), part = fs::path(part_);
  fs::remove(place / kBegunFile);
  for (const char* name : {"results.json", "results.summary.json"})
    fs::rename(part / name, place / name);
  link_over(part / "samples.jsonl", place / "samples.jsonl");
  if (interrupted && is_remembered_) link_over(part / kBegunFile, place / kBegunFile);
  for (const char* name : {"samples.jsonl", kBegunFile}) fs::remove(part / name);
  samples_.close();
  fs::remove(part);
  part_.clear();
  check(fsync(open_at(AT_FDCWD, to.c_str(), O_RDONLY | O_DIRECTORY)), to.c_str());
}

void Output::write(const std::string& name, const std::string& text) const {
  const auto path = part_ + "/" + name;
  on_path("write", path, [&] {
    auto fd = open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
    write_fully(fd, std::as_bytes(std::span(text)), 0);
    check(fdatasync(fd), name.c_str());
    fd.close();
  });
}

}  // namespace iodyno::host
