/// A request in flight, and how its completions find it.
#pragma once
#include <iodyno/backend.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>

#include "../common/vacancies.hpp"
#include "program.hpp"

namespace engine::uring {

/// What an entry's completion says of itself: the user data.
struct Tag {
  enum Kind : std::uint8_t {
    kChained = 1,  ///< one of several that went to the kernel together
    kLast = 2,     ///< the last of its chain
    kQuiet = 4,    ///< speaks only when it fails, and then nothing behind it speaks
    kData = 8,     ///< a transfer
    kWrites = 16,  ///< the second half of a copy
    kLook = 32,    ///< looks for the end of a file
    kBlock = 64,   ///< all of a request that is one transfer
  };
  std::uint8_t step, part, kind, reserved = 0;
  std::uint32_t slot;

  std::uint64_t pack() const {
    return std::uint64_t{step} | std::uint64_t{part} << 8 | std::uint64_t{kind} << 16 |
           std::uint64_t{slot} << 32;
  }
  static Tag of(std::uint64_t data) {
    return {std::uint8_t(data), std::uint8_t(data >> 8), std::uint8_t(data >> 16), 0,
            std::uint32_t(data >> 32)};
  }
};

/// A transfer of a request. A request that fits into its buffer has just one.
struct Part {
  std::byte* data;     ///< where it reads to, or what it writes
  std::uint64_t at;    ///< from the first byte of the request
  std::uint32_t want;  ///< bytes; of a read with O_DIRECT, rounded up
  std::uint32_t done;
  bool busy, writes;
};

/// What a block of one transfer touches comes first, and fills no more than a cache line.
struct alignas(64) Slot {
  enum Open : std::uint8_t { kFrom = 1, kTo = 2 };

  const iodyno_request* request;
  iodyno_completion* completion;
  const Program* program;
  std::uint64_t start;  ///< the stamp
  std::uint32_t how;
  std::int32_t error;     ///< what failed first
  std::uint64_t moved;    ///< bytes that are done
  std::uint64_t base;     ///< where in the file the request begins
  std::uint64_t next;     ///< the first byte that no part has
  std::uint64_t tail_at;  ///< an odd end that waits to be written through the page cache
  const std::byte* tail;
  std::uint32_t tail_size;
  std::uint32_t part_size;
  std::uint32_t owed;  ///< completions that will come in any case
  std::uint32_t busy_parts;
  std::uint8_t step;  ///< of the program: the one that is being done
  std::uint8_t open;  ///< the files that are open
  bool ordinary;      ///< with descriptors of the process, not of the ring's table
  bool unwinding;     ///< closes and removes after a failure
  bool made;          ///< there is a temporary file
  bool severed;       ///< its chain was cut: the rest comes step by step
  bool at_end;        ///< a read has come to the end of the file
  int fd[2];          ///< where `ordinary`
};

}  // namespace engine::uring
