#pragma once
#include <algorithm>

#include "scenario/operation.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// Whether some operation, or all operations, of a phase have a property.
inline bool any_operation(const Phase& phase, bool Operation::*property) {
  return std::ranges::any_of(phase.ops, [&](const Share& s) { return operation(s.op).*property; });
}
inline bool all_operations(const Phase& phase, bool Operation::*property) {
  return std::ranges::all_of(phase.ops, [&](const Share& s) { return operation(s.op).*property; });
}

/// Whether some request can only succeed when its file is there.
inline bool finds_files(const Phase& phase) {
  return std::ranges::any_of(phase.ops, [](const Share& s) { return needs_file(s.op); });
}

/// Whether something is left to be written back when the phase is done.
inline bool leaves_dirty(const Phase& phase) {
  return any_operation(phase, &Operation::writes) ||
         any_operation(phase, &Operation::second_path) ||
         std::ranges::any_of(phase.ops, [](const Share& s) {
           return !operation(s.op).leaves_object || !operation(s.op).needs_object;
         });
}

/// What is to be cold can't be a step of a lifecycle, whose steps have just had it in their hands.
inline bool can_be_step(const Phase& phase) {
  return phase.cache != CacheState::cold && phase.metadata != CacheState::cold;
}

/// Whether it works on files that are opened before the clock.
inline bool on_open_files(const Phase& phase) {
  return std::ranges::any_of(
      phase.ops, [](const Share& s) { return operation(s.op).object == Object::block; });
}

}  // namespace iodyno::host
