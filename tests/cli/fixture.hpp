/// A directory to work in, a target, and the program.
#pragma once
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cli/process.hpp"
#include "support/scratch.hpp"

namespace iodyno::test {

using nlohmann::json;

/// All that is below a directory: what each entry is, when it was changed, what is in it.
inline std::map<std::string, std::string> listing(const fs::path& directory) {
  std::map<std::string, std::string> all;
  const auto add = [&](const fs::path& path) {
    struct stat status;
    check(lstat(path.c_str(), &status), path.c_str());
    auto text = std::to_string(status.st_mode) + " " + std::to_string(status.st_size) + " " +
                std::to_string(status.st_mtim.tv_sec) + "." +
                std::to_string(status.st_mtim.tv_nsec);
    if (S_ISREG(status.st_mode)) text += " " + read_text(path);
    if (S_ISLNK(status.st_mode)) text += " " + fs::read_symlink(path).string();
    all[path.lexically_relative(directory)] = text;
  };
  add(directory);
  for (const auto& entry : fs::recursive_directory_iterator(directory)) add(entry.path());
  return all;
}

/// The same without the directory itself, whose time changes when something comes and goes.
inline std::map<std::string, std::string> entries_of(const fs::path& directory) {
  auto all = listing(directory);
  all.erase(".");
  return all;
}

class Cli : public testing::Test {
 protected:
  Cli() {
    fs::create_directory(target());
    write_text(target() / "someone's.txt", "not ours");
  }

  fs::path work() const { return work_.path(); }
  fs::path target() const { return work_ / "target"; }

  Process::Settings here(std::map<std::string, std::string> environment = {},
                         Process::Output output = Process::Output::pipes) const {
    return {work(), std::move(environment), output};
  }
  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), IODYNO_PROGRAM);
    return arguments;
  }
  Ended iodyno(const std::vector<std::string>& arguments) const {
    return run(command(arguments), here());
  }
  Ended iodyno(const std::vector<std::string>& arguments, const Process::Settings& settings) const {
    return run(command(arguments), settings);
  }
  /// `run` on the target, and its results in the directory `out`.
  Ended measure(std::vector<std::string> arguments) const {
    const std::vector<std::string> more = {"run", "--target", "target", "--out", "out"};
    arguments.insert(arguments.begin(), more.begin(), more.end());
    return iodyno(arguments);
  }

  json results(const std::string& scenario) const {
    return json::parse(read_text(work() / "out" / scenario / "results.json"));
  }
  json summary(const std::string& scenario) const {
    return json::parse(read_text(work() / "out" / scenario / "results.summary.json"));
  }
  json results_rows(const std::string& scenario) const {
    return results(scenario).at("benchmarks");
  }
  json summary_rows(const std::string& scenario) const {
    return summary(scenario).at("benchmarks");
  }
  /// The trials in the order in which they were run.
  std::vector<json> samples(const std::string& scenario) const {
    return samples_in(work() / "out" / scenario / "samples.jsonl");
  }
  static std::vector<json> samples_in(const fs::path& file) {
    std::vector<json> all;
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    return all;
  }
  static std::vector<std::string> names(const std::vector<json>& samples) {
    std::vector<std::string> all;
    for (const auto& sample : samples) all.push_back(sample.at("name"));
    return all;
  }

 private:
  TempDir work_;
};

inline bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

}  // namespace iodyno::test
