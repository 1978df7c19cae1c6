#pragma once
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// Puts `--set KEY=VALUE` and `--backend SPEC` into a scenario's nodes, before anything is read
/// from them, so that they are held to the same rules and their mistakes told in the same way.
void override_nodes(Node& root, const Overrides&, Diagnostics&);

/// Reads one item of `backends`: a name, or {NAME: {option: value}, as: LABEL}. An option that has
/// a list makes a variant of each of its values.
void read_backend(const Node&, const std::string& path, std::vector<BackendChoice>&, Diagnostics&);

/// Labels are tokens, each given once, and don't look like an aggregate of another.
void check_labels(const std::vector<BackendChoice>&, Diagnostics&);

}  // namespace iodyno::host
