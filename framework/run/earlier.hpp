#pragma once
#include <iodyno/posix.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "report/sample.hpp"
#include "run/begun.hpp"

namespace iodyno::host {

/// The file that says what a run was begun with, until its results are whole.
inline constexpr const char* kBegunFile = "run.json";

/// How the name of a directory begins in which a run that goes on with another has nothing yet but
/// copies of its trials.
inline constexpr const char* kResuming = ".resuming-";

/// What a run that was interrupted or killed has left.
struct Earlier {
  std::string directory;  ///< its files are in
  std::string place;      ///< the directory that the results belong in
  Begun begun;
  std::vector<Sample> samples;  ///< in the order in which they ran
  bool is_cut = false;          ///< the last line of the samples is not whole, and not among them
  Fd lock;                      ///< on the samples: nobody else goes on with them
};

/// Why a directory's run can't be gone on with: what() is one line with its name.
struct CannotResume : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Finds it in a directory: its own files, or else those in `interrupted…` or in a `.part-…`,
/// whichever there is. Nothing where there is none. Throws CannotResume where there are several,
/// where the run goes on, or where the files are not what a run leaves.
std::optional<Earlier> find_earlier(const std::string& directory);

/// Whether what is in a directory is one of these runs.
bool is_earlier(const std::string& directory, const std::vector<std::string>& ids);

/// Removes what these runs have left below the place of their results, but for one directory: the
/// files that a run makes, and the directories if nothing else is in them. Copies of trials whose
/// run was killed go, too.
void remove_earlier(const std::string& place, const std::vector<std::string>& ids,
                    const std::string& but);

/// Removes what runs have left in a place that were killed before they had anything: directories
/// for samples without one. Returns whether there were any. What can't be removed stays.
bool remove_unbegun(const std::string& place);

}  // namespace iodyno::host
