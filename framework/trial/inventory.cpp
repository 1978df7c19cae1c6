#include "trial/inventory.hpp"

#include <algorithm>
#include <iodyno/posix.hpp>

#include "scenario/random.hpp"

namespace iodyno::host {
namespace {

bool equal(const struct timespec& a, const struct timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool has_bytes(int fd, std::uint64_t file, std::uint64_t size, const Inventory::Made& made,
               const Tick& tick) {
  std::vector<std::byte> buffer;
  for (std::uint64_t done = 0; done < size;) {
    if (tick) tick(file, done);
    const auto expected = made(file, done);
    buffer.resize(std::min<std::uint64_t>(expected.size(), size - done));
    if (buffer.empty() || read_fully(fd, buffer, done) != buffer.size() ||
        !std::ranges::equal(buffer, expected.first(buffer.size())))
      return false;
    done += buffer.size();
  }
  return true;
}

}  // namespace

Inventory::Inventory(int directory, const Files& files, bool written) : written_(written) {
  const bool all = files.count() <= kInventoryMax;
  const auto count = all ? files.count() : kInventorySample;
  const Permutation order(std::max<std::uint64_t>(files.count(), 1), 0);
  items_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto file = all ? i : order.at(i);
    const auto path = files.path(file);
    struct stat status;
    check(fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW), path.c_str());
    items_.push_back({file, std::uint64_t(status.st_size), status.st_mode, status.st_mtim});
  }
}

std::string Inventory::fault(int directory, const Files& files, const Made& made,
                             const Tick& tick) {
  std::string path(files.path_capacity(), '\0');
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (tick && i % 256 == 0) tick(i, 0);
    files.write_path(items_[i].file, path.data());
    if (const auto what = fault_of(items_[i], directory, path, made, tick); !what.empty())
      return files.path(items_[i].file) + " " + what;
  }
  return {};
}

std::string Inventory::fault_of(Item& item, int directory, const std::string& path,
                                const Made& made, const Tick& tick) {
  struct stat status;
  if (fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return "is gone";
    fail(errno, path.c_str());
  }
  if (!S_ISREG(status.st_mode)) return "is no file any more";
  if (status.st_mode != item.mode) return "has other permissions";
  if (const auto size = std::uint64_t(status.st_size); size != item.size)
    return "has " + std::to_string(size) + " bytes instead of " + std::to_string(item.size);
  if (written_ || equal(status.st_mtim, item.changed)) return {};
  const Fd fd = open_file_below(directory, path.c_str(), O_RDONLY | O_NONBLOCK);
  if (!has_bytes(fd, item.file, item.size, made, tick)) return "has other bytes";
  item.changed = status.st_mtim;  // some file systems round it, or tell it late
  return {};
}

}  // namespace iodyno::host
