#include "run/output.hpp"

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
  part_ = make_new(fs::path(directory_) / (".part-" + random_id()));
  samples_ = open_at(AT_FDCWD, (part_ + "/samples.jsonl").c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644);
}

void Output::append(const Sample& sample) {
  const auto line = to_json_line(sample) + "\n";
  write_fully(samples_, std::as_bytes(std::span(line)),
              0);  // O_APPEND: the offset is not looked at
}

std::string Output::finish(const Results& results, bool interrupted) {
  samples_.close();
  write("results.json", gbench_results(results));
  write("results.summary.json", gbench_summary(results));
  auto to = fs::path(directory_);
  if (interrupted && fs::exists(to / "results.json")) {
    to /= "interrupted";
    fs::create_directories(to);
  }
  for (const char* name : {"samples.jsonl", "results.json", "results.summary.json"})
    fs::rename(fs::path(part_) / name, to / name);
  fs::remove(part_);
  if (!latest_of_.empty() && !interrupted) {
    const auto link = fs::path(latest_of_) / (".latest-" + random_id());
    fs::create_directory_symlink(to.filename(), link);
    fs::rename(link, fs::path(latest_of_) / "latest");
  }
  return to;
}

void Output::write(const std::string& name, const std::string& text) const {
  auto fd = open_at(AT_FDCWD, (part_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  write_fully(fd, std::as_bytes(std::span(text)), 0);
  check(fdatasync(fd), name.c_str());
  fd.close();
}

}  // namespace iodyno::host
