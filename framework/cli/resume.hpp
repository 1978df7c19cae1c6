#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "run/earlier.hpp"
#include "run/system.hpp"

namespace iodyno::host {

/// What an interrupted run has left in a directory. Where there is nothing to go on with, says so
/// on stderr and gives the status: it is no mistake that the results are whole.
std::variant<Earlier, int> open_earlier(const std::string& directory);

/// The command line that a run was begun with, without what concerns the talk and the time limit,
/// which is as the one of now has it. All else that this one says must be the same.
Arguments as_begun(const Arguments& of_now, const Begun&, Diagnostics&);

/// The plan that was begun, of the text that is kept; or of a scenario that the command line names,
/// which must be the same.
std::vector<Prepared> prepare_again(const Catalog&, const Arguments& begun_arguments,
                                    const std::vector<std::string>& scenarios, const Begun&,
                                    Diagnostics&);

/// What of a plan and of the machine must be the same for all trials of a run.
std::map<std::string, std::string> lasting_facts(const Prepared&, const std::string& target,
                                                 const FileSystem&);

/// Tells which of them are not what they were.
void tell_changes(const Earlier&, const std::map<std::string, std::string>& facts, Diagnostics&);

/// For a new run: what it takes to go on with it.
Begun begun_with(const Arguments&, const Prepared&, const FileSystem&);

}  // namespace iodyno::host
