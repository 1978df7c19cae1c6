#include "report/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "report/agreement.hpp"
#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

/// Google Benchmark's date: "2026-11-27T10:59:01+01:00". 0 where it is none.
std::int64_t seconds_of(const std::string& date) {
  using namespace std::chrono;
  int y = 0, m = 0, d = 0, hour = 0, minute = 0, second = 0, zone_hour = 0, zone_minute = 0;
  char sign = '+';
  const int read = std::sscanf(date.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &y, &m, &d, &hour,
                               &minute, &second, &sign, &zone_hour, &zone_minute);
  const year_month_day day{year{y}, month{unsigned(m)}, std::chrono::day{unsigned(d)}};
  if (read < 6 || !day.ok()) return 0;
  const int zone_s = (zone_hour * 60 + zone_minute) * 60 * (sign == '-' ? -1 : 1);
  return std::int64_t(sys_days(day).time_since_epoch().count()) * 86'400 + hour * 3600 +
         minute * 60 + second - zone_s;
}

std::string value_of(const ReadResults& results, const std::string& key) {
  const auto found = results.context.find(key);
  return found == results.context.end() ? std::string() : found->second;
}

/// What keeps a run's figures apart, in words; nothing where the difference does not.
std::optional<std::string> apart_by(const Difference& one) {
  const std::string value = one.baseline.empty() ? "not stated" : one.baseline;
  if (one.key == "host_name" || one.key == "iodyno.cpu_model" || one.key == "iodyno.cpus")
    return "another machine";
  if (one.key == "iodyno.device_model" || one.key == "iodyno.device_rotational")
    return "another device";
  if (!one.refused) return {};
  if (one.key == "iodyno.file_system") return "file system " + value;
  if (one.key == "iodyno.quick") return one.baseline == "true" ? "quick" : "not quick";
  if (one.key == "iodyno.format_version") return "another version of the format";
  return "another scenario or other settings";
}

HistoryRun run_of(const NamedResults& named, const ReadResults& newest) {
  const ReadResults& results = named.results;
  HistoryRun run;
  run.file = named.file;
  run.time_s = seconds_of(value_of(results, "date"));
  run.host = value_of(results, "host_name");
  run.version = results.stated("version");
  run.commit = results.stated("commit");
  for (const ReadCase& one : results.cases)
    run.backends[one.backend] = results.stated("backend." + one.backend + ".version");
  for (const Difference& difference : differences(results, newest))
    if (const auto why = apart_by(difference);
        why && std::ranges::find(run.apart, *why) == run.apart.end())
      run.apart.push_back(*why);
  run.doubts = doubts_about(results);
  return run;
}

HistoryPoint point_of(std::size_t run, const ReadCase& one) {
  HistoryPoint point;
  point.run = run;
  point.missing = one.missing;
  point.label = one.label;
  point.trials = one.repetitions.size();
  if (!one.missing.empty()) return point;
  std::vector<double> times;
  for (const Repetition& trial : one.repetitions) times.push_back(trial.real_time_ns);
  point.time_ns = median(times);
  point.spread = relative_spread(times);
  return point;
}

}  // namespace

History history_of(std::vector<NamedResults> named,
                   const std::function<bool(const std::string&)>& wanted) {
  const auto order = [](const NamedResults& one) {
    return std::pair(seconds_of(value_of(one.results, "date")), std::string_view(one.file));
  };
  std::ranges::sort(named, {}, order);
  History history;
  const ReadResults& newest = named.back().results;
  history.scenario = newest.cases.front().scenario;
  std::map<std::string, std::size_t> places;
  // From the newest on, so that the cases stand in its order; those that it lacks come last.
  for (auto i = named.size(); i-- > 0;)
    for (const ReadCase& one : named[i].results.cases) {
      if (!wanted(one.name)) continue;
      const auto [place, is_new] = places.emplace(one.name, history.cases.size());
      if (is_new) history.cases.push_back({one.name, one.phase, one.backend, one.point, {}});
      history.cases[place->second].runs.push_back(point_of(i, one));
    }
  for (HistoryCase& one : history.cases) std::ranges::reverse(one.runs);
  for (const NamedResults& one : named) history.runs.push_back(run_of(one, newest));
  return history;
}

std::string utc_text(std::int64_t time_s) {
  using namespace std::chrono;
  if (time_s == 0) return "unknown time";
  const sys_seconds time{seconds(time_s)};
  const auto date = floor<days>(time);
  const year_month_day day(date);
  const auto minutes_of_day = duration_cast<minutes>(time - date).count();
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}", int(day.year()), unsigned(day.month()),
                     unsigned(day.day()), minutes_of_day / 60, minutes_of_day % 60);
}

}  // namespace iodyno::host
