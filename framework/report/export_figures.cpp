#include "report/export_figures.hpp"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <string_view>
#include <vector>

#include "report/results.hpp"
#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kNameBytes = 1024;  // Bencher's limit, the lowest

Spread spread_of(const std::vector<double>& values) {
  return {median(values), quantile(values, 0.25), quantile(values, 0.75)};
}

/// The values of a counter; fewer than there are trials where some lack it.
std::vector<double> column(const ReadCase& one, const std::string& counter) {
  std::vector<double> values;
  for (const Repetition& trial : one.repetitions)
    if (const auto found = trial.counters.find(counter);
        found != trial.counters.end() && std::isfinite(found->second))
      values.push_back(found->second);
  return values;
}

}  // namespace

CaseFigures figures_of(const ReadCase& one) {
  CaseFigures figures;
  figures.trials = one.repetitions.size();
  std::vector<double> real, rate, cpu;
  for (const Repetition& trial : one.repetitions) {
    real.push_back(trial.real_time_ns);
    rate.push_back(std::min(1e9 / trial.real_time_ns, DBL_MAX));
    if (std::isfinite(trial.cpu_time_ns)) cpu.push_back(trial.cpu_time_ns);
  }
  // The same figure, but for a lifecycle, of which the whole counts as one request.
  if (const auto counted = column(one, "items_per_second"); counted.size() == figures.trials)
    rate = counted;
  figures.real_time_ns = spread_of(real);
  figures.requests_per_second = spread_of(rate);
  if (cpu.size() == figures.trials) figures.cpu_time_ns = median(cpu);
  for (const auto& [name, first] : one.repetitions.front().counters)
    if (const auto values = column(one, name); !is_place(name) && values.size() == figures.trials)
      figures.counters[name] = median(values);
  return figures;
}

std::string state_of(const ReadCase& one) {
  static constexpr std::array<std::string_view, 6> kStates = {"ok",     "degraded", "synthetic",
                                                              "failed", "invalid",  "skipped"};
  constexpr std::string_view kSynthetic = "synthetic; ";
  std::string_view text = one.missing.empty() ? one.label : one.missing;
  // That it failed says more than that it would have been synthetic.
  if (!one.missing.empty() && text.starts_with(kSynthetic)) text.remove_prefix(kSynthetic.size());
  const std::string_view word = text.substr(0, text.find_first_of(":;, "));
  return std::ranges::find(kStates, word) == kStates.end() ? "unknown" : std::string(word);
}

std::string exported_name(const std::string& name) {
  std::string plain = name.substr(0, kNameBytes);
  for (char& c : plain) {
    const bool token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.:/-").find(c) != std::string_view::npos;
    if (!token) c = '_';
  }
  return plain;
}

std::string shortened(const std::string& text, std::size_t characters_max) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && characters++ == characters_max) return text.substr(0, i) + "…";
  }
  return text;
}

}  // namespace iodyno::host
