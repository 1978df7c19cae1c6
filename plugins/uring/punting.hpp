/// What the kernel hands to its worker threads whatever is cached: the ring is a thread pool then.
#pragma once
#include <cstdint>
#include <iodyno/config.hpp>

#include "program.hpp"

namespace engine::uring {

/// Why some of a program is handed over in any case; nullptr: that depends.
struct Punting {
  const char* always = nullptr;
  const char* with_bytes = nullptr;  ///< if it has bytes to move
};

/// The rules for the file systems of a session.
class PuntingRules {
 public:
  /// `async`: every transfer is asked to be handed over.
  PuntingRules(const iodyno::Config& config, bool async);

  /// `by_call`: the steps that are system calls, by bit_of().
  Punting of(const Program& program, std::uint32_t by_call) const;

 private:
  const char* step(const Program& program, Step step) const;
  const char* bytes(Step step) const;

  const bool async_;
  const char* reads_ = nullptr;    // below the first directory,
  const char* writes_ = nullptr;   // and there,
  const char* writes2_ = nullptr;  // and below the second, where copies go
};

}  // namespace engine::uring
