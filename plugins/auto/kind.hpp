/// What a choice is made for: an operation, and how much it moves.
#pragma once
#include <iodyno/backend.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace engine::automatic {

enum class Size : std::uint8_t { none, small, medium, large, unknown };

/// The most that is small, and the most that is medium, in bytes.
struct Bounds {
  std::uint64_t small, medium;

  constexpr Size size_of(std::uint64_t length) const {
    return length == 0                     ? Size::none
           : length <= small               ? Size::small
           : length <= medium              ? Size::medium
           : length != IODYNO_SIZE_UNKNOWN ? Size::large
                                           : Size::unknown;
  }
};

struct Kind {
  std::uint16_t op = 0;
  Size size = Size::none;
  bool durable = false;  ///< each request waits for the device

  friend constexpr auto operator<=>(const Kind&, const Kind&) = default;

  /// The lengths of STAT and LIST are for information.
  static constexpr Kind of(const iodyno_request& r, const Bounds& bounds) {
    const bool moves = r.op != IODYNO_OP_STAT && r.op != IODYNO_OP_LIST;
    return {r.op, moves ? bounds.size_of(r.length) : Size::none, (r.flags & IODYNO_DURABLE) != 0};
  }
  /// Whether the request is one of this ABI.
  bool is_known() const { return op < IODYNO_OP_COUNT; }
  /// Whether its requests can be done again and again, and come to the same. (A file that is made
  /// durable again is so already.)
  bool is_repeatable() const {
    constexpr std::uint64_t kRepeatable =
        IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_OVERWRITE) |
        IODYNO_BIT(IODYNO_OP_REWRITE) | IODYNO_BIT(IODYNO_OP_STAT) | IODYNO_BIT(IODYNO_OP_LIST) |
        IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_WRITE_BLOCK);
    return (kRepeatable & bit()) != 0;
  }
  bool is_on_block() const {
    return op == IODYNO_OP_READ_BLOCK || op == IODYNO_OP_WRITE_BLOCK || op == IODYNO_OP_FSYNC;
  }
  bool is_learnable() const { return op != IODYNO_OP_FSYNC; }
  /// Whether its requests need data that may have to come from a device.
  bool needs_data() const {
    constexpr std::uint64_t kNeeds = IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_OVERWRITE) |
                                     IODYNO_BIT(IODYNO_OP_APPEND) | IODYNO_BIT(IODYNO_OP_COPY) |
                                     IODYNO_BIT(IODYNO_OP_READ_BLOCK) |
                                     IODYNO_BIT(IODYNO_OP_WRITE_BLOCK);
    return (kNeeds & bit()) != 0;
  }
  std::uint64_t bit() const { return IODYNO_BIT(op); }

  /// "read_block.small", "append.small.durable"
  std::string text() const;
  /// The kind that text() has told; of no known operation where it has not.
  static Kind from(std::string_view text);
};

}  // namespace engine::automatic
