#include "report/gbench.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <locale>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

#include "report/statistics.hpp"

namespace iodyno::host {
namespace {

using Json = nlohmann::json;
using Reporter = benchmark::BenchmarkReporter;
using Rows = std::vector<Reporter::Run>;

// --- Rows

/// Google Benchmark takes totals in seconds and prints them divided by the iterations.
double accumulated_s(double per_iteration_ns, std::int64_t iterations) {
  return per_iteration_ns * double(iterations) / 1e9;
}

/// A number that is not finite would make the file unreadable: such a counter is left out.
void set_counter(Reporter::Run& row, const std::string& name, double value) {
  if (std::isfinite(value)) row.counters[name] = benchmark::Counter(value);
}

/// The part that all rows of a case have in common.
Reporter::Run row_of(const CaseResult& result, const Validity& validity) {
  Reporter::Run row;
  row.run_name.function_name = clean_text(result.name);
  row.family_index = result.family;
  row.per_family_instance_index = result.instance;
  row.report_label = clean_text(label_of(result, validity));
  row.repetitions = std::int64_t(result.samples.size());
  row.repetition_index = 0;
  row.threads = 1;
  row.time_unit = benchmark::kNanosecond;
  row.statistics = nullptr;
  row.memory_result = nullptr;
  return row;
}

Reporter::Run error_row(const CaseResult& result, const Validity& validity) {
  Reporter::Run row = row_of(result, validity);
  row.error_occurred = true;
  row.error_message = clean_text(validity.reason);
  row.iterations = 0;
  return row;
}

/// A case's trials by what is written of them: one value for each trial in each.
struct Columns {
  std::vector<double> requests, real_time_ns, cpu_time_ns;
  std::map<std::string, std::vector<double>> counters;
};

Columns columns_of(const CaseResult& result) {
  Columns columns;
  for (const Sample& sample : result.samples) {
    columns.requests.push_back(double(sample.requests));
    columns.real_time_ns.push_back(sample.real_time_ns());
    columns.cpu_time_ns.push_back(sample.cpu_time_ns());
  }
  columns.counters = counter_columns(result);
  return columns;
}

Reporter::Run repetition_row(const CaseResult& result, const Reporter::Run& common,
                             const Columns& columns, std::size_t trial) {
  Reporter::Run row = common;
  row.repetition_index = result.samples[trial].block;
  row.iterations = std::int64_t(result.samples[trial].requests);
  row.real_accumulated_time = accumulated_s(columns.real_time_ns[trial], row.iterations);
  row.cpu_accumulated_time = accumulated_s(columns.cpu_time_ns[trial], row.iterations);
  for (const auto& [name, values] : columns.counters) set_counter(row, name, values[trial]);
  return row;
}

using Statistic = double (*)(std::span<const double>);

struct Aggregate {
  const char* name;
  Statistic statistic;
  benchmark::StatisticUnit unit;
};

/// Google Benchmark's own, in its order. They are computed here because its ComputeStats aborts on
/// repetitions of unequal iterations and makes a NaN of a counter that is always 0.
constexpr Aggregate kAggregates[] = {
    {"mean", mean, benchmark::kTime},
    {"median", median, benchmark::kTime},
    {"stddev", standard_deviation, benchmark::kTime},
    {"cv", coefficient_of_variation, benchmark::kPercentage},
};

Reporter::Run aggregate_row(const Reporter::Run& common, const Columns& columns,
                            const Aggregate& aggregate) {
  Reporter::Run row = common;
  row.run_type = Reporter::Run::RT_Aggregate;
  row.aggregate_name = aggregate.name;
  row.aggregate_unit = aggregate.unit;
  row.iterations = std::int64_t(columns.requests.size());
  const double real = aggregate.statistic(columns.real_time_ns);
  const double cpu = aggregate.statistic(columns.cpu_time_ns);
  // A percentage is printed as it is, a time divided by the iterations.
  const bool is_time = aggregate.unit == benchmark::kTime;
  row.real_accumulated_time = is_time ? accumulated_s(real, row.iterations) : real;
  row.cpu_accumulated_time = is_time ? accumulated_s(cpu, row.iterations) : cpu;
  for (const auto& [name, values] : columns.counters) {
    set_counter(row, name, aggregate.statistic(values));
  }
  return row;
}

/// Every repetition and the aggregates, or the one row that says why there are none.
Rows all_rows(const CaseResult& result) {
  const Validity validity = judge(result);
  if (validity.verdict == Verdict::skipped) return {};
  if (validity.verdict == Verdict::failed || validity.verdict == Verdict::invalid) {
    return {error_row(result, validity)};
  }
  const Reporter::Run common = row_of(result, validity);
  const Columns columns = columns_of(result);
  Rows rows;
  for (std::size_t trial = 0; trial < result.samples.size(); ++trial) {
    rows.push_back(repetition_row(result, common, columns, trial));
  }
  if (result.samples.size() >= 2) {
    for (const Aggregate& aggregate : kAggregates) {
      rows.push_back(aggregate_row(common, columns, aggregate));
    }
  }
  return rows;
}

/// The medians, as if they were the one repetition of the case.
Rows median_row(const CaseResult& result) {
  const Validity validity = judge(result);
  if (validity.verdict != Verdict::ok && validity.verdict != Verdict::degraded) return {};
  const Columns columns = columns_of(result);
  Reporter::Run row = row_of(result, validity);
  row.repetitions = 1;
  row.iterations = std::int64_t(median(columns.requests));
  row.real_accumulated_time = accumulated_s(median(columns.real_time_ns), row.iterations);
  row.cpu_accumulated_time = accumulated_s(median(columns.cpu_time_ns), row.iterations);
  for (const auto& [name, values] : columns.counters) {
    if (!is_place(name)) set_counter(row, name, median(values));
  }
  return {row};
}

// --- Context

using Texts = std::map<std::string, std::string>;

/// A backend's note in one case: that of the first trial, which stands for all or is marked.
std::map<std::string, std::string> notes_of(const CaseResult& result) {
  Texts notes;
  std::set<std::string> differing;
  for (const Sample& sample : result.samples) {
    for (const auto& [key, note] : sample.notes) {
      if (notes.emplace(key, note).first->second != note) differing.insert(key);
    }
  }
  for (const std::string& key : differing) notes[key] += " (differs between trials)";
  return notes;
}

/// `note.<label>.<key>` where all cases of the label that have the note agree on it, otherwise one
/// `note.<label>.<key>.<case>` for each.
void add_notes(Texts& context, const std::vector<CaseResult>& cases) {
  std::map<std::string, Texts> by_key;  // note.<label>.<key>: case: note
  for (const CaseResult& result : cases) {
    for (const auto& [key, note] : notes_of(result)) {
      by_key[fmt::format("note.{}.{}", result.backend, key)].emplace(result.name, note);
    }
  }
  for (const auto& [key, notes] : by_key) {
    std::set<std::string> distinct;
    for (const auto& [name, note] : notes) distinct.insert(note);
    if (distinct.size() == 1) {
      context.emplace(key, *distinct.begin());
      continue;
    }
    for (const auto& [name, note] : notes) context.emplace(key + "." + name, note);
  }
}

/// All of our keys, without the prefix. What the runner stated stands, but for the version.
Texts context_of(const Results& results) {
  Texts context = results.context;
  context["format_version"] = kResultFormatVersion;
  for (const CaseResult& result : results.cases) {
    const Validity validity = judge(result);
    if (validity.verdict == Verdict::ok) continue;
    context.emplace("validity." + result.name, to_text(validity));
    if (validity.verdict == Verdict::skipped) {
      context.emplace("skipped." + result.name, validity.reason);
    }
  }
  add_notes(context, results.cases);
  return context;
}

/// Puts our keys behind those that JSONReporter wrote (AddCustomContext is global state and leaves
/// control characters as they are), and says how this program was built instead of its library,
/// which in Debian calls itself "debug".
std::string with_our_context(const std::string& reported, const Results& results) {
  constexpr std::string_view kLast = "    \"library_build_type\": ";
#ifdef NDEBUG
  constexpr std::string_view kBuildType = "release";
#else
  constexpr std::string_view kBuildType = "debug";
#endif
  const std::size_t begin = reported.rfind(kLast);
  const std::size_t end = reported.find('\n', begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::logic_error("Google Benchmark's context does not end as expected");
  }
  Texts cleaned;  // a second time in order: cleaning may make two keys one
  for (const auto& [key, value] : context_of(results)) {
    cleaned.emplace("iodyno." + clean_text(key), clean_text(value));
  }
  std::string ours = fmt::format("{}\"{}\"", kLast, kBuildType);
  for (const auto& [key, value] : cleaned) {
    ours += fmt::format(",\n    {}: {}", Json(key).dump(), Json(value).dump());
  }
  return reported.substr(0, begin) + ours + reported.substr(end);
}

// --- File

/// JSONReporter formats numbers through streams of its own, which have the global locale: with
/// another than the classic one it writes "1.234" for 1234. Some library may have set one.
class ClassicLocale {
 public:
  ClassicLocale()
      : c_locale_(std::setlocale(LC_ALL, nullptr)),
        locale_(std::locale::global(std::locale::classic())) {}
  ~ClassicLocale() {
    std::locale::global(locale_);
    std::setlocale(LC_ALL, c_locale_.c_str());
  }
  ClassicLocale(const ClassicLocale&) = delete;
  ClassicLocale& operator=(const ClassicLocale&) = delete;

 private:
  std::string c_locale_;
  std::locale locale_;
};

/// The strict parser knows no NaN, no control character in a string and no broken UTF-8.
void check(const std::string& text, std::size_t row_count) {
  std::size_t found = 0;
  try {
    found = Json::parse(text).at("benchmarks").size();
  } catch (const Json::exception& error) {
    throw std::logic_error(fmt::format("the result file is not JSON: {}", error.what()));
  }
  if (found != row_count) {
    throw std::logic_error(fmt::format("{} rows instead of {}", found, row_count));
  }
}

std::string file_of(const Results& results, Rows (*rows_of)(const CaseResult&)) {
  const ClassicLocale classic;
  std::ostringstream out, errors;
  benchmark::JSONReporter reporter;
  reporter.SetOutputStream(&out);
  reporter.SetErrorStream(&errors);
  Reporter::Context::executable_name = "iodyno";
  reporter.ReportContext(Reporter::Context());
  std::string text = with_our_context(out.str(), results);

  out.str("");
  std::size_t row_count = 0;
  for (const CaseResult& result : results.cases) {
    const Rows rows = rows_of(result);
    reporter.ReportRuns(rows);
    row_count += rows.size();
  }
  reporter.Finalize();
  text += out.str();
  check(text, row_count);
  return text;
}

}  // namespace

std::string gbench_results(const Results& results) { return file_of(results, all_rows); }
std::string gbench_summary(const Results& results) { return file_of(results, median_row); }

std::string clean_text(std::string_view text) {
  // Nearly all texts are: what follows takes a hundred times as long.
  if (std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; }))
    return std::string(text);
  // Out and in again: the library replaces what is not UTF-8.
  const std::string utf8 =
      Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
          .get<std::string>();
  std::string cleaned;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    // U+0080 to U+009F, the other control characters, are C2 80 to C2 9F.
    const bool wide_control =
        byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0;
    const bool control = byte < 0x20 || byte == 0x7F || wide_control;
    cleaned += control ? ' ' : utf8[i];
    if (wide_control) ++i;
  }
  return cleaned;
}

}  // namespace iodyno::host
