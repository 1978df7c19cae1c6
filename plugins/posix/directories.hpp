/// A batch shared out by directories: each is one thread's, which opens it once. Two threads that
/// create or delete in one directory wait for each other, as the kernel locks it (`fs/namei.c`).
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iodyno/posix.hpp>
#include <vector>

#include "../common/transfer.hpp"

namespace engine::posix {

class Directories {
 public:
  enum class Split : std::uint8_t { automatic, requests, directories };

  Directories(const iodyno::Config& config, std::uint32_t slots);

  /// Finds the runs of requests that are in one directory. False: share them out one by one.
  bool divide(const iodyno_batch& batch);

  /// What gives `slot` the indexes of its requests, and at last one that is none.
  auto requests_of(std::uint32_t slot) {
    return [this, slot, run = Run{}]() mutable -> std::uint64_t {
      if (run.begin == run.end && !next(slot, run)) return UINT64_MAX;
      return run.begin++;
    };
  }

  /// Where the file `path` of a request that `slot` does is to be looked up.
  Place place(const char* path, std::uint32_t slot) const {
    const Open& open = open_[slot];
    if (open.prefix_size != 0 && std::strncmp(path, open.prefix, open.prefix_size) == 0)
      return {open.fd, path + open.prefix_size};
    return {dir_, path};
  }

 private:
  struct Run {
    std::uint32_t begin = 0, end = 0;  ///< indexes of requests
  };
  /// The directory that a slot works in. A line of memory each, as each thread writes its own.
  struct alignas(64) Open {
    iodyno::Fd fd;
    const char* prefix = nullptr;  ///< of the paths in it, with the last slash
    std::size_t prefix_size = 0;   ///< 0: none is open
  };

  bool next(std::uint32_t slot, Run& run);
  void enter(Open& open, const char* path) const;

  /// Shorter runs than this, on average, are not worth a descriptor, or a thread's attention.
  static constexpr std::uint32_t kLeastRun = 8;
  /// So many for each thread, that none is left waiting for the others for long.
  static constexpr std::uint32_t kLeastEach = 4;

  const int dir_;
  const Split split_;
  const bool opens_;
  std::vector<Run> runs_;
  std::vector<Open> open_;
  const iodyno_request* requests_ = nullptr;
  alignas(64) std::atomic<std::uint32_t> next_ = 0;
};

}  // namespace engine::posix
