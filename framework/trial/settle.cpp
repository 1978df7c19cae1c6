#include "trial/settle.hpp"

#include <ctime>
#include <fstream>
#include <iodyno/config.hpp>
#include <iterator>
#include <vector>

namespace iodyno::host {
namespace {

constexpr std::uint64_t kQuietNs = 10'000'000, kLookNs = 2'000'000;
constexpr std::size_t kInFlight = 8;       // the field that says how many requests are in flight
constexpr std::size_t kTimes[] = {9, 10};  // these go on while something is in flight

/// The fields of a device's stat file but the times; none where it can't be read.
std::vector<std::uint64_t> look_at(const std::string& stat_file) {
  std::ifstream file(stat_file);
  std::vector<std::uint64_t> fields{std::istream_iterator<std::uint64_t>(file), {}};
  for (const auto field : kTimes)
    if (field < fields.size()) fields[field] = 0;
  return fields;
}

/// The number behind a name, as /proc writes them.
std::optional<std::uint64_t> find_number(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    std::uint64_t value = 0;
    if (word == name && file >> value) return value;
  }
  return {};
}

std::uint64_t memory_info_bytes(const char* name) {
  return find_number("/proc/meminfo", name).value_or(0) * 1024;
}

}  // namespace

bool wait_until_idle(const std::string& stat_file, std::uint64_t limit_ns) {
  const auto began = now();
  auto before = look_at(stat_file);
  if (before.size() <= kInFlight) return true;
  auto quiet_since = began;
  while (true) {
    const timespec pause{0, long(kLookNs)};
    nanosleep(&pause, nullptr);
    auto fields = look_at(stat_file);
    const auto when = now();
    if (fields.size() <= kInFlight) return true;
    if (fields[kInFlight] != 0 || fields != before) quiet_since = when;
    if (when - quiet_since >= kQuietNs) return true;
    if (when - began >= limit_ns) return false;
    before = std::move(fields);
  }
}

std::uint64_t system_unwritten_bytes() {
  return memory_info_bytes("Dirty:") + memory_info_bytes("Writeback:");
}

std::uint64_t memory_available_bytes() { return memory_info_bytes("MemAvailable:"); }

std::optional<std::uint64_t> device_read_bytes() {
  return find_number("/proc/self/io", "read_bytes:");
}

}  // namespace iodyno::host
