/// The descriptors of the open set, for each thread its own: in a table that no other thread uses,
/// the kernel looks them up without an atomic operation, and two threads that read one file don't
/// write to the same line of memory (`fs/file.c`: `__fget_light`).
#pragma once
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <string>
#include <vector>

namespace engine::posix {

class Descriptors {
 public:
  Descriptors(const iodyno::Config& config, iodyno::Pool& pool);
  Descriptors(const Descriptors&) = delete;
  /// When all is closed the file system can be unmounted: threads that end close theirs later.
  ~Descriptors();

  /// Opens the set anew for each thread that has a table of its own. After a failure it is empty.
  void open(std::span<const char* const> paths, int flags, int advice);

  /// The file of a block operation, for the thread of `slot`.
  int file(std::uint32_t index, std::uint32_t slot) const {
    const auto& set = sets_[slot];
    if (index >= set.size()) iodyno::fail(EBADF, "no such file in the open set");
    return set[index];
  }
  /// For people: who has a table of their own.
  std::string description() const;

 private:
  void separate();
  void open_set(std::vector<int>& set, std::span<const char* const> paths, int flags,
                int advice) const;
  void close() noexcept;

  /// More than this are opened once, for all threads: opening them takes longer than it saves.
  static constexpr std::size_t kMost = 1 << 14;

  const iodyno::Config config_;
  iodyno::Pool& pool_;
  const bool wanted_;
  bool separate_ = false;
  int error_ = 0;  ///< why there are no tables of their own
  std::vector<std::vector<int>> sets_;
};

}  // namespace engine::posix
