/// How often the kernel hands something to the worker threads of this thread's rings.
#pragma once
#include <cstdint>
#include <iodyno/posix.hpp>
#include <string>

namespace engine::uring {

/// Counts from its making on, for the thread that makes it. Not free: for rehearsals.
class HandOffs {
 public:
  HandOffs();

  struct Seen {
    /// By the tracepoint io_uring_queue_async_work. Where that can't be had: how often the workers
    /// were given a processor.
    std::uint64_t count = 0;
    std::string why_inexact = {};  ///< empty: it is exact
  };
  Seen seen() const;

 private:
  iodyno::Fd counter_;
  std::string why_;
  std::uint64_t slices_before_ = 0;
};

}  // namespace engine::uring
