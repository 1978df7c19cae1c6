#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "trial/message.hpp"

namespace iodyno::host {

/// How a job in a worker process ended: with a reply, or with the reason why there is none.
struct Outcome {
  std::optional<Reply> reply;  ///< the last one
  std::string failure;         ///< "crashed with SIGSEGV in `run`"; empty when there is a reply
};

/// Told once a second of a job that has taken two: its stage, and how long it goes on.
using Watch = std::function<void(const std::string& stage, std::uint64_t elapsed_ns)>;

/// Runs a job in a fresh process of this program, which dies with this one and is ended with all
/// that it started when one of its stages takes longer than limit_ns. What it prints is not passed
/// on, but its last line is told with a failure. `directory` is where it works. Throws Interrupted
/// when a signal comes, std::system_error when no process can be made.
Outcome run_job(const Job&, int directory, std::uint64_t limit_ns, const Watch& = {});

}  // namespace iodyno::host
