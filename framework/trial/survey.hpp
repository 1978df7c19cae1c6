#pragma once
#include <functional>

#include "scenario/files.hpp"

namespace iodyno::host {

/// Which of the files to look at; none: all. Before a mix that creates, some are not there.
using Which = std::function<bool(std::uint64_t file)>;

/// Opens every file that is not empty, or a seeded sample of 10,000, and shows it to `look`, in the
/// order of their numbers or of the sample. `look` says whether to go on.
void survey(int directory, const Files&, std::uint64_t seed, const Which&,
            const std::function<bool(std::uint64_t file, int fd)>& look);

}  // namespace iodyno::host
