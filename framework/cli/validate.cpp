#include <cstdio>
#include <set>

#include "cli/commands.hpp"
#include "report/text.hpp"

namespace iodyno::host {

int report_mistakes(const Diagnostics& mistakes) {
  std::set<std::string> told;  // what the command line adds is wrong in each scenario, but once
  for (const auto& mistake : mistakes)
    if (const auto text = to_text(mistake); told.insert(text).second)
      std::fprintf(stderr, "%s\n", text.c_str());
  return kMistake;
}

int validate_command(const Arguments& arguments) {
  Diagnostics mistakes;
  const auto prepared = prepare(Catalog(arguments.backend_path), arguments.prepare, mistakes);
  if (!mistakes.empty()) return report_mistakes(mistakes);
  for (const auto& one : prepared)
    std::printf("%s: valid, %s\n", one.plan.scenario.name.c_str(),
                counted(one.plan.cases.size(), "case").c_str());
  return kDone;
}

}  // namespace iodyno::host
