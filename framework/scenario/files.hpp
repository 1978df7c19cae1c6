#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.hpp"

namespace iodyno::host {

/// A file of a copied tree. Paths are bytes, relative, with no `.` or `..` in them.
struct TreeFile {
  std::string path;
  std::uint64_t size = 0;
  std::uint32_t directory = 0;  ///< index in Tree::directories
};

/// A real tree as a value: what `from: DIR` found.
struct Tree {
  std::vector<std::string> directories;  ///< a parent before its children; the first is "."
  std::vector<TreeFile> files;
};

/// The files of a dataset by number: their names, sizes and directories, none of which is stored
/// unless they come from a real tree. Pure: nothing here looks at a disk.
class Files {
 public:
  /// `prefix` comes before every path: "" or a directory with its slash.
  explicit Files(const Dataset&, std::shared_ptr<const Tree> = nullptr, std::string prefix = "");

  std::uint64_t count() const { return count_; }
  std::uint64_t directory_count() const { return directory_count_; }
  std::uint64_t size(std::uint64_t file) const;
  /// Files are spread over the directories in runs of equal length, give or take one.
  std::uint64_t directory(std::uint64_t file) const;
  std::uint64_t total_bytes() const { return total_bytes_; }
  std::uint64_t largest() const { return largest_; }
  bool equal_sizes() const { return total_bytes_ == count_ * largest_; }

  /// Longest path, with its NUL and room for the suffix of a temporary name.
  std::size_t path_capacity() const { return path_capacity_; }
  /// Writes the path, relative to the dataset's directory, and a NUL; returns where the NUL is.
  char* write_path(std::uint64_t file, char* to) const;
  char* write_directory_path(std::uint64_t directory, char* to) const;
  /// The directory above all: "." or the prefix.
  char* write_top_path(char* to) const;
  std::string path(std::uint64_t file) const;
  std::string directory_path(std::uint64_t directory) const;

 private:
  Dataset dataset_;
  std::shared_ptr<const Tree> tree_;
  std::string prefix_;
  std::uint64_t count_, directory_count_, total_bytes_ = 0, largest_ = 0;
  int file_digits_, directory_digits_;
  std::size_t path_capacity_;
};

/// What a temporary name beside a file has behind it (`replace`).
inline constexpr std::string_view kTemporarySuffix = ".new";

}  // namespace iodyno::host
