#include <cstdio>
#include <exception>
#include <iostream>

#include "cli/commands.hpp"
#include "run/signals.hpp"
#include "trial/worker.hpp"

namespace {

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
    case clean: return clean_command(arguments);
    case worker: return worker_main();
  }
  return kMistake;
}

}  // namespace

int main(int count, char** values) {
  using namespace iodyno::host;
  try {
    Arguments arguments;
    if (const auto answer = read_arguments(count, values, arguments)) {
      (answer->status == 0 ? std::cout : std::cerr) << answer->text;
      return answer->status;
    }
    if (arguments.command != Arguments::Command::worker) catch_signals();
    return dispatch(arguments);
  } catch (const Interrupted&) {
    std::fprintf(stderr, "iodyno: interrupted\n");
    return kSignal + caught_signal();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "iodyno: error: %s\n", e.what());
    return kEnvironment;
  }
}
