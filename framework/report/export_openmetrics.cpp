#include <fmt/format.h>

#include <set>

#include "report/export.hpp"
#include "report/export_figures.hpp"

namespace iodyno::host {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kLabelCharacters = 1024;

/// In a label's value a backslash, a quotation mark and the end of a line are escaped.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : shortened(text, kLabelCharacters)) {
    if (c == '\n') {
      safe += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') safe += '\\';
    safe += c;
  }
  return safe;
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`, none of our own and none of Prometheus's, which begin with "__".
std::string label_name(const std::string& key) {
  static const std::set<std::string> kTaken = {"scenario", "phase", "backend", "percentile",
                                               "state",    "le",    "quantile"};
  std::string name;
  for (const char c : key)
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  const bool odd = name.empty() || name.starts_with('_') || (name[0] >= '0' && name[0] <= '9');
  return odd || kTaken.contains(name) ? "key_" + name : name;
}

std::string labels_of(const ReadCase& one, const Labels& more = {}) {
  Labels labels = {{"scenario", one.scenario}, {"phase", one.phase}, {"backend", one.backend}};
  for (const auto& [key, value] : one.point) labels.emplace_back(label_name(key), value);
  labels.insert(labels.end(), more.begin(), more.end());
  std::string text;
  std::set<std::string> seen;
  for (auto& [name, value] : labels) {
    while (!seen.insert(name).second) name += '_';  // two keys have become one
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value));
  }
  return "{" + text + "}";
}

struct Sample {
  Labels labels;
  double value = 0;
};
using Samples = std::vector<Sample>;

/// A gauge. Its name ends in its unit, where that has a name.
struct Family {
  std::string_view name, unit, help;
  Samples (*samples)(const ReadCase&, const CaseFigures&);
};

/// A counter of the case by its factor to the unit.
Samples counter(const CaseFigures& figures, const char* name, double factor = 1) {
  const auto found = figures.counters.find(name);
  return found == figures.counters.end() ? Samples() : Samples{{{}, found->second * factor}};
}

Samples percentiles(const ReadCase&, const CaseFigures& figures) {
  static constexpr std::pair<const char*, const char*> kPercentiles[] = {
      {"p50_ns", "50"}, {"p90_ns", "90"}, {"p99_ns", "99"}, {"p999_ns", "99.9"}};
  Samples all;
  for (const auto& [name, percentile] : kPercentiles)
    for (const Sample& one : counter(figures, name, 1e-9))
      all.push_back({{{"percentile", percentile}}, one.value});
  return all;
}

constexpr Family kFamilies[] = {
    {"iodyno_request_seconds", "seconds", "Wall time per request, median over the trials.",
     [](const ReadCase&, const CaseFigures& f) {
       return Samples{{{}, f.real_time_ns.median / 1e9}};
     }},
    {"iodyno_request_cpu_seconds", "seconds", "CPU time per request, median over the trials.",
     [](const ReadCase&, const CaseFigures& f) {
       return f.cpu_time_ns ? Samples{{{}, *f.cpu_time_ns / 1e9}} : Samples();
     }},
    {"iodyno_latency_seconds", "seconds", "Latency of a request, median over the trials.",
     percentiles},
    {"iodyno_requests_per_second", "", "Requests per second of wall time.",
     [](const ReadCase&, const CaseFigures& f) {
       return Samples{{{}, f.requests_per_second.median}};
     }},
    {"iodyno_bytes_per_second", "", "Bytes per second of wall time, where bytes are the measure.",
     [](const ReadCase&, const CaseFigures& f) { return counter(f, "bytes_per_second"); }},
    {"iodyno_trials", "", "Trials behind the figures of a case.",
     [](const ReadCase&, const CaseFigures& f) {
       return Samples{{{}, double(f.trials)}};
     }},
};

std::string heading(std::string_view name, std::string_view unit, std::string_view help) {
  std::string text = fmt::format("# TYPE {} gauge\n", name);
  if (!unit.empty()) text += fmt::format("# UNIT {} {}\n", name, unit);
  return text + fmt::format("# HELP {} {}\n", name, help);
}

std::string family_text(const Family& family, const ExportedRuns& runs) {
  std::string text;
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases) {
      if (!one.missing.empty()) continue;
      for (const Sample& sample : family.samples(one, figures_of(one)))
        text += fmt::format("{}{} {}\n", family.name, labels_of(one, sample.labels), sample.value);
    }
  return text.empty() ? text : heading(family.name, family.unit, family.help) + text;
}

/// That a case failed is what one wants an alarm for: its state is a label, as figures it has none.
std::string states_text(const ExportedRuns& runs) {
  constexpr std::string_view kName = "iodyno_case_state";
  std::string text = heading(kName, "", "1 for the state that a case is in.");
  for (const ExportedRun& run : runs)
    for (const ReadCase& one : run.results.cases)
      text += fmt::format("{}{} 1\n", kName, labels_of(one, {{"state", state_of(one)}}));
  return text;
}

}  // namespace

std::string export_openmetrics(const ExportedRuns& runs) {
  std::string text;
  for (const Family& family : kFamilies) text += family_text(family, runs);
  return text + states_text(runs) + "# EOF\n";
}

}  // namespace iodyno::host
