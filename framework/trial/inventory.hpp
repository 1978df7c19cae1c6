#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "scenario/files.hpp"

namespace iodyno::host {

/// What the files of a dataset were like when it was made, of kInventoryMax at most: whether they
/// still are is asked after each trial, so that what damages them is blamed for it, and not what
/// comes next.
class Inventory {
 public:
  static constexpr std::uint64_t kInventoryMax = 10'000;

  /// `written`: trials write to the files in place. All that stays then is that they are there.
  /// Throws std::system_error.
  Inventory(int directory, const Files&, bool written);

  /// Bytes of a file as it was made, from `offset` on; fewer only where it ends.
  using Made = std::function<std::span<const std::byte>(std::uint64_t file, std::uint64_t offset)>;

  /// The first file that is not what it was: gone, of another kind, size or content; or nothing.
  /// Content is looked at only where the time of its last change is another. Throws
  /// std::system_error where it can't be.
  std::string fault(int directory, const Files&, const Made&);

 private:
  struct Item {
    std::uint64_t file = 0, size = 0;
    std::int64_t changed_ns = 0;  ///< its mtime
  };

  bool written_;
  std::vector<Item> items_;
};

}  // namespace iodyno::host
