#include <cstdio>

#include "cli/commands.hpp"

namespace iodyno::host {

int report_mistakes(const Diagnostics& mistakes) {
  for (const auto& mistake : mistakes) std::fprintf(stderr, "%s\n", to_text(mistake).c_str());
  return kMistake;
}

int validate_command(const Arguments& arguments) {
  Diagnostics mistakes;
  const auto prepared = prepare(Catalog(arguments.backend_path), arguments.prepare, mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  for (const auto& one : prepared)
    std::printf("%s: valid, %zu cases\n", one.plan.scenario.name.c_str(), one.plan.cases.size());
  return kDone;
}

}  // namespace iodyno::host
