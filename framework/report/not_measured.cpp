// What a result does not say, so that nobody reads it out of it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/optimization.hpp"
#include "report/table.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kReasons = 10;
constexpr std::size_t kCharacters = 200;

/// The cases without figures, by their reasons.
void add_missing(const ReadResults& results, std::vector<std::string>& sentences) {
  std::vector<std::pair<std::string, std::vector<const ReadCase*>>> by_reason;
  std::map<std::string, std::size_t> places;
  for (const ReadCase& one : results.cases) {
    if (one.missing.empty()) continue;
    const auto [place, is_new] = places.emplace(one.missing, by_reason.size());
    if (is_new) by_reason.push_back({one.missing, {}});
    by_reason[place->second].second.push_back(&one);
  }
  for (std::size_t i = 0; i < std::min(by_reason.size(), kReasons); ++i) {
    const auto& [reason, cases] = by_reason[i];
    std::string which =
        shortened(cases.front()->work() + " of " + cases.front()->backend, kCharacters);
    if (cases.size() > 1) which += fmt::format(" and {} more", cases.size() - 1);
    sentences.push_back(fmt::format("{}: {}.", which, shortened(reason, kCharacters)));
  }
  if (by_reason.size() > kReasons)
    sentences.push_back(fmt::format("Cases without figures for {}.",
                                    counted(by_reason.size() - kReasons, "other reason")));
}

/// What of all that a scenario may ask for some case with figures has had.
struct Had {
  bool cold = false, cold_names = false, durable = false, open_loop = false, several_points = false;
  double drain_ns = 0;       ///< the longest, a median
  std::size_t deferred = 0;  ///< cases that put writes off
};

Had had_by(const ReadResults& results) {
  Had had;
  std::map<std::string, std::string> works;
  for (const ReadCase& one : results.cases) {
    if (!one.missing.empty() || one.synthetic()) continue;
    const Conditions at = conditions_of(results, one);
    had.cold |= at.cache == "cold" || at.direct;
    had.cold_names |= at.metadata == "cold";
    const bool durable = at.durability == "each" || at.durability == "end";
    had.durable |= durable;
    had.open_loop |= one.label.find("open loop") != std::string::npos;
    had.several_points |= works.emplace(one.phase, one.work()).first->second != one.work();
    const auto counters = figures_of(one).counters;
    const auto drain = counters.find("drain_ns");
    if (durable || drain == counters.end() || drain->second <= 0) continue;
    ++had.deferred;
    had.drain_ns = std::max(had.drain_ns, drain->second);
  }
  return had;
}

void add_conditions(const ReadResults& results, std::vector<std::string>& sentences) {
  const Had had = had_by(results);
  if (!had.cold)
    sentences.push_back("Data that is not in the page cache: no case was cold or direct.");
  if (!had.cold_names)
    sentences.push_back(
        std::string("Names and inodes that are not in memory: no case had cold metadata") +
        (results.stated("root") == "false" ? ", which needs root." : "."));
  if (had.deferred != 0 && !is_in_memory(results.stated("file_system")))
    sentences.push_back(fmt::format(
        "Writing to the device: {} left it for later, and it took up to {} after the clock.",
        counted(had.deferred, "case"), format_duration(had.drain_ns)));
  if (!had.durable)
    sentences.push_back("Durability: no case waited until its writes were on the device.");
  if (!had.open_loop)
    sentences.push_back(
        "Latency at a given load: no case had a rate, each request began when one before was "
        "done.");
  if (had.several_points)
    sentences.push_back(
        "Points against each other: only the backends of one point were run in the same blocks.");
}

void add_surroundings(const ReadResults& results, std::vector<std::string>& sentences) {
  const std::string file_system = results.stated("file_system");
  if (is_in_memory(file_system))
    sentences.push_back("Any device: " + file_system + " is in memory.");
  if (const auto device = results.stated("device");
      device.starts_with("loop") || device.starts_with("ram") || device.starts_with("zram"))
    sentences.push_back("A real device: behind " + shortened(device, kCharacters) +
                        " there is a file, or memory.");
  if (const auto why = results.stated("host_overhead"); !why.empty())
    sentences.push_back("What the host itself costs: " + shortened(why, kCharacters) + ".");
  sentences.push_back(
      "Other machines, other file systems, an aged or fuller one, another day: this is one of "
      "each.");
}

}  // namespace

std::vector<std::string> not_measured(const ReadResults& results) {
  std::vector<std::string> sentences;
  add_missing(results, sentences);
  add_conditions(results, sentences);
  add_surroundings(results, sentences);
  return sentences;
}

}  // namespace iodyno::host
