#include "trial/survey.hpp"

#include <algorithm>

#include "scenario/random.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {
void survey(int directory, const Files& files, std::uint64_t seed, const Which& which,
            const std::function<bool(std::uint64_t file, int fd)>& look, std::uint64_t most) {
  const auto count = std::min(files.count(), most);
  const Permutation order(std::max<std::uint64_t>(files.count(), 1), seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto file = count == files.count() ? i : order.at(i);
    if (files.size(file) == 0 || (which && !which(file))) continue;
    if (!look(file, open_file_below(directory, files.path(file), O_RDONLY))) return;
  }
}

}  // namespace iodyno::host
