#include "run/places.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <utility>

#include "run/target.hpp"

namespace iodyno::host {
namespace {

constexpr int kTries = 16;  // places to look at before the best of them has to do
constexpr std::uint64_t kInodesPerGroup = 8192;  // mke2fs's default for groups of 128 MiB
constexpr std::uint64_t kNearby = 4;             // groups that files go on to when theirs is full
constexpr std::uint64_t kForgottenAfterNs = 300'000'000'000;

}  // namespace

Places::Places(int directory, std::string prefix)
    : directory_(directory), prefix_(std::move(prefix)) {
  struct statfs status;
  has_groups_ = fstatfs(directory, &status) == 0 && status.f_type == EXT4_SUPER_MAGIC;
}

std::string Places::make_directory(std::uint64_t files) {
  std::string best;
  auto best_ns = UINT64_MAX;
  for (int i = 0; i < kTries; ++i) {
    auto name = prefix_ + random_id();
    host::make_directory(directory_, name);
    if (!has_groups_) return name;
    // A place that was left lately is only taken when there is no other.
    const auto penalty_ns = left_lately(place_of(name, files)) ? 1'000'000'000 : 0;
    const auto ns = probe(name);
    quickest_ns_ = std::min(quickest_ns_, ns);
    const bool better = ns + penalty_ns < best_ns;
    const auto& worse = better ? best : name;
    if (!worse.empty()) remove_tree(directory_, worse);
    if (better) best = std::move(name), best_ns = ns + penalty_ns;
    if (best_ns < 2 * quickest_ns_ + 10'000) break;
  }
  places_[best] = place_of(best, files);
  return best;
}

void Places::leave(const std::string& name) {
  const auto place = places_.find(name);
  if (place == places_.end()) return;
  for (std::uint64_t i = 0; i < place->second.groups; ++i)
    left_at_ns_[place->second.first_group + i] = now();
  places_.erase(place);
}

/// The files of a directory go to its own group first, then to the next ones.
Places::Place Places::place_of(const std::string& name, std::uint64_t files) const {
  struct stat status;
  check(fstatat(directory_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW), name.c_str());
  return {status.st_ino / kInodesPerGroup, 1 + files / kInodesPerGroup + kNearby};
}

bool Places::left_lately(const Place& place) const {
  const auto begin = left_at_ns_.lower_bound(place.first_group);
  const auto end = left_at_ns_.lower_bound(place.first_group + place.groups);
  return std::any_of(begin, end, [time = now()](const auto& left) {
    return time - left.second < kForgottenAfterNs;
  });
}

/// How long it takes there to make a file: the shortest of a few times.
std::uint64_t Places::probe(const std::string& name) const {
  const auto directory = open_below(directory_, name);
  auto shortest = UINT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const auto begin = now();
    const auto file = open_file_below(directory, "probe", O_WRONLY | O_CREAT | O_EXCL, 0600);
    shortest = std::min(shortest, now() - begin);
    check(unlinkat(directory, "probe", 0), "probe");
  }
  return shortest;
}

}  // namespace iodyno::host
