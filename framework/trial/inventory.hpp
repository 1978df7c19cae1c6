#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "scenario/files.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {

/// What the files of a dataset were like when it was made: whether they still are is asked after
/// each trial, so that what damages them is blamed for it, and not what comes next. Of more than
/// kInventoryMax files a sample of kInventorySample is looked at.
class Inventory {
 public:
  static constexpr std::uint64_t kInventoryMax = 10'000, kInventorySample = 1'000;

  /// `written`: trials write to the files in place, so that their bytes are not the host's any
  /// more. Throws std::system_error.
  Inventory(int directory, const Files&, bool written);

  /// Bytes of a file as it was made, from `offset` on; fewer only where it ends.
  using Made = std::function<std::span<const std::byte>(std::uint64_t file, std::uint64_t offset)>;

  /// The first file that is not what it was: gone, of another kind, mode, size or content; or
  /// nothing. Content is looked at only where the time of its last change is another. Throws
  /// std::system_error where it can't be told.
  std::string fault(int directory, const Files&, const Made&, const Tick& = {});

 private:
  struct Item {
    std::uint64_t file = 0, size = 0;
    mode_t mode = 0;  ///< with the kind
    struct timespec changed = {};
  };
  std::string fault_of(Item&, int directory, const std::string& path, const Made&, const Tick&);

  bool written_;
  std::vector<Item> items_;
};

}  // namespace iodyno::host
