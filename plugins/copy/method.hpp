/// A way to copy, as the backend sees it; one class for each, and what they are made with.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iodyno/backend.hpp>
#include <memory>

#include "../common/copy_loop.hpp"

namespace engine::copy {

/// A file to copy into a new one.
struct Job {
  int from = -1, to = -1;
  std::uint64_t length = 0;  ///< the bytes to copy
  std::uint64_t size = 0;    ///< the bytes that `from` has, or IODYNO_SIZE_UNKNOWN
  std::uint32_t slot = 0;    ///< one job of a slot at a time, on the thread of that slot
  int refused = 0;           ///< why no method can do it as it should, or 0
};

class Method {
 public:
  virtual ~Method() = default;

  /// Copies a part of a file. What it refuses is copied by reads and writes.
  virtual Progress copy(const Job& job, Extent what) = 0;

  /// Whether it has to know what size the source has.
  virtual bool needs_size() const { return false; }
  /// Whether it copies holes as holes: then a file is given to it as a whole.
  virtual bool keeps_holes() const { return false; }
};

/// What the methods are made with.
struct Making {
  const iodyno::Config& config;
  iodyno::Pool& pool;     ///< runs a function on the thread of each slot
  std::uint64_t buffer;   ///< bytes, a multiple of a page
  std::uint64_t window;   ///< bytes, a multiple of a page
  std::uint32_t threads;  ///< in one request
  std::uint32_t in_flight;
  bool direct;  ///< files are open with O_DIRECT

  std::size_t granule() const { return direct ? 4096 : 1; }
};

// Each throws where it can't work at all.
std::unique_ptr<Method> by_read_write(const Making& making);
std::unique_ptr<Method> by_copy_file_range(const Making& making);
std::unique_ptr<Method> by_sendfile(const Making& making);
std::unique_ptr<Method> by_splice(const Making& making);
std::unique_ptr<Method> by_mapping(const Making& making, std::uint64_t window);
std::unique_ptr<Method> by_clone(const Making& making);
std::unique_ptr<Method> by_threads(const Making& making);
std::unique_ptr<Method> by_ring(const Making& making);

}  // namespace engine::copy
