#pragma once
#include "cli/arguments.hpp"

namespace iodyno::host {

/// How a command ends: design, section 7.
enum Exit { kDone = 0, kEnvironment = 1, kMistake = 2, kFailed = 3, kSlower = 4, kSignal = 128 };

int run_command(const Arguments&);
int plan_command(const Arguments&);
int validate_command(const Arguments&);
int schema_command();
int list_command(const Arguments&);
int describe_command(const Arguments&);
int check_command(const Arguments&);
int compare_command(const Arguments&);
int report_command(const Arguments&);
int export_command(const Arguments&);
int history_command(const Arguments&);
int doctor_command(const Arguments&);
int self_test_command(const Arguments&);
int new_backend_command(const Arguments&);
int new_scenario_command(const Arguments&);
int clean_command(const Arguments&);
int generate_command(const Arguments&);

/// Tells all mistakes on stderr, a line each.
int report_mistakes(const Diagnostics&);

}  // namespace iodyno::host
