#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/compare_words.hpp"
#include "report/gbench.hpp"
#include "report/page_parts.hpp"
#include "report/statistics.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTrialsShown = 60'000, kTrialsLeast = 20;
constexpr std::size_t kTextShown = 500, kContextKeys = 2000;

Json text(const std::string& of_anybody) { return shortened(clean_text(of_anybody), kTextShown); }

/// Six digits are more than any measurement has, and a third of the bytes.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0) return 0;
  const int digits = 6 - int(std::ceil(std::log10(std::abs(value))));
  if (digits < -300 || digits > 300) return value;
  const double scale = std::pow(10.0, std::abs(digits));
  const double rounded =
      digits >= 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
  if (rounded == std::floor(rounded) && std::abs(rounded) < 1e15) return std::int64_t(rounded);
  return rounded;
}

// --- Cases

/// The values of the sweep's keys: cases have their numbers.
class Sweep {
 public:
  explicit Sweep(const PageScenario& scenario) : keys_(scenario.swept), values_(keys_.size()) {
    for (const PageCase& one : scenario.cases)
      for (const auto& [key, value] : one.read->point) {
        auto& values = values_[place(key)];
        if (std::ranges::find(values, value) == values.end()) values.push_back(value);
      }
  }

  /// A number for each key; null where the case's point lacks it.
  Json point(const ReadCase& one) const {
    Json numbers(keys_.size(), nullptr);
    for (const auto& [key, value] : one.point) {
      const auto& values = values_[place(key)];
      numbers[place(key)] = std::ranges::find(values, value) - values.begin();
    }
    return numbers;
  }

  Json to_json() const {
    Json swept = Json::array();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      Json values = Json::array(), texts = Json::array();
      for (const std::string& value : values_[i]) {
        const std::string shown = point_texts({{keys_[i], value}}).front();
        values.push_back(text(value));
        texts.push_back(text(shown.substr(std::min(keys_[i].size() + 1, shown.size()))));
      }
      swept.push_back({{"key", text(keys_[i])}, {"values", values}, {"texts", texts}});
    }
    return swept;
  }

 private:
  std::size_t place(const std::string& key) const {
    return std::size_t(std::ranges::find(keys_, key) - keys_.begin());
  }
  std::vector<std::string> keys_;
  std::vector<std::vector<std::string>> values_;
};

/// At most so many of the trials, evenly chosen.
void add_trials(Json& to, const ReadCase& one, std::size_t most) {
  const auto& trials = one.repetitions;
  const std::size_t shown = std::min(trials.size(), most);
  Json blocks = Json::array(), real = Json::array(), cpu = Json::array();
  for (std::size_t i = 0; i < shown; ++i) {
    const Repetition& trial = trials[i * trials.size() / shown];
    blocks.push_back(trial.block);
    real.push_back(number(trial.real_time_ns));
    cpu.push_back(number(trial.cpu_time_ns));
  }
  to["trials"] = trials.size();
  to["blocks"] = blocks;
  to["real_time_ns"] = real;
  to["cpu_time_ns"] = cpu;
}

/// The quartiles of a counter; nothing where some trial lacks it.
Json quartiles(const ReadCase& one, const std::string& counter) {
  std::vector<double> values;
  for (const Repetition& trial : one.repetitions)
    if (const auto found = trial.counters.find(counter);
        found != trial.counters.end() && std::isfinite(found->second))
      values.push_back(found->second);
  if (values.size() != one.repetitions.size()) return nullptr;
  return {number(quantile(values, 0.25)), number(quantile(values, 0.75))};
}

/// The counters of which some case has a median.
std::vector<std::string> counter_names(const PageScenario& scenario) {
  std::map<std::string, bool> names;
  for (const PageCase& one : scenario.cases)
    for (const auto& [name, value] : one.figures.counters) names[name] = true;
  std::vector<std::string> list;
  for (const auto& [name, is_there] : names) list.push_back(name);
  return list;
}

Json case_json(const PageCase& one, const Sweep& sweep, const std::vector<std::string>& counters,
               std::size_t most_trials) {
  const ReadCase& read = *one.read;
  Json json = {
      {"name", text(read.name)},    {"phase", text(read.phase)}, {"backend", text(read.backend)},
      {"point", sweep.point(read)}, {"state", one.state},        {"label", text(read.label)}};
  if (!one.has_figures()) {
    json["missing"] = text(read.missing);
    return json;
  }
  add_trials(json, read, most_trials);
  Json medians = Json::array();
  for (const std::string& name : counters) {
    const auto found = one.figures.counters.find(name);
    medians.push_back(found == one.figures.counters.end() ? Json() : number(found->second));
  }
  json["counters"] = medians;
  const bool has_bytes = one.figures.counters.contains("bytes_per_second");
  json["throughput_quartiles"] =
      quartiles(read, has_bytes ? "bytes_per_second" : "items_per_second");
  return json;
}

// --- Comparisons

Json comparison_json(const Comparisons& all, const PageScenario& scenario,
                     const std::map<std::string, std::size_t>& places) {
  Json cases = Json::array(), not_compared = Json::array(), sentences = Json::array();
  for (const Comparison& one : all.cases) {
    const auto place = places.find(one.name);
    if (place == places.end()) continue;
    if (!one.compared()) {
      if (!scenario.cases[place->second].has_figures()) continue;  // it says why itself
      not_compared.push_back({place->second, text(one.not_compared)});
      continue;
    }
    const Assessment& it = one.assessment;
    const auto end = [&](double Interval::*side) {
      return it.ratio.within95 ? number(*it.ratio.within95.*side) : Json();
    };
    cases.push_back({place->second, number(it.ratio.value), end(&Interval::low),
                     end(&Interval::high), number(it.p_adjusted), it.blocks, to_text(it.relation)});
  }
  for (const PhaseComparisons& phase : by_phase(all))
    sentences.push_back(shortened(clean_text(phase_sentence(all, phase.phase)), 2000));
  return {{"baseline", text(all.baseline)},
          {"sentences", sentences},
          {"cases", cases},
          {"not_compared", not_compared}};
}

// --- History

Json history_json(const PageScenario& scenario, const std::map<std::string, std::size_t>& places) {
  Json runs = Json::array(), cases = Json::object();
  if (scenario.history.runs.size() < 2) return {{"runs", runs}, {"cases", cases}};
  for (const HistoryRun& run : scenario.history.runs) {
    Json apart = Json::array();
    for (const std::string& why : run.apart) apart.push_back(text(why));
    runs.push_back({{"time", utc_text(run.time_s)}, {"file", text(run.file)}, {"apart", apart}});
  }
  for (const HistoryCase& one : scenario.history.cases) {
    const auto place = places.find(one.name);
    if (place == places.end()) continue;
    Json points = Json::array();
    for (const HistoryPoint& point : one.runs) {
      if (point.missing.empty())
        points.push_back({{"run", point.run},
                          {"time", number(point.time_ns)},
                          {"spread", point.trials > 1 ? number(point.spread) : Json()}});
      else
        points.push_back({{"run", point.run}, {"missing", text(point.missing)}});
    }
    cases[std::to_string(place->second)] = points;
  }
  return {{"runs", runs}, {"cases", cases}};
}

// --- All

/// What is of single cases stands with them.
Json context_json(const ReadResults& results) {
  Json context = Json::object();
  for (const auto& [key, value] : results.context) {
    if (key.starts_with("iodyno.validity.") || key.starts_with("iodyno.skipped.")) continue;
    if (context.size() == kContextKeys) {
      context["…"] = "there is more in the result file";
      break;
    }
    context[shortened(key, kTextShown)] = text(value);
  }
  return context;
}

Json scenario_json(const PageScenario& scenario) {
  std::map<std::string, std::size_t> places;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < scenario.cases.size(); ++i) {
    places[scenario.cases[i].read->name] = i;
    longest = std::max(longest, scenario.cases[i].read->repetitions.size());
  }
  const std::size_t most = std::max(kTrialsLeast, kTrialsShown / scenario.cases.size());
  const Sweep sweep(scenario);
  const auto counters = counter_names(scenario);
  Json names = Json::array(), cases = Json::array(), comparisons = Json::array();
  for (const std::string& name : counters) names.push_back(text(name));
  for (const PageCase& one : scenario.cases) cases.push_back(case_json(one, sweep, counters, most));
  for (const Comparisons& all : scenario.comparisons)
    comparisons.push_back(comparison_json(all, scenario, places));
  return {{"name", text(scenario.name)},
          {"file", text(scenario.file)},
          {"context", context_json(*scenario.results)},
          {"swept", sweep.to_json()},
          {"trials_thinned", longest > most ? Json(most) : Json()},
          {"counter_names", names},
          {"cases", cases},
          {"comparisons", comparisons},
          {"history", history_json(scenario, places)}};
}

/// Within JSON "<" stands in strings only, and there an escape says the same: no element begins or
/// ends in it. The two line ends of Unicode are none in scripts of old.
std::string without_markup(const std::string& json) {
  constexpr std::string_view kSeparators = "\xE2\x80";
  std::string safe;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i, 3);
    if (json[i] == '<') {
      safe += "\\u003c";
    } else if (rest.starts_with(kSeparators) &&
               (rest.ends_with('\xA8') || rest.ends_with('\xA9'))) {
      safe += rest.ends_with('\xA8') ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      safe += json[i];
    }
  }
  return safe;
}

}  // namespace

std::string page_data(const std::vector<PageScenario>& scenarios, const PageSettings& settings) {
  Json list = Json::array();
  for (const PageScenario& scenario : scenarios) list.push_back(scenario_json(scenario));
  const Json data = {{"format", 1},
                     {"program", settings.program},
                     {"threshold", settings.threshold},
                     {"scenarios", list}};
  return without_markup(data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace iodyno::host
