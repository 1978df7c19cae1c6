#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/prepare.hpp"

namespace iodyno::host {

/// What the command line said, as data.
struct Arguments {
  enum class Command {
    run,
    plan,
    validate,
    schema,
    list,
    describe,
    clean,
    check,
    compare,
    report,
    export_,
    history,
    doctor,
    self_test,
    new_backend,
    new_scenario,
    generate,
    worker
  } command = Command::run;
  PrepareSettings prepare;
  std::vector<std::string> backend_path;
  std::string target = ".";
  std::string out;
  std::string resume;  ///< a directory that an interrupted run has left; empty: a new run
  /// What was given to the command, by the option's name: "--set" with each of its values.
  std::map<std::string, std::vector<std::string>> given;
  std::string name;  ///< what `describe` describes, what `list` lists, what is begun
  std::optional<std::uint64_t> time_limit_ns;
  std::optional<std::uint64_t> check_limit_ns;  ///< of each check of a plugin

  // What `compare` compares, and how; `report` likewise.
  std::string results;        ///< a file or a directory
  std::string later_results;  ///< that are compared with them; empty where there is one run
  std::string baseline;       ///< a backend's label
  double threshold = 0.03;    ///< as a fraction; what differs by less is the same
  bool by_backend = false, force = false, fail_on_slower = false, markdown = false;

  // What `report` and `export` read, and what they make of it.
  std::vector<std::string> paths;
  std::string html;    ///< a file for the page; empty where none is asked for
  std::string format;  ///< of `export`

  std::string runs = "results";  ///< where `history` looks for those of a scenario

  // What is begun, and where; `into` is empty where nothing was said.
  std::string language = "c++", into;

  bool keep = false, quiet = false, in_process = false, json = false;
};

/// A command line that is to be answered at once: with help or the version (status 0), or with what
/// is wrong with it (2).
struct Answer {
  int status = 0;
  std::string text;
};

/// Reads the command line, or says what to answer to it.
std::optional<Answer> read_arguments(int count, char** values, Arguments& to);

}  // namespace iodyno::host
