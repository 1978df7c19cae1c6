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
  bool quick = false;
  std::string filter;
};

struct Prepared {
  Plan plan;
  std::string text_hash;  ///< of the scenario's text and of what the command line adds
};

/// From names to plans: reads the scenarios, asks their backends what they are, checks their
/// options. Nothing is made. With any mistake the result is empty, and all mistakes are in the
/// diagnostics.
std::vector<Prepared> prepare(const Catalog&, const PrepareSettings&, Diagnostics&);

}  // namespace iodyno::host
