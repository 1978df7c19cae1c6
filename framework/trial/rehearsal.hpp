#pragma once
#include <string>

#include "trial/session.hpp"
#include "trial/trial.hpp"

namespace iodyno::host {

/// What a rehearsal needs of its trial.
struct RehearsalSettings {
  const TrialSpec& trial;
  const Files& files;  ///< of the trial
  int directory = -1, second_directory = -1;
  bool synthetic = false;   ///< the backend does no I/O: no files are made for it
  bool calibrates = false;  ///< the backend learns: more, and again, until it has kept something
};

/// Has the session do the same kind of requests on files of their own, which are gone when it
/// returns. Throws BackendError.
void rehearse(Session&, const Phase&, const RehearsalSettings&);

/// The most requests of a batch: what the phase says, or more, that a backend that calibrates can
/// compare its ways on more than a cache holds.
std::uint64_t batch_max(const Phase&, const Files&, bool calibrates);

/// The paths of all files, as open_files() takes them.
std::vector<std::string> paths_of(const Files&);

}  // namespace iodyno::host
