#include <fmt/format.h>

#include <algorithm>

#include "report/optimization_words.hpp"
#include "report/table.hpp"

namespace iodyno::host {
namespace {

// --- What is said before all figures

void add_heading(const OptimizationReport& report, Document& document) {
  document.push_back(Heading{1, shown(report.scenario) + ": what to use, and why"});
  std::vector<std::string> facts;
  if (!report.surroundings.empty()) facts.push_back(shown(report.surroundings, 300));
  if (!report.date.empty()) facts.push_back(shown(report.date));
  if (!facts.empty()) document.push_back(Paragraph{fmt::format("{}.", fmt::join(facts, "; "))});
  for (const std::string& doubt : report.doubts)
    document.push_back(Paragraph{"Keep in mind: " + shown(doubt, 200) + "."});
  if (!report.advises) document.push_back(Paragraph{"No advice is given from such a run."});
}

void add_list(const char* title, std::vector<Item> items, Document& document) {
  if (items.empty()) return;
  document.push_back(Heading{2, title});
  document.push_back(List{std::move(items)});
}

void add_advice(const OptimizationReport& report, Document& document) {
  std::vector<Item> items = advice_items(report);
  const bool some = std::ranges::any_of(
      report.contests, [](const Contest& contest) { return contest.advice == Advice::use; });
  for (Item& item : overall_items(report)) items.push_back(std::move(item));
  add_list("What to do", std::move(items), document);
  if (some)
    document.push_back(Paragraph{
        "A gain is the lower end of its 99 % interval: the least to expect. The best was chosen "
        "with the data that it is judged by, which flatters it; but such an end is too high in one "
        "case of 200, so where there were up to ten rivals that of the chosen one holds in 95 % of "
        "cases at least."});
  add_list("No advice", no_advice_items(report), document);
}

// --- Baseline against best

/// Who is looked at: the baseline and the best; of a phase without a best all.
std::vector<const Contender*> decisive(const Contest& contest) {
  std::vector<const Contender*> found;
  if (!contest.best) {
    for (const Contender& one : contest.contenders)
      if (one.has_figures() && one.state != "synthetic") found.push_back(&one);
    return found;
  }
  found.push_back(contest.the_baseline());
  if (contest.gain) found.push_back(contest.the_best());
  return found;
}

std::string best_remark(const Contest& contest) {
  if (!contest.unranked.empty()) return shown(contest.unranked, 200);
  std::vector<std::string> parts;
  if (!contest.gain)
    parts.push_back(contest.rivals() == 0 ? "nothing to compare"
                    : contest.is_open()   ? "none is known to be faster"
                                          : "nothing is faster");
  if (const auto equal = contest.standing(Standing::as_fast); !equal.empty())
    parts.push_back("as fast: " + names_of(equal));
  if (const auto open = contest.standing(Standing::undecided); !open.empty())
    parts.push_back("not told apart: " + names_of(open));
  for (const Contender* one : decisive(contest))
    if (one->state != "ok") parts.push_back(shown(one->backend) + " " + shown(one->label, 200));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::vector<std::string> best_row(const Contest& contest) {
  const Contender* const base = contest.the_baseline();
  std::vector<std::string> row = {
      contest_text(contest),
      base && base->has_figures() ? format_duration(base->figures.real_time_ns.median) : "-"};
  if (const Contender* best = contest.the_best(); best && !contest.is_open())
    row.push_back(shown(best->backend));
  else
    row.push_back("-");
  if (contest.gain) {
    row.push_back(times_as_fast(*contest.the_best()->against_baseline));
    row.push_back(at_least_duration(contest.gain->saved_least_ns));
    row.push_back(at_least_duration(contest.gain->work_saved_least_ns));
  } else {
    row.insert(row.end(), 3, "-");
  }
  row.push_back(best_remark(contest));
  return row;
}

void add_best(const OptimizationReport& report, Document& document) {
  Table table;
  table.columns = {{"", false},     {shown(report.baseline), true},
                   {"best", false}, {"× as fast", true},
                   {"saves", true}, {"of all", true},
                   {"", false}};
  for (const Contest& contest : report.contests) table.rows.push_back(best_row(contest));
  document.push_back(Heading{2, "The baseline against the best"});
  document.push_back(std::move(table));
  document.push_back(Paragraph{fmt::format(
      "Medians per request. × as fast: from where to where, by the 99 % interval of the mean over "
      "the blocks, trimmed from seven on. Saves: at least, a request, and of all requests of a "
      "trial. A difference counts from {:.3g} % on, against {}, in the same blocks.",
      100 * report.threshold, shown(report.baseline))});
}

// --- What bounds it

void add_bound_row(const Contest& contest, const Contender& one, Table& table) {
  if (!one.bound) return;
  const auto share = [&](Spender spender) {
    const std::string text = percent_text(one.bound->of(spender).fraction);
    return text.substr(0, text.find(' '));
  };
  table.rows.push_back({contest_text(contest), shown(one.backend), share(Spender::user),
                        share(Spender::kernel), share(Spender::workers), share(Spender::pollers),
                        share(Spender::waiting), fmt::format("{:.2f}", one.bound->cpus_busy),
                        bound_text(*one.bound, contest.conditions)});
}

void add_bounds(const OptimizationReport& report, Document& document) {
  Table table;
  table.columns = {{"", false},   {"", false},    {"user", true}, {"kernel", true},   {"wrk", true},
                   {"sqp", true}, {"wait", true}, {"CPUs", true}, {"bound by", false}};
  double spread = 0;
  for (const Contest& contest : report.contests)
    for (const Contender* one : decisive(contest)) {
      add_bound_row(contest, *one, table);
      if (one->bound) spread = std::max(spread, one->bound->spread());
    }
  if (table.rows.empty()) return;
  document.push_back(Heading{2, "What bounds it"});
  document.push_back(std::move(table));
  const std::string cpus = report.cpus ? fmt::format(" of {:.0f}", *report.cpus) : "";
  document.push_back(Paragraph{fmt::format(
      "Percent of the wall time, or of the CPU time where more than one CPU was busy. wrk and sqp: "
      "the kernel's io_uring workers and pollers. wait: nothing of the worker was on a CPU, at "
      "least so long; for a lock, a device, or a CPU that others had, which can't be told apart. "
      "CPUs: busy "
      "on average{}. Between trials shares differ by up to {:.0f} points (middle half).",
      cpus, 100 * spread)});
}

// --- How requests came about

void add_mechanisms(const OptimizationReport& report, Document& document) {
  Table table;
  table.columns = {{"", false},      {"", false},        {"shared", true},   {"cached", true},
                   {"punted", true}, {"fallback", true}, {"× as fast", true}};
  for (const Contest& contest : report.contests)
    for (const Contender& one : contest.contenders) {
      if (one.mechanisms.empty()) continue;
      std::vector<std::string> row = {contest_text(contest), shown(one.backend)};
      for (std::size_t i = 2; i + 1 < table.columns.size(); ++i) {
        const auto found =
            std::ranges::find(one.mechanisms, table.columns[i].title, &Mechanism::name);
        row.push_back(found == one.mechanisms.end() ? "-" : percent_text(found->fraction));
      }
      row.push_back(one.against_baseline ? times_as_fast(*one.against_baseline) : "1");
      table.rows.push_back(std::move(row));
    }
  if (table.rows.empty()) return;
  document.push_back(Heading{2, "How requests came about"});
  document.push_back(std::move(table));
  document.push_back(Paragraph{
      "Of all requests: shared are copies that share extents, and move no bytes; cached came from "
      "a cache of the backend's own; punted went to worker threads of the kernel; fallback were "
      "not, or not wholly, done in the way that was asked for. All others are plain."});
}

/// What the best say of themselves, where they are not the baseline; in brief what they picked.
void add_notes(const OptimizationReport& report, Detail detail, Document& document) {
  constexpr std::size_t kItems = 40;
  std::vector<Item> items;
  for (const Contest& contest : report.contests) {
    if (!contest.gain || items.size() == kItems) continue;
    std::vector<std::string> notes;
    for (const auto& [key, value] : contest.the_best()->notes)
      if (detail == Detail::full || key.starts_with("picked"))
        notes.push_back(shown(key) + ": " + shown(value, 160));
    if (notes.empty()) continue;
    const std::string who = shown(contest.the_best()->backend) + " in " + contest_text(contest);
    items.push_back({fmt::format("{}: {}.", who, fmt::join(notes, "; ")), {}});
  }
  add_list("What the best say of themselves", std::move(items), document);
}

// --- Every case

/// The point's values, each in a column of its own.
std::vector<std::string> point_cells(const Contest& contest) {
  const auto texts = point_texts(contest.point);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < texts.size(); ++i)
    cells.push_back(
        shown(texts[i].substr(std::min(texts[i].size(), contest.point[i].first.size() + 1))));
  return cells;
}

std::vector<std::string> case_row(const Contest& contest, const Contender& one) {
  std::vector<std::string> row = point_cells(contest);
  row.push_back(shown(one.backend));
  if (!one.has_figures()) {
    row.insert(row.end(), 3, "-");
    row.push_back(shown(one.missing, 200));
    return row;
  }
  row.push_back(format_duration(one.figures.real_time_ns.median));
  row.push_back(throughput_text(one));
  row.push_back(one.against_baseline ? times_as_fast(*one.against_baseline)
                : contest.baseline   ? "1"
                                     : "-");
  const std::string standing = standing_text(contest, one);
  const std::string label = one.label == "ok" ? "" : shown(one.label, 200);
  row.push_back(standing + (standing.empty() || label.empty() ? "" : "; ") + label);
  return row;
}

bool has_sizes(const Contest& contest) {
  return std::ranges::any_of(contest.point, [](const auto& swept) {
    return swept.first == "size" || swept.first == "block";
  });
}

/// A table for each phase: what is swept × method × time × throughput.
void add_cases(const OptimizationReport& report, Detail detail, Document& document) {
  const bool sizes = std::ranges::any_of(report.contests, has_sizes);
  if (!sizes && detail == Detail::brief) return;
  document.push_back(Heading{2, sizes ? "Size × method: time and throughput" : "Every case"});
  for (auto from = report.contests.begin(); from != report.contests.end();) {
    const auto to = std::find_if(from, report.contests.end(), [&](const Contest& contest) {
      return contest.phase != from->phase || contest.point.size() != from->point.size();
    });
    Table table;
    for (const auto& [key, value] : from->point) table.columns.push_back({shown(key), true});
    table.columns.insert(table.columns.end(), {{"method", false},
                                               {"time", true},
                                               {"throughput", true},
                                               {"× as fast", true},
                                               {"", false}});
    document.push_back(Heading{3, shown(from->phase)});
    for (; from != to; ++from)
      for (const Contender& one : from->contenders) table.rows.push_back(case_row(*from, one));
    document.push_back(std::move(table));
  }
}

std::vector<Item> items_of(const std::vector<std::string>& texts, std::size_t characters_max) {
  std::vector<Item> items;
  for (const std::string& text : texts) items.push_back({shown(text, characters_max), {}});
  return items;
}

}  // namespace

Document optimization_document(const OptimizationReport& report, Detail detail) {
  Document document;
  add_heading(report, document);
  add_advice(report, document);
  add_best(report, document);
  add_bounds(report, document);
  add_mechanisms(report, document);
  add_notes(report, detail, document);
  add_cases(report, detail, document);
  add_list("What the run warned of", items_of(report.warnings, 300), document);
  add_list("Not measured", items_of(report.not_measured, 700), document);
  return document;
}

}  // namespace iodyno::host
