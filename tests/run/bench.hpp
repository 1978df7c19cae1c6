/// Whole runs of a scenario's text, in a target of their own.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "run/prepare.hpp"
#include "run/runner.hpp"
#include "support/scratch.hpp"

namespace iodyno::test {

/// The directories of all plugins, as --backend-path takes them.
inline host::Catalog catalog() {
  std::vector<std::string> directories;
  for (const char* plugin : {NULL_PLUGIN, POSIX_PLUGIN, LIAR_PLUGIN, CRASHER_PLUGIN})
    directories.push_back(fs::path(plugin).parent_path());
  return host::Catalog(directories);
}

struct Bench {
  TempDir files;   // the scenario and the results
  TempDir target;  // unless another one is given to run()

  host::Plan plan(const std::string& yaml, const std::string& filter = {}) {
    write_text(files / "s.yaml", yaml);
    host::Diagnostics mistakes;
    auto prepared = host::prepare(
        catalog(), {.scenarios = {files / "s.yaml"}, .seed = 5, .filter = filter}, mistakes);
    for (const auto& mistake : mistakes) ADD_FAILURE() << host::to_text(mistake);
    if (prepared.size() != 1) throw std::runtime_error("no plan");
    return std::move(prepared[0].plan);
  }

  /// Runs all of it. Nothing but the mark is left of it in the target.
  host::RunResult run(const std::string& yaml, const host::RunSettings& settings = {}) {
    return run(plan(yaml), settings, target.path());
  }
  host::RunResult run(host::Plan plan, const host::RunSettings& settings, const fs::path& where) {
    host::RunDirectory directory(where);
    host::Output output(files / "out", plan.scenario.name);
    host::Progress progress(host::Progress::Style::quiet);
    auto result = host::run_plan(std::move(plan), directory, host::look_at_file_system(where),
                                 output, progress, settings);
    if (!result.interrupted) {
      EXPECT_EQ(names_in(directory.path()), std::set<std::string>{".iodyno"});
    }
    output.finish(result.results, result.interrupted);
    directory.remove();
    EXPECT_TRUE(names_in(where).empty());
    return result;
  }
};

inline const host::CaseResult& case_of(const host::RunResult& run, const std::string& part) {
  for (const auto& c : run.results.cases)
    if (c.name.find(part) != c.name.npos) return c;
  throw std::runtime_error("no case " + part);
}

/// Every case of the run has so many samples, and each of them can be trusted.
inline void expect_all_good(const host::RunResult& run, std::size_t samples) {
  EXPECT_FALSE(run.results.cases.empty());
  for (const auto& c : run.results.cases) {
    EXPECT_EQ(c.skipped, "") << c.name;
    EXPECT_EQ(c.samples.size(), samples) << c.name;
    for (const auto& sample : c.samples) {
      EXPECT_EQ(sample.error, "") << c.name;
      for (const auto& reason : sample.invalid) ADD_FAILURE() << c.name << ": " << reason;
      EXPECT_EQ(sample.name, c.name);
    }
  }
}

}  // namespace iodyno::test
