#include "run/output.hpp"

#include <sys/file.h>

#include <ctime>
#include <filesystem>

#include "report/gbench.hpp"
#include "run/target.hpp"

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

/// A directory that did not exist: a second run in the same second gets a name of its own.
std::string make_new(const fs::path& wanted) {
  auto path = wanted;
  for (int i = 2; !fs::create_directories(path); ++i)
    path = wanted.string() + "-" + std::to_string(i);
  return path;
}

}  // namespace

Output::Output(const std::string& out, const std::string& scenario) {
  if (out.empty()) {
    latest_of_ = fs::path("results") / scenario;
    directory_ = make_new(fs::path(latest_of_) / utc_time());
  } else {
    directory_ = fs::path(out) / scenario;
    fs::create_directories(directory_);
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
  if (earlier_.empty() || is_remembered_ || part_.empty()) return;
  std::error_code ignored;  // what is left then is in nobody's way
  fs::remove_all(part_, ignored);
}

void Output::open_part(const std::string& prefix) {
  part_ = make_new(fs::path(directory_) / (prefix + random_id()));
  samples_ = open_at(AT_FDCWD, (part_ + "/samples.jsonl").c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644);
  // As long as it is held, nobody else takes the run for one that was interrupted.
  check(flock(samples_, LOCK_EX | LOCK_NB), "samples.jsonl");
}

void Output::append(const Sample& sample) {
  const auto line = to_json_line(sample) + "\n";
  write_fully(samples_, std::as_bytes(std::span(line)),
              0);  // O_APPEND: the offset is not looked at
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
  auto to = fs::path(directory_);
  if (interrupted && fs::exists(to / "results.json") && !is_earlier(to, earlier_)) {
    to /= "interrupted";
    fs::create_directories(to);
  }
  put_in(to, interrupted);
  if (!earlier_.empty()) remove_earlier(directory_, earlier_, to);
  if (!latest_of_.empty() && !interrupted) {
    const auto link = fs::path(latest_of_) / (".latest-" + random_id());
    fs::create_directory_symlink(to.filename(), link);
    fs::rename(link, fs::path(latest_of_) / "latest");
  }
  return to;
}

/// The file that says how to go on is gone before the first and comes with the last, so that it
/// never stands beside the samples of another run.
void Output::put_in(const std::string& to, bool interrupted) {
  fs::remove(fs::path(to) / kBegunFile);
  for (const char* name : {"results.json", "results.summary.json", "samples.jsonl"})
    fs::rename(fs::path(part_) / name, fs::path(to) / name);
  samples_.close();
  if (interrupted && is_remembered_)
    fs::rename(fs::path(part_) / kBegunFile, fs::path(to) / kBegunFile);
  fs::remove(fs::path(part_) / kBegunFile);
  fs::remove(part_);
  part_.clear();
  check(fsync(open_at(AT_FDCWD, to.c_str(), O_RDONLY | O_DIRECTORY)), to.c_str());
}

void Output::write(const std::string& name, const std::string& text) const {
  auto fd = open_at(AT_FDCWD, (part_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  write_fully(fd, std::as_bytes(std::span(text)), 0);
  check(fdatasync(fd), name.c_str());
  fd.close();
}

}  // namespace iodyno::host
