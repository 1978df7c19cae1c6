/// A tuner for each operation, as they are unlike each other, and one for batches of several.
#pragma once
#include <iodyno/backend.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "tuner.hpp"

class Tuners {
 public:
  /// `bounds` are those of operations that can be begun in groups; the others have none.
  Tuners(const Bounds& bounds, const Settings& start);

  Tuner& of(const iodyno_batch& batch) { return tuners_[kind_of(batch)]; }

  std::span<const Tuner> all() const { return tuners_; }

  /// What all have found, for later sessions.
  std::string text() const;

  /// Takes up what text() has said. False: it is no such text, or one of other bounds, and nothing
  /// of it was taken.
  bool take(const char* text);

 private:
  /// An operation, or for batches of several their number.
  static constexpr std::uint32_t kMixed = IODYNO_OP_COUNT, kKinds = kMixed + 1;

  static std::uint32_t kind_of(const iodyno_batch& batch);
  Bounds bounds_of(std::uint32_t kind) const;

  const Bounds bounds_;
  std::array<Tuner, kKinds> tuners_;
};

/// The operations of which a part can be done ahead of the rest.
constexpr std::uint64_t kCanBeBegun =
    IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_COPY);
