#include "report/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "report/agreement.hpp"
#include "report/compare.hpp"
#include "report/compare_words.hpp"
#include "report/ranking.hpp"
#include "report/statistics.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

constexpr double kThreshold = Rule{}.threshold;
constexpr std::size_t kReasonIndent = 6;
constexpr std::size_t kNameMost = 30;  // a longer one has a line of its own

// --- Validity

/// The label of a case begins with it, behind "synthetic; " where no I/O was done.
Verdict verdict_of(const ReadCase& one) {
  std::string_view text = one.missing.empty() ? one.label : one.missing;
  constexpr std::string_view kSynthetic = "synthetic; ";
  if (text.starts_with(kSynthetic)) text.remove_prefix(kSynthetic.size());
  using enum Verdict;
  for (const Verdict verdict : {degraded, invalid, failed, skipped})
    if (text.starts_with(to_text(verdict))) return verdict;
  return one.missing.empty() ? ok : failed;
}

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

// --- Figures

/// Of each repetition; none where one of them lacks it.
std::vector<double> values_of(const ReadCase& one, auto value) {
  std::vector<double> values;
  for (const Repetition& repetition : one.repetitions) values.push_back(value(repetition));
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) values.clear();
  return values;
}

std::vector<double> counter_of(const ReadCase& one, const std::string& name) {
  return values_of(one, [&](const Repetition& repetition) {
    const auto found = repetition.counters.find(name);
    return found == repetition.counters.end() ? NAN : found->second;
  });
}

std::string median_text(const std::vector<double>& ns) {
  return ns.empty() ? "-" : format_duration(median(ns));
}

std::string spread_text(const std::vector<double>& ns) {
  if (ns.size() < 2) return "-";
  const double percent = 100 * relative_spread(ns);
  return fmt::format("± {:.{}f} %", percent, percent < 99.95 ? 1 : 0);
}

/// Bytes where they are the measure. What shares its extents has moved none, and counts requests.
std::string throughput_text(const ReadCase& one) {
  if (const auto bytes = counter_of(one, "bytes_per_second"); !bytes.empty())
    return format_rate(median(bytes), "B/s");
  const auto requests = counter_of(one, "items_per_second");
  return requests.empty() ? "-" : format_rate(median(requests), "/s");
}

// --- Rows

struct Column {
  std::string title;
  std::size_t width;  // of its widest usual text: "45.6 ms", "4.56 GB/s", "1.26 × (1.20 to 1.33)"
};

/// What all phases have in common.
struct Layout {
  std::string baseline;  ///< empty: there is nobody to compare
  std::vector<Column> columns;
};

Layout layout_of(const std::string& baseline) {
  if (baseline.empty()) return {"", {{"median", 7}, {"spread", 8}, {"throughput", 10}, {"CPU", 7}}};
  constexpr std::size_t kRatio = 21;
  std::string title = "as fast as " + baseline;
  if (width_of(title) > kRatio) title = "as fast as baseline";
  return {baseline, {{"median", 7}, {"throughput", 10}, {"CPU", 7}, {title, kRatio}}};
}

struct Row {
  std::string lead;  // the mark and the indent
  std::string name;
  std::vector<std::string> figures;  // one for each column; none without a result
  Verdict verdict;
  std::string remark;  // validity and reason
};

/// The rows of one point, or of all where each backend is alone.
struct Group {
  std::string point;  // empty where the names of the rows have it, or there is none
  std::vector<Row> rows;
};

struct Phase {
  std::string name;
  std::vector<Race> races;
  std::vector<Group> groups;  // of the races, each for itself or all together
};

std::string mark_of(Place standing) {
  return standing == Place::fastest ? "* " : standing == Place::tied ? "~ " : "  ";
}

bool has(const std::vector<Phase>& phases, Place standing) {
  return std::ranges::any_of(phases, [&](const Phase& phase) {
    return std::ranges::any_of(phase.races, [&](const Race& race) {
      return std::ranges::find(race.standings, standing) != race.standings.end();
    });
  });
}

std::string ratio_cell(const ReadCase& one, const Layout& layout, const Comparison* against) {
  if (against && against->compared()) return as_fast_text(against->assessment);
  return one.backend == layout.baseline ? "baseline" : "-";
}

std::vector<std::string> figures_of(const ReadCase& one, const Layout& layout,
                                    const Comparison* against) {
  if (!one.missing.empty()) return {};
  const auto real_time = values_of(one, [](auto& it) { return it.real_time_ns; });
  const auto cpu_time = values_of(one, [](auto& it) { return it.cpu_time_ns; });
  std::vector<std::string> figures = {median_text(real_time), throughput_text(one),
                                      median_text(cpu_time)};
  if (layout.baseline.empty())
    figures.insert(figures.begin() + 1, spread_text(real_time));
  else
    figures.push_back(ratio_cell(one, layout, against));
  return figures;
}

Group group_of(const Race& race, const Layout& layout,
               const std::map<std::string, const Comparison*>& comparisons) {
  Group group;
  group.point = fmt::format("{}", fmt::join(point_texts(race.cases.front()->point), ", "));
  for (std::size_t i = 0; i < race.cases.size(); ++i) {
    const ReadCase& one = *race.cases[i];
    const auto against = comparisons.find(one.name);
    group.rows.push_back(
        {mark_of(race.standings[i]) + (group.point.empty() ? "" : "  "), one.backend,
         figures_of(one, layout, against == comparisons.end() ? nullptr : against->second),
         verdict_of(one), one.missing.empty() ? one.label : one.missing});
  }
  return group;
}

/// All points in one group, where they stand in the names: each alone would have few rows.
Group flat(const Phase& phase) {
  std::vector<std::pair<std::string, SweptPoint>> named;
  for (const Race& race : phase.races)
    for (const ReadCase* one : race.cases) named.emplace_back(one->backend, one->point);
  const auto names = aligned_names(named);
  Group all;
  for (const Group& group : phase.groups)
    for (Row row : group.rows) {
      row.lead.resize(kGap.size());
      row.name = names[all.rows.size()];
      all.rows.push_back(std::move(row));
    }
  return all;
}

std::vector<Phase> phases_of(const ReadResults& results, const Layout& layout,
                             const Comparisons& all) {
  std::map<std::string, const Comparison*> comparisons;
  for (const Comparison& one : all.cases) comparisons[one.name] = &one;
  std::vector<Phase> phases;
  for (auto& cases : works_of(results)) {
    const std::string& name = cases.front()->phase;
    if (phases.empty() || phases.back().name != name) phases.push_back({name, {}, {}});
    const auto places = standings(results, cases, kThreshold);
    const Race& race = phases.back().races.emplace_back(Race{std::move(cases), places});
    phases.back().groups.push_back(group_of(race, layout, comparisons));
  }
  if (layout.baseline.empty())
    for (Phase& phase : phases) phase.groups = {flat(phase)};
  return phases;
}

// --- Text

/// Validity and reason, behind `used` columns of the row. Behind figures a reason that does not fit
/// stands below as a whole, not cut after a word.
std::string validity_text(const Row& row, std::size_t used, const Painter& paint) {
  const std::size_t room = kWidth > used + kGap.size() ? kWidth - used - kGap.size() : 1;
  const bool is_behind = row.figures.empty() || width_of(row.remark) <= room;
  constexpr std::size_t kRoomBelow = kWidth - kReasonIndent;
  std::string text;
  for (const std::string& part : wrap(row.remark, is_behind ? room : kRoomBelow, kRoomBelow)) {
    text += text.empty() && is_behind ? std::string(kGap) : "\n" + std::string(kReasonIndent, ' ');
    text += paint(style_of(row.verdict), part);
  }
  return text + "\n";
}

std::string row_text(const Row& row, std::size_t name_width, const Layout& layout,
                     const Painter& paint) {
  const bool is_marked = row.lead.front() != ' ';
  std::string text = paint(is_marked ? kBold : "", row.lead + left(row.name, name_width));
  std::size_t used = row.lead.size() + name_width;
  if (width_of(row.name) > name_width) text += "\n" + std::string(used, ' ');
  for (std::size_t i = 0; i < row.figures.size(); ++i) {
    const std::string figure = right(row.figures[i], layout.columns[i].width);
    text.append(kGap).append(figure);
    used += kGap.size() + width_of(figure);
  }
  return text + validity_text(row, used, paint);
}

std::size_t name_width_of(const Phase& phase, const std::string& title) {
  std::size_t width = 0, lead = kGap.size();
  for (const Group& group : phase.groups)
    for (const Row& row : group.rows) {
      lead = row.lead.size();
      width = std::max(width, width_of(row.name));
    }
  width = std::max(width, width_of(title) > lead ? width_of(title) - lead : 0);
  return std::min(width, kNameMost);
}

/// `sentence` says which phase it is, or else the heading does.
std::string phase_text(const Phase& phase, const std::string& sentence, const Layout& layout,
                       const Painter& paint) {
  const std::string title = sentence.empty() ? phase.name : "";
  const std::size_t name_width = name_width_of(phase, title);
  const std::size_t lead = phase.groups.front().rows.front().lead.size();
  const bool has_room = width_of(title) <= lead + name_width;
  std::string text = has_room ? wrapped(sentence) : title + "\n";
  std::string heading = left(has_room ? title : "", lead + name_width);
  for (const Column& column : layout.columns)
    heading.append(kGap).append(right(column.title, column.width));
  constexpr std::string_view kLast = "  validity";
  if (width_of(heading) + kLast.size() <= kWidth) heading += kLast;
  text += paint(kDim, heading) + "\n";
  for (const Group& group : phase.groups) {
    if (!group.point.empty()) text += std::string(kGap) + paint(kDim, group.point) + "\n";
    for (const Row& row : group.rows) text += row_text(row, name_width, layout, paint);
  }
  return text;
}

/// So many trials stand behind each case; 0 where they are not equally many.
std::size_t repetitions_of(const ReadResults& results) {
  std::size_t count = 0;
  for (const ReadCase& one : results.cases) {
    if (one.repetitions.empty()) continue;
    if (count != 0 && count != one.repetitions.size()) return 0;
    count = one.repetitions.size();
  }
  return count;
}

/// "small-files  ext4 in /mnt/data, 10 repetitions, seed 42", as far as it is known.
std::string title_text(const ReadResults& results, const Painter& paint) {
  std::vector<std::string> facts;
  std::string place = results.stated("file_system");
  if (const std::string target = results.stated("target"); !target.empty())
    place += (place.empty() ? "in " : " in ") + target;
  if (!place.empty()) facts.push_back(place);
  if (const std::size_t count = repetitions_of(results))
    facts.push_back(counted(count, "repetition"));
  if (const std::string seed = results.stated("seed"); !seed.empty())
    facts.push_back("seed " + seed);
  const std::string scenario = results.cases.empty() ? "" : results.cases.front().scenario;
  return paint(kBold, scenario) +
         (facts.empty() ? "" : fmt::format("  {}", fmt::join(facts, ", "))) + "\n";
}

// --- What the figures mean

/// "1.2 to 41 ns of a request": what the host itself costs, by the phases where it was measured.
std::string overhead_text(const ReadResults& results) {
  std::vector<double> all_ns;
  for (const auto& [key, text] : results.context)
    if (key.starts_with("iodyno.host_overhead_ns.")) all_ns.push_back(std::atof(text.c_str()));
  if (all_ns.empty()) return "";
  const auto [least, most] = std::minmax_element(all_ns.begin(), all_ns.end());
  const auto from = format_duration(*least), to = format_duration(*most);
  return fmt::format("Of a request the host itself costs {}; a smaller difference is none.\n",
                     from == to ? to : from + " to " + to);
}

std::string marks_text(const std::vector<Phase>& phases) {
  std::vector<std::string> parts;
  if (has(phases, Place::fastest)) parts.emplace_back("* is faster than all others");
  if (has(phases, Place::tied)) parts.emplace_back("~ are the fastest, which can't be told apart");
  return parts.empty() ? "" : fmt::format("{}.\n", fmt::join(parts, "; "));
}

/// So many blocks there were, the most of a race, and so many it takes there.
struct TooFew {
  std::size_t blocks = 0, needed = 0;
};

/// Where nobody in any race can be told from anybody, for want of blocks; otherwise of 0.
TooFew too_few_blocks(const std::vector<Phase>& phases) {
  TooFew most;
  for (const Phase& phase : phases)
    for (const Race& race : phase.races) {
      std::size_t ranked = 0, blocks = 0;
      for (std::size_t i = 0; i < race.cases.size(); ++i) {
        if (race.standings[i] == Place::out) continue;
        ++ranked;
        blocks = std::max(blocks, race.cases[i]->repetitions.size());
      }
      if (ranked == 0) continue;
      const std::size_t needed = fewest_blocks(ranked - 1, Pairing::by_block);
      if (blocks >= needed) return {};
      if (blocks > most.blocks) most = {blocks, needed};
    }
  return most;
}

std::string too_few_text(const TooFew& few, const ReadResults& results) {
  const std::size_t better = std::max<std::size_t>(10, few.needed);
  const std::string how = results.stated("quick") == "true"
                              ? "leave out --quick"
                              : fmt::format("--repetitions {}", better);
  return wrapped(fmt::format("{} can't tell which is faster: it takes {} at least, better {} ({}).",
                             counted(few.blocks, "block"), few.needed, better, how));
}

std::string counts_text(const ReadResults& results) {
  std::map<Verdict, std::size_t> counts;
  for (const ReadCase& one : results.cases) ++counts[verdict_of(one)];
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts)
    parts.push_back(fmt::format("{} {}", count, to_text(verdict)));
  return fmt::format("{}: {}\n", counted(results.cases.size(), "case"), fmt::join(parts, ", "));
}

}  // namespace

std::string results_table(const ReadResults& results, bool color) {
  const Painter paint(color);
  const Layout layout = layout_of(stated_baseline(results));
  const bool compares = !layout.baseline.empty();
  const Comparisons all =
      compares ? compare_backends(results, layout.baseline, kThreshold) : Comparisons();
  const auto phases = phases_of(results, layout, all);
  const TooFew too_few = too_few_blocks(phases);

  std::string text = title_text(results, paint) + "\n";
  for (const Phase& phase : phases) {
    const auto sentence = too_few.blocks == 0 ? ranking_sentence(phase.races, all) : "";
    text += phase_text(phase, sentence, layout, paint) + "\n";
  }
  std::string legend =
      compares ? "Times and CPU are per request; 2 × as fast is half the time. Intervals: 95 %.\n"
                 "Times are medians; ratios are means over the blocks, trimmed from seven on.\n"
               : "Times are per request; spread is half the interquartile range over the median.\n";
  text += paint(kDim, legend + marks_text(phases) + overhead_text(results));
  if (too_few.blocks != 0) text += paint(kYellow, too_few_text(too_few, results));
  if (const auto resumed = resumed_text(results); !resumed.empty())
    text += paint(kYellow, wrapped(resumed + "."));
  return text + counts_text(results);
}

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

}  // namespace iodyno::host
