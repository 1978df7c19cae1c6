#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "trial/trial.hpp"

namespace iodyno::host {

/// What the parent asks of a worker process.
struct Job {
  enum class Kind { describe, probe, trial } kind = Kind::trial;
  TrialSpec spec;  ///< describe needs its plugin_file alone
};

/// What a worker says: that a stage begins, or, once and last, a result or why there is none.
struct Reply {
  std::string stage;
  std::string error;  ///< a mistake in the plugin or the request for it, or a failure of the system
  std::optional<BackendDescription> description;
  std::optional<Probe> probe;
  std::optional<Sample> sample;
};

/// CBOR (RFC 8949): paths are bytes, which JSON can't hold. decode_* throw std::runtime_error.
std::string encode(const Job&);
Job decode_job(std::string_view);
std::string encode(const Reply&);
Reply decode_reply(std::string_view);

}  // namespace iodyno::host
