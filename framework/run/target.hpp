#pragma once
#include <iodyno/posix.hpp>
#include <string>
#include <vector>

#include "trial/directory.hpp"

namespace iodyno::host {

/// A directory of ours in a target: `iodyno-<id>`, with a mark in it that says so. All work is done
/// below it. The mark is locked as long as the run lives.
class RunDirectory {
 public:
  /// Makes it. Throws std::system_error.
  explicit RunDirectory(const std::string& target);

  int fd() const { return directory_; }
  const std::string& path() const { return path_; }
  const std::string& name() const { return name_; }

  /// A plugin may have removed the mark, or put something else there: without it `clean` could not
  /// tell that the directory is ours.
  void restore_mark();

  /// Removes it with all of ours below; throws ENOTEMPTY where there is something else. Without
  /// this call it stays.
  void remove(const Tick& = {});

 private:
  Fd target_, directory_, mark_;
  std::string name_, path_;
};

/// What of ours, or what looks like it, is in a target.
struct Leftover {
  enum class Kind { abandoned, in_use, foreign } kind;
  std::string name;
};
std::vector<Leftover> find_leftovers(const std::string& target);

/// Removes an abandoned one, the mark last. Returns the paths in it of what is not ours: that
/// stays, with the mark and the directories that it lies in. Throws EWOULDBLOCK where somebody has
/// the lock of the mark.
std::vector<std::string> remove_leftover(const std::string& target, const std::string& name,
                                         const Tick& = {});

/// Eight random hexadecimal digits.
std::string random_id();

}  // namespace iodyno::host
