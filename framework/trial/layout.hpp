#pragma once
#include <optional>
#include <string>

#include "trial/survey.hpp"

namespace iodyno::host {

/// How files lie on their file system.
struct Layout {
  /// The first hole or unwritten extent that is found, which would be read without being read: "a
  /// hole at 4096". Empty where all is well.
  std::string fault;
  std::optional<double> extents_per_file;  ///< none where the file system has no map of them
};

/// By FIEMAP (Documentation/filesystems/fiemap.rst), or where there is none, as on tmpfs, by
/// SEEK_HOLE (lseek(2)). To be asked after a sync: what is not yet allocated can't be looked at.
/// Of all files, or a seeded sample of them (survey.hpp), without those of no bytes.
Layout layout_of(int directory, const Files&, std::uint64_t seed, const Which& = {},
                 std::uint64_t most = kSurveyMax);

/// The same of one open file of at least `size` bytes.
Layout layout_of(int fd, std::uint64_t size);

}  // namespace iodyno::host
