#include "report/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "report/gbench.hpp"
#include "report/statistics.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

// --- Figures

/// Three significant digits of a value below 999.5, whole from 100 on: "1.23", "45.6", "412".
std::string three_digits(double value) {
  if (value == 0) return "0";
  // Compared as rounded, so that 9.996 is "10.0" and not "10.00".
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

/// The value in the first of the units, each a thousand of the one before, in which it is below a
/// thousand; more than that in the last.
struct Scaled {
  std::string digits;
  std::string_view unit;
};

Scaled scale(double value, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  return {three_digits(value), units[unit]};
}

// --- Validity

std::string_view style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::degraded: return kYellow;
    case Verdict::failed:
    case Verdict::invalid: return kRed;
    case Verdict::skipped: return kDim;
    case Verdict::ok: return "";
  }
  return "";
}

// --- Rows

struct Column {
  std::string_view title;
  std::size_t width;  // of its widest usual text: "45.6 ms", "± 12.3 %", "4.56 GB/s"
};
constexpr Column kColumns[] = {
    {"median", 7}, {"spread", 8}, {"throughput", 10}, {"CPU/request", 11}};
constexpr std::size_t kReasonIndent = 6;

struct Row {
  std::string who;                   // backend and point, padded
  std::vector<std::string> figures;  // one for each column; none without a result
  Verdict verdict;
  std::string remark;  // validity and reason
};

std::vector<std::string> figures_of(const CaseResult& result) {
  std::vector<double> real_time_ns, cpu_time_ns, per_second;
  // What shares its extents has moved no bytes: "6 TB/s" would be of nothing.
  const bool counts_bytes =
      result.counts_bytes && std::none_of(result.samples.begin(), result.samples.end(),
                                          [](const Sample& sample) { return sample.shares_all(); });
  for (const Sample& sample : result.samples) {
    const double wall_s = double(sample.wall_ns) / 1e9;
    real_time_ns.push_back(sample.real_time_ns());
    cpu_time_ns.push_back(sample.cpu_time_ns());
    const auto amount = double(counts_bytes ? sample.bytes : sample.requests);
    per_second.push_back(wall_s > 0 ? amount / wall_s : 0);
  }
  const bool repeated = real_time_ns.size() > 1;
  const double spread_percent = 100 * relative_spread(real_time_ns);
  return {format_duration(median(real_time_ns)),
          repeated ? fmt::format("± {:.1f} %", spread_percent) : "-",
          format_rate(median(per_second), counts_bytes ? "B/s" : "/s"),
          format_duration(median(cpu_time_ns))};
}

std::vector<Row> rows_of(const std::vector<const CaseResult*>& cases) {
  std::vector<std::pair<std::string, SweptPoint>> named;
  for (const CaseResult* result : cases) named.emplace_back(result->backend, result->point);
  const std::vector<std::string> names = aligned_names(named);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Validity validity = judge(*cases[i]);
    const bool has_result =
        validity.verdict == Verdict::ok || validity.verdict == Verdict::degraded;
    rows.push_back({names[i], has_result ? figures_of(*cases[i]) : std::vector<std::string>(),
                    validity.verdict, clean_text(label_of(*cases[i], validity))});
  }
  return rows;
}

std::string row_text(const Row& row, std::size_t name_width, const Painter& paint) {
  std::string line = std::string(kGap) + left(row.who, name_width);
  for (std::size_t i = 0; i < row.figures.size(); ++i) {
    line.append(kGap).append(right(row.figures[i], kColumns[i].width));
  }
  line.append(kGap);
  const std::size_t used = width_of(line);
  // Behind figures a reason that does not fit stands below as a whole, not cut after a word.
  std::size_t room = kWidth > used ? kWidth - used : 1;
  if (!row.figures.empty() && width_of(row.remark) > room) room = 1;
  const auto remark = wrap(row.remark, room, kWidth - kReasonIndent);
  std::string text = line + paint(style_of(row.verdict), remark.front()) + "\n";
  for (std::size_t i = 1; i < remark.size(); ++i) {
    text += std::string(kReasonIndent, ' ') + paint(style_of(row.verdict), remark[i]) + "\n";
  }
  return text;
}

std::string phase_text(const std::string& phase, const std::vector<const CaseResult*>& cases,
                       const Painter& paint) {
  const std::vector<Row> rows = rows_of(cases);
  const std::string title = clean_text(phase);
  std::size_t name_width = std::max<std::size_t>(width_of(title), kGap.size()) - kGap.size();
  for (const Row& row : rows) name_width = std::max(name_width, width_of(row.who));

  std::string heading = left(title, kGap.size() + name_width);
  for (const Column& column : kColumns) {
    heading.append(kGap).append(right(column.title, column.width));
  }
  heading.append(kGap).append("validity");
  std::string text = paint(kDim, heading) + "\n";
  for (const Row& row : rows) text += row_text(row, name_width, paint);
  return text;
}

/// "small-files  ext4 in /mnt/data, 10 repetitions, seed 42", as far as it is known.
std::string title_text(const Results& results, const Painter& paint) {
  const auto stated = [&](const char* key) {
    const auto found = results.context.find(key);
    return found == results.context.end() ? std::string() : clean_text(found->second);
  };
  std::string place = stated("file_system");
  if (!stated("target").empty()) place += (place.empty() ? "in " : " in ") + stated("target");

  std::vector<std::string> facts;
  if (!place.empty()) facts.push_back(place);
  if (results.repetitions != 0) {
    facts.push_back(
        fmt::format("{} repetition{}", results.repetitions, results.repetitions == 1 ? "" : "s"));
  }
  if (!stated("seed").empty()) facts.push_back("seed " + stated("seed"));
  return paint(kBold, clean_text(results.scenario)) +
         (facts.empty() ? "" : fmt::format("  {}", fmt::join(facts, ", "))) + "\n";
}

/// "1.2 to 41 ns of a request": what the host itself costs, by the phases where it was measured.
std::string overhead_text(const Results& results) {
  std::vector<double> all_ns;
  for (const CaseResult& result : results.cases) {
    if (result.phase != "lifecycle" && result.host_overhead_ns)
      all_ns.push_back(*result.host_overhead_ns);
  }
  if (all_ns.empty()) return "";
  const auto [least, most] = std::minmax_element(all_ns.begin(), all_ns.end());
  const auto from = format_duration(*least), to = format_duration(*most);
  return fmt::format("Of a request the host itself costs {}; a smaller difference is none.\n",
                     from == to ? to : from + " to " + to);
}

/// What the columns mean, and how many cases are not ok.
std::string legend_text(const Results& results, const Painter& paint) {
  std::map<Verdict, std::size_t> counts;
  for (const CaseResult& result : results.cases) ++counts[judge(result).verdict];
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) {
    parts.push_back(fmt::format("{} {}", count, to_text(verdict)));
  }
  return paint(kDim,
               "Times are per request; spread is half the interquartile range over the median.\n" +
                   overhead_text(results)) +
         fmt::format("{} case{}: {}\n", results.cases.size(), results.cases.size() == 1 ? "" : "s",
                     fmt::join(parts, ", "));
}

}  // namespace

std::string time_spent_text(const Results& results) {
  static constexpr double kShown = 0.01;
  std::vector<std::pair<double, std::string>> parts;
  double total_s = 0, clock_s = 0;
  for (const auto& [what, spent_s] : results.spent_s) {
    total_s += spent_s;
    if (what == "clock")
      clock_s = spent_s;
    else
      parts.emplace_back(spent_s, what);
  }
  if (total_s <= 0) return "took no time";
  std::sort(parts.rbegin(), parts.rend());
  std::string text = fmt::format("took {}: {:.0f} % inside the clock",
                                 format_duration(total_s * 1e9), 100 * clock_s / total_s);
  for (const auto& [spent_s, what] : parts) {
    if (spent_s >= kShown * total_s)
      text += fmt::format(", {:.0f} % {}", 100 * spent_s / total_s, what);
  }
  return text;
}

std::string format_duration(double ns) {
  static constexpr std::array<std::string_view, 4> kUnits = {"ns", "us", "ms", "s"};
  if (!std::isfinite(ns)) return "-";
  const Scaled scaled = scale(ns, kUnits);
  return fmt::format("{} {}", scaled.digits, scaled.unit);
}

std::string format_rate(double per_second, std::string_view unit) {
  static constexpr std::array<std::string_view, 5> kPrefixes = {"", "k", "M", "G", "T"};
  if (!std::isfinite(per_second)) return "-";
  const Scaled scaled = scale(per_second, kPrefixes);
  return fmt::format("{} {}{}", scaled.digits, scaled.unit, unit);
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kBinary = {"B", "KiB", "MiB", "GiB", "TiB"};
  static constexpr std::array<std::string_view, 5> kDecimal = {"B", "KB", "MB", "GB", "TB"};
  const bool binary = bytes % 1024 == 0;
  const std::uint64_t step = binary ? 1024 : 1000;
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % step == 0 && unit + 1 < kBinary.size(); ++unit) bytes /= step;
  return fmt::format("{} {}", bytes, (binary ? kBinary : kDecimal)[unit]);
}

std::string results_table(const Results& results, bool color) {
  const Painter paint(color);
  std::vector<std::string> phases;
  std::map<std::string, std::vector<const CaseResult*>> by_phase;
  for (const CaseResult& result : results.cases) {
    auto& cases = by_phase[result.phase];
    if (cases.empty()) phases.push_back(result.phase);
    cases.push_back(&result);
  }
  std::string text = title_text(results, paint) + "\n";
  for (const std::string& phase : phases) {
    text += phase_text(phase, by_phase[phase], paint) + "\n";
  }
  return text + legend_text(results, paint);
}

}  // namespace iodyno::host
