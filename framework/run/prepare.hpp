#pragma once
#include <optional>
#include <string>
#include <vector>

#include "run/catalog.hpp"
#include "scenario/plan.hpp"

namespace iodyno::host {

struct PrepareSettings {
  std::vector<std::string> scenarios;  ///< names or files; none: all shipped
  Overrides overrides;
  std::optional<std::uint64_t> repetitions, seed;
  std::optional<std::uint64_t> memory_limit_bytes;  ///< of a worker
  bool quick = false;
  std::string filter;
  std::string against;  ///< an older plugin, a file or a name, to be run beside its successor
};

/// A backend, and an older build of it with the same options, which is its baseline.
struct OlderPair {
  std::string label, older_label;
};

struct Prepared {
  Plan plan;
  std::string text_hash;           ///< of the scenario's text and of what the command line adds
  std::vector<OlderPair> against;  ///< those that are compared; none without an older plugin
  std::string file, text;          ///< of the scenario, as they were given
};

/// From names to plans: reads the scenarios, asks their backends what they are, checks their
/// options. Nothing is made. With any mistake the result is empty, and all mistakes are in the
/// diagnostics.
std::vector<Prepared> prepare(const Catalog&, const PrepareSettings&, Diagnostics&);

/// The same for a scenario that is no file; `name` is what stands in diagnostics.
std::optional<Prepared> prepare_text(const Catalog&, const std::string& text,
                                     const std::string& name, const PrepareSettings&, Diagnostics&);

}  // namespace iodyno::host
