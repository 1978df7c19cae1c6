#include "check/check.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "check/isolate.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "report/text.hpp"
#include "run/preflight.hpp"
#include "run/progress.hpp"
#include "run/target.hpp"
#include "scenario/filter.hpp"
#include "scenario/random.hpp"
#include "trial/plugin.hpp"

namespace iodyno::host {
namespace {

using namespace conformance;
constexpr std::uint64_t kLimitNs = 30'000'000'000;
constexpr const char* kMemory = "/dev/shm";

const char* to_text(Result result) {
  switch (result) {
    case Result::pass: return "pass";
    case Result::warn: return "warn";
    case Result::skip: return "skip";
    case Result::fail: return "FAIL";
    case Result::crashed: return "CRASHED";
  }
  return "";
}

int count_of(const std::vector<Finding>& findings, Result result) {
  return int(std::ranges::count(findings, result, &Finding::result));
}

class CheckRun {
 public:
  CheckRun(const Arguments& arguments, std::string file)
      : arguments_(arguments),
        file_(std::move(file)),
        progress_(arguments.quiet || arguments.json || isatty(STDERR_FILENO) == 0
                      ? Progress::Style::quiet
                      : Progress::Style::terminal) {
    settings_.filter = arguments.prepare.filter;
    settings_.seed = arguments.prepare.seed.value_or(random_seed());
    settings_.limit_ns = arguments.check_limit_ns.value_or(kLimitNs);
  }

  int run() {
    if (!arguments_.json) fmt::print(stderr, "checking {}; seed {}\n", file_, settings_.seed);
    // What happens when a plugin is loaded happens in no session.
    tell(isolate(
        "load",
        [&] {
          enter("entry");
          const Plugin plugin(file_);
          enter("");
        },
        settings_.limit_ns));
    if (findings_[0].result == Result::pass) {
      const auto backend = describe_backend(file_);
      all_ = check_names(backend, settings_.filter).size();
      if (all_ == 0 && !std::regex_search("load", filter_of(settings_.filter)))
        return mistake("--filter: no check of this backend has such a name");
      in_directories(backend);
    }
    progress_.clear();
    arguments_.json ? print_json() : print_summary();
    const bool bad = count_of(findings_, Result::fail) + count_of(findings_, Result::crashed) > 0;
    return bad ? kFailed : kDone;
  }

 private:
  static std::uint64_t random_seed() { return std::stoull(random_id(), nullptr, 16); }

  void in_directories(const BackendDescription& backend) {
    RunDirectory directory(arguments_.target);
    std::optional<RunDirectory> memory;
    const auto clean_up = [&] {
      directory.remove();
      if (memory) memory->remove();
    };
    try {
      if (!look_at_file_system(arguments_.target).in_memory && access(kMemory, W_OK) == 0 &&
          look_at_file_system(kMemory).in_memory)
        memory.emplace(kMemory);
      settings_.directory = directory.fd();
      if (memory) settings_.memory_directory = memory->fd();
      run_checks(backend, settings_, [this](const Finding& finding) { tell(finding); });
    } catch (...) {
      clean_up();
      throw;
    }
    clean_up();
  }

  /// What a finding says; where an earlier one has said the same, as an `open` that fails does in
  /// every check, which one.
  std::string text_of(const Finding& finding) const {
    const auto earlier = std::ranges::find_if(findings_, [&](const Finding& one) {
      return one.result == finding.result && one.text == finding.text;
    });
    return earlier == findings_.end() ? finding.text : "as " + earlier->check;
  }

  void tell(const Finding& finding) {
    const auto text = text_of(finding);
    findings_.push_back(finding);
    progress_.now(finding.check, findings_.size() - 1, all_);
    if (arguments_.json || finding.result == Result::pass) return;
    progress_.clear();
    fmt::print("{} {}: {}\n", to_text(finding.result), finding.check, text);
    std::fflush(stdout);
  }

  void print_summary() const {
    fmt::print("{}: {} passed", counted(findings_.size(), "check"),
               count_of(findings_, Result::pass));
    for (const auto& [result, word] : {std::pair{Result::warn, "with warnings"},
                                       {Result::skip, "skipped"},
                                       {Result::fail, "failed"},
                                       {Result::crashed, "crashed"}})
      if (const int count = count_of(findings_, result)) fmt::print(", {} {}", count, word);
    fmt::print("\n");
  }

  void print_json() const {
    using json = nlohmann::ordered_json;
    json checks = json::array();
    for (const auto& f : findings_) {
      std::string result = to_text(f.result);
      std::ranges::transform(result, result.begin(), [](char c) { return char(c | 0x20); });
      checks.push_back(
          {{"name", f.check}, {"result", result}, {"text", f.text}, {"seconds", f.seconds}});
    }
    fmt::print("{}\n",
               json{{"plugin", file_}, {"seed", settings_.seed}, {"checks", checks}}.dump(2));
  }

  const Arguments& arguments_;
  const std::string file_;
  CheckSettings settings_;
  Progress progress_;
  std::vector<Finding> findings_;
  std::size_t all_ = 0;
};

}  // namespace

int check_command(const Arguments& arguments) {
  const Catalog catalog(arguments.backend_path);
  const auto file = catalog.find_backend(arguments.name);
  if (const auto why = catalog.why_left_out(arguments.name); why && !file)
    return mistake(arguments.name + " is not in this build: " + *why);
  if (!file) return mistake("no backend is called " + arguments.name);
  if (access(file->c_str(), F_OK) != 0) return mistake(*file + ": there is no such file");
  try {
    (void)filter_of(arguments.prepare.filter);
  } catch (const std::regex_error& e) {
    return mistake(std::string("--filter: ") + e.what());
  }
  if (const auto refusal = refuse_target(arguments.target); !refusal.empty()) {
    fmt::print(stderr, "iodyno: error: {}\n", refusal);
    return kEnvironment;
  }
  return CheckRun(arguments, *file).run();
}

}  // namespace iodyno::host
