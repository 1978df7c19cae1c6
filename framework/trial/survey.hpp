#pragma once
#include <functional>

#include "scenario/files.hpp"

namespace iodyno::host {

/// Which of the files to look at; none: all. Before a mix that creates, some are not there.
using Which = std::function<bool(std::uint64_t file)>;

/// More files than that are looked at by a sample.
inline constexpr std::uint64_t kSurveyMax = 10'000;

/// Opens every file that is not empty, or a seeded sample of `most`, and shows it to `look`, in the
/// order of their numbers or of the sample. `look` says whether to go on.
void survey(int directory, const Files&, std::uint64_t seed, const Which&,
            const std::function<bool(std::uint64_t file, int fd)>& look,
            std::uint64_t most = kSurveyMax);

}  // namespace iodyno::host
