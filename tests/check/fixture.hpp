/// `iodyno check`, started as a person would start it, and its report.
#pragma once
#include "cli/fixture.hpp"

namespace iodyno::test {

struct Checked {
  Ended ended;
  json report;

  json finding(const std::string& check) const {
    for (const auto& finding : report.at("checks"))
      if (finding.at("name") == check) return finding;
    throw std::runtime_error("there is no check " + check + ": " + ended.err);
  }
};

class CheckOf : public Cli {
 protected:
  static std::string broken_backend(const std::string& name) {
    return std::string(BROKEN_BACKENDS) + "/libiodyno-broken-" + name + ".so";
  }
  /// A filter that finds one check.
  static std::string exactly(const std::string& check) { return "^" + check + "$"; }

  static std::vector<std::string> words(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"check", "--target", "target"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  /// A sanitizer shall leave a crash a crash.
  Process::Settings bare() const {
    return here(
        {{"ASAN_OPTIONS", "handle_segv=0:detect_leaks=0"}, {"TSAN_OPTIONS", "handle_segv=0"}});
  }
  Checked check(const std::vector<std::string>& arguments) const {
    auto all = words(arguments);
    all.push_back("--json");
    Checked found{iodyno(all, bare()), {}};
    found.report = json::parse(found.ended.out, nullptr, false);
    return found;
  }

  const std::map<std::string, std::string>& before() const { return before_; }

 private:
  std::map<std::string, std::string> before_ = entries_of(target());
};

}  // namespace iodyno::test
