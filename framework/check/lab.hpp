#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "check/bench.hpp"
#include "check/world.hpp"

namespace iodyno::host::conformance {

/// Where a check is made: in a process and directories of its own.
struct Lab {
  const Plugin& plugin;
  World first, second;
  std::uint64_t seed = 0;
  std::uint64_t number = 0;  ///< of labs side by side: the files of each have texts of their own

  std::uint64_t ops() const { return plugin.description().ops; }
  bool has(iodyno_op op) const { return ops() & IODYNO_BIT(op); }
  bool synthetic() const { return plugin.description().synthetic(); }
};

struct Check {
  std::string name;
  std::function<void(Lab&)> body;
  bool in_memory = false;    ///< both directories on a file system in memory, if there is one
  bool two_systems = false;  ///< the second directory on another file system than the first
};

/// Requests, and what must be there before them.
struct Work {
  std::vector<Request> requests;
  std::vector<std::string> set;  ///< the open set
};

/// `count` requests of an operation that must all succeed, on files of these sizes in turn: what
/// they need is made in the lab's directories.
Work make_work(Lab&, iodyno_op, std::size_t count, std::span<const std::uint64_t> sizes);

/// How to run a piece of work.
struct How {
  Opening opening;
  std::uint32_t batch_flags = 0;
};

/// Where the backend says at open() that an operation does not work here, with its reason, the
/// check is skipped.
void require(const Bench&, iodyno_op);

/// Runs the work, and holds all that came of it against the model: completions, bytes, stamps, and
/// both directories. Throws Ended.
void run_and_compare(Lab&, Bench&, const Work&, std::uint32_t batch_flags = 0);
void run_and_compare(Lab&, const Work&, const How& = {});

/// The stamps of a batch: inside its window, in order, none where they were not asked for, and not
/// more in flight than the depth.
void compare_stamps(const std::vector<Request>&, const Answer&, std::uint32_t batch_flags,
                    std::uint32_t depth);

// The checks, by what they look at.
std::vector<Check> data_checks(const BackendDescription&);
std::vector<Check> error_checks(const BackendDescription&);
std::vector<Check> time_checks(const BackendDescription&);
std::vector<Check> session_checks(const BackendDescription&);
std::vector<Check> option_checks(const BackendDescription&);

}  // namespace iodyno::host::conformance
