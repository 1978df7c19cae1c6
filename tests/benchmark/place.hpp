/// Where peers work: a new directory in the target, which is removed at the end.
#pragma once
#include <iodyno/posix.hpp>
#include <string>

#include "scenario/random.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {

class Place {
 public:
  explicit Place(const std::string& target)
      : parent_(open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY)),
        name_("peers-" + std::to_string(getpid())) {
    make_directory(parent_, name_);
    directory_ = open_below(parent_, name_);
    spread_children(directory_);
  }
  Place(const Place&) = delete;
  /// A process that was forked leaves it to the one that made it.
  ~Place() {
    if (getpid() == maker_) remove();
  }

  int directory() const { return directory_; }

  /// Makes a directory of random name in a part of the file system of its own. ext4 passes over
  /// the inodes that were deleted last, so whoever creates where others have deleted pays for them.
  std::string new_directory() const {
    const auto name = std::to_string(mix(now(), std::uint64_t(getpid())));
    make_directory(directory_, name);
    return name;
  }

 private:
  void remove() noexcept try {
    remove_tree(parent_, name_);
  } catch (...) {  // nobody could do anything about it
  }

  const pid_t maker_ = getpid();
  Fd parent_, directory_;
  std::string name_;
};

}  // namespace iodyno::host
