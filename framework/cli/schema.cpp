#include "scenario/schema.hpp"

#include <cstdio>

#include "cli/commands.hpp"

namespace iodyno::host {

int schema_command() {
  std::fputs(scenario_schema().c_str(), stdout);
  return kDone;
}

}  // namespace iodyno::host
