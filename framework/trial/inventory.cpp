#include "trial/inventory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iodyno/posix.hpp>

#include "scenario/random.hpp"
#include "trial/directory.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

std::int64_t changed_ns(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

bool has_bytes(int fd, std::uint64_t file, std::uint64_t size, const Inventory::Made& made) {
  std::vector<std::byte> buffer;
  for (std::uint64_t done = 0; done < size;) {
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
  const auto count = std::min(files.count(), kInventoryMax);
  const Permutation order(std::max<std::uint64_t>(files.count(), 1), 0);
  items_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto file = count == files.count() ? i : order.at(i);
    const auto path = files.path(file);
    struct stat status;
    check(fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW), path.c_str());
    items_.push_back({file, std::uint64_t(status.st_size), changed_ns(status)});
  }
}

std::string Inventory::fault(int directory, const Files& files, const Made& made) {
  std::string path(files.path_capacity(), '\0');
  for (auto& item : items_) {
    files.write_path(item.file, path.data());
    const auto named = [&](const std::string& what) { return files.path(item.file) + " " + what; };
    struct stat status;
    if (fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return named(errno == ENOENT ? "is gone" : "can't be looked at: " + errno_text(errno));
    if (!S_ISREG(status.st_mode)) return named("is no file any more");
    if (written_) continue;
    if (const auto size = std::uint64_t(status.st_size); size != item.size)
      return named("has " + std::to_string(size) + " bytes instead of " +
                   std::to_string(item.size));
    if (changed_ns(status) == item.changed_ns) continue;
    const Fd fd = open_file_below(directory, path.c_str(), O_RDONLY | O_NONBLOCK);
    if (!has_bytes(fd, item.file, item.size, made)) return named("has other bytes");
    item.changed_ns = changed_ns(status);
  }
  return {};
}

}  // namespace iodyno::host
