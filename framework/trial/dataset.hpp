#pragma once
#include <functional>

#include "scenario/files.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {

/// Which files and directories of a dataset to make.
struct DatasetParts {
  bool directories = true;
  bool lone_directory = false;  ///< also where there is only one, which the files do not lie in
  std::function<bool(std::uint64_t file)> file;  ///< none: every file
};

/// Makes a dataset in an empty directory: every byte is written, in the order of the files, by one
/// thread, in one way, whatever will be measured on it. Throws std::system_error, with the path.
void make_dataset(int directory, const Files&, const Content&, const DatasetParts&,
                  const Tick& = {});

/// Looks at a real tree, sorted by name. Regular files and directories only: another kind is
/// EINVAL. Throws std::system_error with the path.
Tree scan_tree(const std::string& directory);

/// Makes the directories of a dataset and copies the files of a real tree into them.
void copy_tree(int from, int directory, const Files&, const Tree&, const DatasetParts&,
               const Tick& = {});

}  // namespace iodyno::host
