#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "cli/commands.hpp"
#include "run/signals.hpp"
#include "scenario/diagnostic.hpp"
#include "trial/worker.hpp"

namespace {

/// Whoever reads what we print has enough.
bool reader_has_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/// What could not be written must not look like a success; but a reader may have enough.
int flushed(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  if (reader_has_gone()) return status;
  std::fprintf(stderr, "iodyno: error: the standard output could not be written\n");
  return status == iodyno::host::kDone ? iodyno::host::kEnvironment : status;
}

/// A standard descriptor that is closed would be given to a file of ours, and be printed into. So
/// each is open, and those that were not can't be written to.
void hold_standard_descriptors() {
  int fd = 0;
  while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO) {
  }
  if (fd >= 0) close(fd);
}

int dispatch(const iodyno::host::Arguments& arguments) {
  using namespace iodyno::host;
  using enum Arguments::Command;
  switch (arguments.command) {
    case run: return run_command(arguments);
    case plan: return plan_command(arguments);
    case validate: return validate_command(arguments);
    case schema: return schema_command();
    case list: return list_command(arguments);
    case describe: return describe_command(arguments);
    case check: return check_command(arguments);
    case compare: return compare_command(arguments);
    case report: return report_command(arguments);
    case export_: return export_command(arguments);
    case history: return history_command(arguments);
    case doctor: return doctor_command(arguments);
    case self_test: return self_test_command(arguments);
    case new_backend: return new_backend_command(arguments);
    case new_scenario: return new_scenario_command(arguments);
    case clean: return clean_command(arguments);
    case generate: return generate_command(arguments);
    case worker: return worker_main();
  }
  return kMistake;
}

}  // namespace

int main(int count, char** values) {
  using namespace iodyno::host;
  hold_standard_descriptors();
  try {
    Arguments arguments;
    if (const auto answer = read_arguments(count, values, arguments)) {
      std::fputs(answer->text.c_str(), answer->status == kDone ? stdout : stderr);
      return flushed(answer->status);
    }
    if (arguments.command != Arguments::Command::worker) catch_signals();
    return flushed(dispatch(arguments));
  } catch (const Interrupted&) {
    std::fprintf(stderr, "iodyno: interrupted\n");
    return kSignal + caught_signal();
  } catch (const std::exception& e) {
    if (std::ferror(stdout) != 0) return flushed(kDone);  // fmt throws where it can't write
    std::fprintf(stderr, "iodyno: %s\n", to_text(Diagnostic{{}, "", e.what()}).c_str());
    return kEnvironment;
  }
}
