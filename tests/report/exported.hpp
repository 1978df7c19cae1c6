#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "example_results.hpp"
#include "report/export.hpp"
#include "report/gbench.hpp"
#include "support/scratch.hpp"

namespace iodyno::host::example {

/// A run with a case of each kind, as files that are exported.
class Export : public testing::Test {
 protected:
  static Results all_kinds() {
    Results results = example::results({quiet_case("read", "posix"), quiet_case("read", "uring"),
                                        quiet_case("read", "aio"), quiet_case("read", "copy")});
    for (Sample& sample : results.cases[0].samples) sample.counters["depth"] = 3;
    results.cases[1].counts_bytes = true;
    results.cases[2].samples[1].error = "EIO";
    results.cases[3].samples.clear();
    results.cases[3].skipped = "no reflink here";
    results.context = {{"file_system", "ext4"}, {"cpu_model", "A 64-Core"}, {"version", "0.1"}};
    return results;
  }

  ExportedRuns runs_in(const std::vector<std::string>& texts) const {
    std::vector<std::string> paths;
    for (const std::string& text : texts) {
      paths.push_back(directory_ / ("run" + std::to_string(paths.size()) + ".json"));
      test::write_text(paths.back(), text);
    }
    return read_runs(paths);
  }
  ExportedRuns runs_of(const Results& results) const { return runs_in({gbench_results(results)}); }
  const test::TempDir& directory() const { return directory_; }

 private:
  test::TempDir directory_;
};

/// The text of a file with what means harm wherever a file of another hand may have it.
inline std::string harmful(const std::string& sound) {
  std::string text = sound;
  const auto replace_all = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  };
  const std::string escaped =
      R"(=cmd|' C calc'!A0 <script>alert(\"1\")<script>,\r\n# EOF\\\u001b[31m\u007f)" +
      std::string(10'000, 'a');
  replace_all("backend:posix", "backend:posix " + escaped);
  replace_all("\"label\": \"ok\"", "\"label\": \"" + escaped + "\"");
  replace_all("EIO", escaped);
  replace_all("A 64-Core", escaped);
  return text;
}

}  // namespace iodyno::host::example
