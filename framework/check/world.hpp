#pragma once
#include <iodyno/posix.hpp>
#include <map>
#include <string>

namespace iodyno::host::conformance {

struct Entry {
  enum class Kind { file, directory, link } kind = Kind::file;
  std::string bytes;  ///< of a file; what a link says
  bool operator==(const Entry&) const = default;
};

/// All that lies below a directory, by path.
using Contents = std::map<std::string, Entry>;

Contents contents_of(int directory);

/// A directory on a file system, and what must be in it: a model that goes along with it.
class World {
 public:
  /// Makes the directory.
  World(int at, const std::string& name);

  int fd() const { return fd_; }
  Contents must;

  /// Makes one, in the directory and in the model.
  void file(const std::string& path, const std::string& bytes);
  void directory(const std::string& path);

  /// The first difference between what must be there and what is, or nothing.
  std::string difference() const;

 private:
  Fd fd_;
};

/// Text that names its place: no part of it is by chance like another one.
std::string text_of(std::uint64_t size, std::uint64_t seed);

/// The first byte in which two texts differ, for people; nothing where they are equal.
std::string first_difference(const std::string& must, const std::string& is);

}  // namespace iodyno::host::conformance
