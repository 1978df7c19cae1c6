/// Trials in this process: a run's directory, a dataset in it, and the job.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/scratch.hpp"
#include "trial/dataset.hpp"
#include "trial/plugin.hpp"
#include "trial/trial.hpp"

namespace iodyno::test {

using OptionTexts = std::map<std::string, std::string>;

/// The options of a plugin: as given, the others with their defaults.
inline std::vector<host::OptionValue> options_of(const host::BackendDescription& description,
                                                 const OptionTexts& given) {
  std::vector<host::OptionValue> values;
  std::size_t used = 0;
  for (const auto& option : description.options) {
    const auto at = given.find(option.name);
    used += at != given.end();
    values.push_back(at == given.end()
                         ? option.fallback
                         : host::parse_option(option, {.text = at->second}).value.value());
  }
  EXPECT_EQ(used, given.size()) << "an option that the plugin does not have";
  return values;
}

/// A phase of one operation, not rehearsed.
inline host::Phase phase_of(iodyno_op op, std::uint64_t block = 0) {
  return {.name = "p", .ops = {{op}}, .rehearse = false, .block = block};
}

inline std::string joined(const std::vector<std::string>& reasons) {
  std::string all;
  for (const auto& reason : reasons) all += reason + "\n";
  return all;
}

struct Rig {
  TempDir run;
  std::vector<std::string> stages;  // of the last trial
  host::Stage at_stage;             // what somebody else does as each stage begins

  /// The job of a trial: its two directories are made, the first with the dataset in it.
  host::TrialSpec spec(const std::string& plugin, const OptionTexts& options, host::Phase phase,
                       const host::Dataset& dataset = {.files = 20, .size = {5000, 5000}}) {
    const host::Plugin loaded(plugin);
    host::TrialSpec made{.plugin_file = plugin,
                         .options = options_of(loaded.description(), options),
                         .steps = {std::move(phase)},
                         .dataset = dataset,
                         .directory = "set" + std::to_string(++sets_),
                         .second_directory = "second" + std::to_string(sets_),
                         .seed = 7};
    host::make_directory(run.fd(), made.directory);
    host::make_directory(run.fd(), made.second_directory);
    host::make_dataset(host::open_below(run.fd(), made.directory), host::Files(dataset),
                       dataset.content, {});
    return made;
  }

  host::Sample trial(const host::TrialSpec& spec) {
    stages.clear();
    return host::run_trial(spec, run.fd(), [this](const std::string& stage) {
      stages.push_back(stage);
      if (at_stage) at_stage(stage);
    });
  }

 private:
  int sets_ = 0;
};

}  // namespace iodyno::test
