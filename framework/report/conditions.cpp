#include "report/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(value)) return {};
  return value;
}

/// What a key is at a point of a phase; empty where the result does not say.
std::string effective(const ReadResults& results, const ReadCase& one, const std::string& key) {
  for (const auto& [swept, value] : one.point)
    if (swept == key) return value;
  return results.stated("phase." + one.phase + "." + key);
}

bool is_swept(const ReadCase& one, const std::string& key) {
  return std::ranges::any_of(one.point, [&](const auto& swept) { return swept.first == key; });
}

/// "100 B" where it is a whole number of them, "1.23 MB" of a mean.
std::string bytes_text(double bytes) {
  if (bytes == std::floor(bytes) && bytes < 1e15) return format_bytes(std::uint64_t(bytes));
  return format_rate(bytes, "B");
}

}  // namespace

bool is_in_memory(const std::string& file_system) {
  static constexpr std::array<std::string_view, 2> kInMemory = {"tmpfs", "ramfs"};
  return std::ranges::find(kInMemory, file_system) != kInMemory.end();
}

std::optional<double> stated_number(const ReadResults& results, const std::string& key) {
  return number_in(results.stated(key));
}

Conditions conditions_of(const ReadResults& results, const ReadCase& one) {
  Conditions at;
  at.operation = effective(results, one, "op");
  at.cache = effective(results, one, "cache");
  at.metadata = effective(results, one, "metadata");
  at.durability = effective(results, one, "durability");
  at.direct = effective(results, one, "direct") == "true";
  at.depth = number_in(effective(results, one, "depth"));
  at.block_bytes = number_in(effective(results, one, "block"));
  const auto files = stated_number(results, "dataset.files");
  const auto bytes = stated_number(results, "dataset.bytes");
  at.files = is_swept(one, "files") ? number_in(effective(results, one, "files")) : files;
  if (is_swept(one, "size"))
    at.file_bytes = number_in(effective(results, one, "size"));
  else if (files && bytes && *files > 0)
    at.file_bytes = *bytes / *files;
  const bool by_device = at.direct || at.cache == "cold" || at.durability == "each" ||
                         at.durability == "end" || at.operation.find("fsync") != std::string::npos;
  const std::string file_system = results.stated("file_system");
  at.may_wait_for_device = by_device && !file_system.empty() && !is_in_memory(file_system);
  return at;
}

std::string to_text(const Conditions& at) {
  std::vector<std::string> parts;
  if (!at.operation.empty()) parts.push_back(at.operation);
  if (at.block_bytes) parts.push_back("blocks of " + bytes_text(*at.block_bytes));
  if (at.files)
    parts.push_back(counted(std::size_t(*at.files), "file") +
                    (at.file_bytes ? " of " + bytes_text(*at.file_bytes) : ""));
  if (at.depth) parts.push_back(fmt::format("depth {:.0f}", *at.depth));
  if (!at.cache.empty()) parts.push_back("data " + at.cache);
  if (!at.metadata.empty()) parts.push_back("names " + at.metadata);
  if (at.direct) parts.push_back("direct");
  if (!at.durability.empty()) parts.push_back("durability " + at.durability);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string surroundings_text(const ReadResults& results) {
  std::vector<std::string> parts;
  std::string place = results.stated("file_system");
  if (const auto device = results.stated("device"); !device.empty()) place += " on " + device;
  if (const auto model = results.stated("device_model"); !model.empty()) place += ", " + model;
  if (!place.empty()) parts.push_back(place);
  if (const auto kernel = results.stated("kernel"); !kernel.empty())
    parts.push_back("Linux " + kernel);
  std::string machine = results.stated("cpu_model");
  if (const auto cpus = stated_number(results, "cpus"))
    machine += (machine.empty() ? "" : ", ") + counted(std::size_t(*cpus), "CPU");
  if (const auto kind = results.stated("virtualization"); !kind.empty() && kind != "no")
    machine += machine.empty() ? "virtual machine" : ", virtual machine";
  if (!machine.empty()) parts.push_back(machine);
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace iodyno::host
