#pragma once
#include <exception>

namespace iodyno::host {

/// Thrown out of long work in this process when the user wants it to stop.
/// No runtime_error: nobody who handles the mistakes of a plugin or the failures of a case means
/// this.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

/// From here on the first SIGINT, SIGTERM or SIGHUP is only noted, so that what was measured can be
/// kept and what was made removed. A second one, but for an echo of the first within 200 ms, ends
/// the process at once. A SIGHUP that is ignored, as nohup has it, stays so. A broken pipe is no
/// signal any more.
void catch_signals();

/// The signal that came, or 0.
int caught_signal();

/// Becomes readable when a signal comes: for poll().
int signal_fd();

/// Throws Interrupted if a signal came.
void throw_if_interrupted();

}  // namespace iodyno::host
