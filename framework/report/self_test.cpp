#include "report/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/precision.hpp"
#include "report/statistics.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

using Names = std::vector<std::string>;

void add_once(Names& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

SelfTest::Planted& planted(SelfTest& test, int percent) {
  const auto at = std::ranges::lower_bound(test.planted, percent, {}, &SelfTest::Planted::percent);
  if (at != test.planted.end() && at->percent == percent) return *at;
  return *test.planted.insert(at, {percent, {}, {}});
}

void judge(SelfTest& test, const Comparison& one, int percent) {
  const Relation relation = one.assessment.relation;
  if (percent != 0) {
    auto& size = planted(test, percent);
    (relation == Relation::slower ? size.found : size.missed).push_back(one.phase);
    return;
  }
  ++test.equals;
  if (relation != Relation::faster && relation != Relation::slower) return;
  ++test.called_different;
  add_once(test.alarmed, one.phase);
}

/// The chance of at least `least` of `all` events, each of which has the chance `each`.
double at_least(std::size_t least, std::size_t all, double each) {
  double sum = 0, ways = 1;  // ways to choose i of all
  for (std::size_t i = 0; i <= all; ++i) {
    if (i >= least) sum += ways * std::pow(each, double(i)) * std::pow(1 - each, double(all - i));
    ways *= double(all - i) / double(i + 1);
  }
  return sum;
}

std::string percent(double part) { return fmt::format("{:.2g} %", part * 100); }

std::string equals_text(const SelfTest& test) {
  auto text = fmt::format("A backend compared with itself, {} times: ", test.equals);
  if (test.called_different == 0) return text + "never called different, as it should be.";
  text += fmt::format("called different {} times (in {}). ", test.called_different,
                      fmt::join(test.alarmed, ", "));
  if (test.equals_hold()) return text + "That can be chance, in one phase; run it again.";
  return text + "That is more than chance allows: figures from here call equals different.";
}

std::string planted_text(const SelfTest::Planted& one) {
  auto text = fmt::format("A slowdown of {} %: found in ", one.percent);
  const auto phases = [](std::size_t count) { return counted(count, "phase") + "."; };
  if (one.missed.empty()) return text + "all of " + phases(one.found.size());
  if (one.found.empty()) return text + "none of " + phases(one.missed.size());
  return text +
         fmt::format("{}, not in {}.", fmt::join(one.found, ", "), fmt::join(one.missed, ", "));
}

std::string noise_text(const SelfTest& test) {
  Names parts;
  for (const auto& [phase, within] : test.known_within)
    parts.push_back(fmt::format("{} {}", phase, percent(within)));
  return fmt::format(
      "Noise: after {} blocks the 95 % interval of a ratio reaches so far to either side: {}.",
      test.blocks, fmt::join(parts, ", "));
}

std::string conclusion_text(const SelfTest& test) {
  if (!test.equals_hold())
    return "Don't believe differences from here. Something treats the backends of a block "
           "unequally: look at what else runs.";
  if (const auto smallest = test.smallest_found())
    return fmt::format(
        "So differences from {0} % on are seen here, with {1} blocks of such phases. To see "
        "smaller ones, run more blocks: half of it takes four times as many.",
        *smallest, test.blocks);
  if (test.blocks < kFewestBlocks)
    return fmt::format(
        "Only {} blocks were through when the time was up, and fewer than {} decide nothing: the "
        "device was busy. Try again when it is calm, or run on a tmpfs.",
        test.blocks, kFewestBlocks);
  return "This machine is too noisy for what was planted: don't take `inconclusive` for the same. "
         "Stop what else runs, or run many more blocks (`precision`).";
}

}  // namespace

std::optional<int> SelfTest::smallest_found() const {
  std::optional<int> smallest;
  for (auto one = planted.rbegin(); one != planted.rend() && one->missed.empty(); ++one)
    smallest = one->percent;
  return smallest;
}

/// The 99 % interval of each comparison leaves out the truth in 1 %.
double SelfTest::false_alarm() const {
  if (phases.empty()) return 0;
  const double each = std::min(1.0, 0.01 * double(equals) / double(phases.size()));
  return at_least(kAlarmedPhases, phases.size(), each);
}

SelfTest judge_self_test(const Comparisons& all, const std::map<std::string, int>& percents) {
  SelfTest test;
  std::map<std::string, std::vector<double>> within;
  for (const Comparison& one : all.cases) {
    ++test.cases;
    if (!one.compared()) {
      test.not_compared.push_back(one.phase + " of " + one.backend + ": " + one.not_compared);
      continue;
    }
    add_once(test.phases, one.phase);
    test.doubted += one.label != "ok";
    const std::size_t blocks = one.assessment.blocks;
    test.blocks = test.blocks == 0 ? blocks : std::min(test.blocks, blocks);
    within[one.phase].push_back(known_within(one.assessment.ratio));
    judge(test, one, percents.at(one.backend));
  }
  for (const std::string& phase : test.phases)
    test.known_within.emplace_back(phase, median(within[phase]));
  return test;
}

std::string to_text(const SelfTest& test) {
  Names lines;
  for (const std::string& one : test.not_compared) lines.push_back("No figures: " + one);
  if (!test.phases.empty()) {
    lines.push_back(equals_text(test));
    for (const auto& one : test.planted) lines.push_back(planted_text(one));
    lines.push_back(noise_text(test));
    if (test.doubted != 0)
      lines.push_back(fmt::format("{} of {} cases are degraded: other work, or noise.",
                                  test.doubted, test.cases));
    lines.push_back(conclusion_text(test));
    lines.push_back(fmt::format(
        "Where all is well, about {} of such tests fail for equals that differ; one that finds "
        "no slowdown of {} % is no false alarm, but says how noisy it is.",
        percent(test.false_alarm()), test.planted.empty() ? 0 : test.planted.back().percent));
  }
  lines.push_back(test.passed() ? "passed" : "failed");
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace iodyno::host
