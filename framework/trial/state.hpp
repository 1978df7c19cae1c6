#pragma once
#include <string>

#include "report/sample.hpp"
#include "scenario/files.hpp"
#include "trial/trial.hpp"

namespace iodyno::host {

struct StateSettings {
  const TrialSpec& trial;
  const Files& files;
  int directory = -1;      ///< of the dataset
  int run_directory = -1;  ///< where a file without a name may be made
};

/// Brings the file system, the page cache, free memory and metadata into the state that a phase is
/// to find, and looks whether they are. What was found, and what could not be had, is in the
/// sample. The stages: settle, layout, memory, then cache and look in turn.
void make_state(const Phase&, const StateSettings&, const Stage&, Sample&);

}  // namespace iodyno::host
