#include "report/compare_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/compare_words.hpp"
#include "report/document.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

struct Column {
  std::string_view title;
  std::size_t width;  // of its widest usual text
};
constexpr Column kColumns[] = {{"as fast", 7}, {"95 % interval", 14}, {"p", 6}, {"n", 3}};
constexpr std::size_t kIndent = 6;

std::string_view style_of(const Comparison& one) {
  if (!one.compared()) return kDim;
  switch (one.assessment.relation) {
    case Relation::faster: return kGreen;
    case Relation::slower: return kRed;
    case Relation::inconclusive: return kYellow;
    case Relation::same: return "";
  }
  return "";
}

std::vector<std::string> figures_of(const Comparison& one) {
  if (!one.compared()) return {};
  const Ratio as_fast = inverse(one.assessment.ratio);
  return {ratio_text(as_fast.value), interval_text(as_fast.within95),
          p_text(one.assessment.p_adjusted), std::to_string(one.assessment.blocks)};
}

std::string verdict_of(const Comparison& one) {
  return one.compared() ? std::string(to_text(one.assessment.relation)) : "not compared";
}

/// The verdict at the end of its row; what is to be remarked there too, or below it as a whole.
std::string row_text(const Comparison& one, const Comparisons& all, std::string line,
                     const Painter& paint) {
  const std::string verdict = verdict_of(one);
  const std::string remark = remark_text(one, all);
  const std::size_t used = width_of(line) + width_of(verdict) + 2;
  line += paint(style_of(one), verdict);
  if (remark.empty()) return line + "\n";
  if (used + width_of(remark) <= kWidth) return line + ": " + remark + "\n";
  line += "\n";
  for (const std::string& part : wrap(remark, kWidth - kIndent, kWidth - kIndent))
    line += std::string(kIndent, ' ') + paint(kDim, part) + "\n";
  return line;
}

std::string table_text(const PhaseComparisons& phase, const Comparisons& all,
                       const Painter& paint) {
  std::vector<std::pair<std::string, SweptPoint>> named;
  for (const Comparison* one : phase.cases) named.emplace_back(one->backend, one->point);
  const auto names = aligned_names(named);
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, width_of(name));

  std::string heading = std::string(kGap) + left("", width);
  for (const Column& column : kColumns)
    heading.append(kGap).append(right(column.title, column.width));
  std::string text = paint(kDim, heading + std::string(kGap) + "verdict") + "\n";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Comparison& one = *phase.cases[i];
    std::string line = std::string(kGap) + left(names[i], width);
    const auto figures = figures_of(one);
    for (std::size_t column = 0; column < figures.size(); ++column)
      line.append(kGap).append(right(figures[column], kColumns[column].width));
    text += row_text(one, all, line + std::string(kGap), paint);
  }
  return text;
}

}  // namespace

std::string comparison_text(const Comparisons& all, bool color) {
  const Painter paint(color);
  std::string text = paint(kBold, all.scenario) + kGap.data() + title_line(all) + "\n";
  for (const std::string& line : warning_lines(all)) text += paint(kYellow, line) + "\n";
  for (const PhaseComparisons& phase : by_phase(all))
    text += "\n" + wrapped(phase_sentence(all, phase.phase)) + table_text(phase, all, paint);
  text += "\n";
  for (const std::string& line : closing_lines(all)) text += wrapped(line);
  return text;
}

std::string comparison_markdown(const Comparisons& all) {
  std::string text =
      fmt::format("### {}: {}\n", markdown_text(all.scenario), markdown_text(title_line(all)));
  for (const std::string& line : warning_lines(all))
    text += fmt::format("\n> {}\n", markdown_text(line));
  for (const PhaseComparisons& phase : by_phase(all)) {
    text += fmt::format("\n**{}**\n\n", markdown_text(phase_sentence(all, phase.phase)));
    text += "| case | as fast | 95 % interval | p | n | verdict |\n|---|--:|:-:|--:|--:|---|\n";
    for (const Comparison* one : phase.cases) {
      auto figures = figures_of(*one);
      figures.resize(std::size(kColumns));
      const std::string remark = remark_text(*one, all);
      auto parts = point_texts(one->point);
      parts.insert(parts.begin(), one->backend);
      text += fmt::format("| {} | {} | {}{} |\n",
                          markdown_text(fmt::format("{}", fmt::join(parts, ", "))),
                          fmt::join(figures, " | "), verdict_of(*one),
                          remark.empty() ? "" : markdown_text(": " + remark));
    }
  }
  for (const std::string& line : closing_lines(all)) text += "\n" + markdown_text(line) + "\n";
  return text;
}

}  // namespace iodyno::host
