#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/export.hpp"
#include "report/export_figures.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRemarkCharacters = 300;

/// Calls `add(case, figures)` for each case that has figures.
void each_case(const ExportedRuns& runs, auto add) {
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases)
      if (one.missing.empty()) add(one, figures_of(one));
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// What its pages show beside a point: a line each.
std::string remarks(const ReadCase& one, const CaseFigures& figures) {
  std::string text = fmt::format("requests/s: {:.6g}", figures.requests_per_second.median);
  if (figures.cpu_time_ns) text += fmt::format("\nCPU ns/request: {:.6g}", *figures.cpu_time_ns);
  if (const auto bytes = figures.counters.find("bytes_per_second"); bytes != figures.counters.end())
    text += fmt::format("\nbytes/s: {:.6g}", bytes->second);
  return text +
         fmt::format("\ntrials: {}\n{}", figures.trials, shortened(one.label, kRemarkCharacters));
}

Json metric(const Spread& spread) {
  return {{"value", spread.median}, {"lower_value", spread.low}, {"upper_value", spread.high}};
}

/// What a request takes. A rate sets that of an open loop, but not its latencies.
Spread time_of(const ReadCase& one, const CaseFigures& figures) {
  const auto half = figures.counters.find("p50_ns");
  if (!one.open_loop() || half == figures.counters.end()) return figures.real_time_ns;
  return {half->second, half->second, half->second};
}

}  // namespace

std::string export_gha_custom(const ExportedRuns& runs) {
  Json all = Json::array();
  each_case(runs, [&](const ReadCase& one, const CaseFigures& figures) {
    const Spread time = time_of(one, figures);
    all.push_back({{"name", exported_name(one.name)},
                   {"unit", "ns"},
                   {"value", time.median},
                   {"range", fmt::format("± {:.3g}", (time.high - time.low) / 2)},
                   {"extra", remarks(one, figures)}});
  });
  return text_of(all);
}

std::string export_bmf(const ExportedRuns& runs) {
  Json all = Json::object();
  each_case(runs, [&](const ReadCase& one, const CaseFigures& figures) {
    all.emplace(exported_name(one.name), Json{{"latency", metric(time_of(one, figures))},
                                              {"throughput", metric(figures.requests_per_second)}});
  });
  return text_of(all);
}

}  // namespace iodyno::host
