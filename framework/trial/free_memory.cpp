#include "trial/free_memory.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iodyno/posix.hpp>
#include <span>
#include <string>
#include <vector>

#include "trial/settle.hpp"

namespace iodyno::host {
namespace {

const std::uint64_t kPage = std::uint64_t(sysconf(_SC_PAGESIZE));

/// How large the pieces are that the page cache takes depends on the writes (large folios), and the
/// kernel keeps free memory by size: each size has pages of its own that come first. Files take
/// none that are larger than they are.
constexpr std::uint64_t kPieces[] = {4 << 10,   64 << 10, 128 << 10, 256 << 10,
                                     512 << 10, 1 << 20,  2 << 20};
constexpr std::uint64_t kSmallPiece = 64 << 10;

/// The pieces of files of which the largest has so many bytes.
std::span<const std::uint64_t> pieces_for(std::uint64_t largest) {
  const std::span all(kPieces);
  // Large files are written in large pieces but for their ends.
  if (largest > kSmallPiece) return all.subspan(2);
  return largest > kPieces[0] ? all.subspan(1, 1) : all.first(1);
}

/// Beyond it the kernel begins to write back by itself.
std::uint64_t background_threshold_bytes() {
  std::ifstream file("/proc/vmstat");
  std::uint64_t pages = 0;
  for (std::string word; file >> word;)
    if (word == "nr_dirty_background_threshold" && file >> pages) break;
  return pages * kPage;
}

std::uint64_t most_bytes() {
  struct sysinfo info;
  check(sysinfo(&info), "sysinfo");
  const auto threshold = background_threshold_bytes(), unwritten = system_unwritten_bytes();
  const auto room = threshold > unwritten ? (threshold - unwritten) / 2 : 0;
  return std::min(std::uint64_t(info.freeram) * info.mem_unit / 4, room);
}

/// Writes a file without a name, and forgets it. A file system that is full gives less, which is no
/// failure of the trial.
std::uint64_t fill_once(int directory, std::uint64_t bytes, std::uint64_t piece) {
  const int fd = openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return 0;
  const Fd file(fd);
  static const std::vector<std::byte> zeros(kPieces[std::size(kPieces) - 1]);
  std::uint64_t done = 0;
  while (done < bytes) {
    const auto count = write(file, zeros.data(), std::min(piece, bytes - done));
    if (count <= 0) break;
    done += std::uint64_t(count);
  }
  return done;
}

}  // namespace

std::uint64_t back_free_memory(int directory, std::uint64_t bytes, std::uint64_t largest) {
  const auto wanted = std::min(bytes, most_bytes());
  std::uint64_t least = wanted;
  for (const auto piece : pieces_for(largest))
    if (wanted > 0) least = std::min(least, fill_once(directory, wanted, piece));
  return least;
}

}  // namespace iodyno::host
