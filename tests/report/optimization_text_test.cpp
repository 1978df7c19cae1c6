#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "example_runs.hpp"
#include "report/compare_words.hpp"
#include "report/optimization_words.hpp"
#include "report/table.hpp"

namespace iodyno::host {
namespace {

using example::run_case;
using example::run_case_without_figures;
using example::run_of;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Something of each kind: sizes, a backend that shares extents, another that puts writes off, a
/// tie, an undecided point, failures.
ReadResults varied() {
  std::vector<ReadCase> cases;
  for (const char* size : {"1024", "1048576"}) {
    const SweptPoint point = {{"size", size}};
    const double slow = size[1] == '0' && size[2] == '4' ? 2 : 1;
    cases.push_back(run_case("copy", "posix", 10'000 * slow, point));
    auto reflink = run_case("copy", "copy", 900, point);
    example::set_counter(reflink, "shared", 1000);
    reflink.label = "ok, shared";
    cases.push_back(reflink);
    cases.push_back(run_case("copy", "uring", 12'000 * slow, point));
    auto drained = run_case("create", "uring", 700, point);
    example::set_counter(drained, "drain_ns", 1e5);
    example::set_counter(drained, "setup_ns", 3e6);
    for (Repetition& trial : drained.repetitions) trial.cpu_time_ns = 2 * trial.real_time_ns;
    cases.push_back(run_case("create", "posix", 1000, point));
    cases.push_back(drained);
    cases.push_back(run_case("create", "copy", 1001, point));
    cases.push_back(run_case("read", "posix", 1000, point));
    cases.push_back(run_case("read", "uring", 1002, point));
    cases.push_back(run_case_without_figures("read", "copy", "skipped: it can't read", point));
  }
  auto results = run_of(std::move(cases));
  results.context["iodyno.note.uring.ring"] = "with a poller";
  results.context["iodyno.warning.1"] = "another run is working here";
  return results;
}

OptimizationReport report_of(const ReadResults& results) {
  return optimization_of(results, "posix", 0.03);
}

std::string markdown(const ReadResults& results) {
  return document_markdown(optimization_document(report_of(results), Detail::full));
}
std::string text(const ReadResults& results) {
  return document_text(optimization_document(report_of(results), Detail::brief), false);
}

TEST(OptimizationWords, PromisesAreRoundedDown) {
  EXPECT_EQ(at_least_times(1.699), "1.69");
  EXPECT_EQ(at_least_times(19.99), "19.9");
  EXPECT_EQ(at_least_times(199.9), "199");
  EXPECT_EQ(at_most_times(1.691), "1.70");
  EXPECT_EQ(at_most_times(10.01), "10.1");
  EXPECT_EQ(at_least_duration(3219), "3.21 us");
  EXPECT_EQ(at_least_duration(999.9), "999 ns");
  EXPECT_EQ(at_least_duration(0), "0 ns");
  EXPECT_EQ(percent_text(0.004), "<1 %");
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.996), "100 %");
}

TEST(OptimizationWords, WhatBoundsIt) {
  Bound bound;
  bound.shares[std::size_t(Spender::waiting)].fraction = 0.48;
  bound.shares[std::size_t(Spender::kernel)].fraction = 0.42;
  Conditions conditions;
  EXPECT_EQ(bound_text(bound, conditions), "waiting and kernel CPU");
  bound.by = Spender::waiting;
  EXPECT_EQ(bound_text(bound, conditions), "waiting");
  conditions.may_wait_for_device = true;
  EXPECT_EQ(bound_text(bound, conditions), "waiting, perhaps for the device");
  bound.by = Spender::kernel;
  EXPECT_EQ(bound_text(bound, conditions), "kernel CPU");
  bound.has_few_ticks = true;
  EXPECT_EQ(bound_text(bound, conditions), "CPU: too few ticks to tell user from kernel");
}

// --- No number that is not in the value

/// The numbers in a text, as they are written.
std::vector<std::string> numbers_in(const std::string& text) {
  static const std::regex number(R"([0-9]+(\.[0-9]+)?)");
  return {std::sregex_token_iterator(text.begin(), text.end(), number),
          std::sregex_token_iterator()};
}

/// All ways in which the report may write what its value holds.
class Known {
 public:
  explicit Known(const OptimizationReport& report) {
    for (const std::string& one :
         {report.scenario, report.baseline, report.surroundings, report.date, std::string("99")})
      add(one);
    add(report.threshold * 100), add(report.cpus.value_or(0));
    for (const Contest& contest : report.contests) add(contest);
    for (const Overall& one : report.overall) {
      for (const std::size_t count : {one.faster, one.same, one.undecided, one.compared()})
        add(double(count));
      for (const double times : {one.times_least, one.times_least_most}) add(times);
    }
  }
  bool has(const std::string& number) const { return all_.contains(number); }

 private:
  void add(const std::string& text) {
    for (std::string& number : numbers_in(text)) all_.insert(std::move(number));
  }
  void add(double value) {
    char plain[64];
    for (const char* format : {"%.0f", "%.2f", "%.3g"}) {
      std::snprintf(plain, sizeof plain, format, value);
      add(std::string(plain));
    }
    add(format_duration(value)), add(at_least_duration(value));
    add(at_least_times(value)), add(at_most_times(value)), add(percent_text(value));
    add(p_text(value)), add(format_rate(value, "/s"));
  }
  void add(const Gain& gain) {
    for (const double value : {gain.times, gain.times_least, gain.p_adjusted, double(gain.blocks),
                               double(gain.rivals), gain.baseline_ns, gain.saved_least_ns,
                               gain.requests, gain.work_saved_least_ns, gain.cpu_times.value_or(0),
                               gain.setup_more_ns.value_or(0), gain.earned_back_after.value_or(0),
                               gain.drain_ns.value_or(0), gain.baseline_drain_ns.value_or(0)})
      add(value);
  }
  void add(const Comparison& one) {
    const auto& within = one.assessment.ratio.within99;
    if (!within) return;
    for (const double value : {within->low, 1 / within->low, 1 / within->high}) add(value);
  }
  void add(const Contest& contest) {
    add(contest.phase), add(point_text(contest)), add(to_text(contest.conditions));
    for (const std::string& doubt : contest.doubts) add(doubt);
    if (contest.gain) add(*contest.gain);
    if (contest.gain && contest.gain->with_drain) add(*contest.gain->with_drain);
    for (const Contender& one : contest.contenders) {
      add(one.backend), add(one.label), add(one.missing);
      for (const Mechanism& mechanism : one.mechanisms) add(mechanism.fraction);
      if (one.bound) add(one.bound->cpus_busy);
      if (one.bound)
        for (const TimeShare& share : one.bound->shares) add(share.fraction);
      if (one.has_figures()) add(one.figures.real_time_ns.median), add(throughput_text(one));
      if (one.against_baseline) add(*one.against_baseline);
    }
    ++points_[contest.phase];
    add(double(points_[contest.phase]));
  }

  std::set<std::string> all_;
  std::map<std::string, std::size_t> points_;
};

TEST(OptimizationWords, EachNumberIsOneOfTheValue) {
  const auto report = report_of(varied());
  const Known known(report);
  std::vector<std::string> sentences;
  for (auto* items : {advice_items, overall_items, no_advice_items})
    for (const Item& item : items(report)) {
      sentences.push_back(item.text);
      sentences.insert(sentences.end(), item.details.begin(), item.details.end());
    }
  const Document document = optimization_document(report, Detail::full);
  for (const auto& block : document)
    if (const auto* table = std::get_if<Table>(&block))
      for (const auto& row : table->rows) sentences.insert(sentences.end(), row.begin(), row.end());
  std::size_t seen = 0;
  for (const std::string& sentence : sentences)
    for (const std::string& number : numbers_in(sentence)) {
      ++seen;
      EXPECT_TRUE(known.has(number)) << number << " in: " << sentence;
    }
  EXPECT_GT(seen, 100u);
  EXPECT_FALSE(known.has("4711"));
}

// --- As a whole

TEST(OptimizationText, SaysWhatToDoAndWhy) {
  const std::string said = markdown(varied());
  EXPECT_TRUE(has(said, "- copy: use copy instead of posix at 2 of 2 points."));
  EXPECT_TRUE(has(said, "100 % of its requests share extents: no bytes were moved"));
  EXPECT_TRUE(has(said, "- create: use uring instead of posix at 2 of 2 points."));
  EXPECT_TRUE(has(said, "its set-up takes 2.95 ms longer"));
  EXPECT_TRUE(has(said, "with the writes left for after the clock (100 us, of posix 0 ns) 1.2"));
  EXPECT_TRUE(has(said, "- read: keep posix at 2 of 2 points: nothing is faster."));
  EXPECT_TRUE(has(said, "## Size × method: time and throughput"));
  EXPECT_TRUE(has(said, "ring: with a poller"));
  EXPECT_TRUE(has(said, "another run is working here"));
  EXPECT_TRUE(has(said, "it can't read"));
}

TEST(OptimizationText, SaysWhatTimesWithTheWritesThatAreLeftAre) {
  const auto said_with = [](double even_ns, double odd_ns) {
    auto uring = run_case("create", "uring", 500);
    for (Repetition& trial : uring.repetitions)
      trial.counters["drain_ns"] = trial.block % 2 ? odd_ns : even_ns;
    return markdown(run_of({run_case("create", "posix", 1000), uring}));
  };
  EXPECT_TRUE(has(said_with(4e5, 4e5), "of posix 0 ns) 1.1")) << said_with(4e5, 4e5);
  EXPECT_TRUE(has(said_with(5e5, 5e5), "of posix 0 ns) as fast as posix"));
  EXPECT_TRUE(has(said_with(1e5, 9e5), "of posix 0 ns) not told from posix"));
  const auto slower = said_with(6e5, 6e5);
  EXPECT_TRUE(has(slower, "uring takes longer than posix with the writes that it leaves"));
  EXPECT_FALSE(has(slower, "What to do"));
}

TEST(OptimizationText, SaysHowRequestsCameAbout) {
  auto uring = run_case("read", "uring", 500);
  example::set_counter(uring, "cached", 1000);
  example::set_counter(uring, "punted", 500);
  example::set_counter(uring, "fallback", 250);
  const auto said = markdown(run_of({run_case("read", "posix", 1000), uring}));
  EXPECT_TRUE(has(said, "100 % of its requests came from a cache of its own"));
  EXPECT_TRUE(has(said, "50 % of its requests went to threads of the kernel"));
  EXPECT_TRUE(has(said, "25 % of its requests were not, or not wholly, done in the way that was"));
}

TEST(OptimizationText, SaysWhichCanStandForTheBaseline) {
  std::vector<ReadCase> cases = {run_case("read", "posix", 1000), run_case("read", "auto", 500),
                                 run_case("write", "posix", 1000), run_case("write", "auto", 250)};
  EXPECT_TRUE(has(markdown(run_of(cases)), "- everything: auto alone can stand for posix."));
  EXPECT_TRUE(has(markdown(run_of(cases)), "faster in 2 of 2, at least 1.9"));
  cases.push_back(run_case("stat", "posix", 1000));
  cases.push_back(run_case("stat", "auto", 1001));
  EXPECT_TRUE(has(markdown(run_of(cases)), "; as fast in the other 1, within 3 %."));
  cases.push_back(run_case("delete", "posix", 1000));
  cases.push_back(run_case("delete", "auto", 1200));
  EXPECT_FALSE(has(markdown(run_of(cases)), "can stand for"));
}

TEST(OptimizationText, NamesNotMoreThanTwenty) {
  std::vector<ReadCase> cases = {run_case("read", "posix", 1000)};
  for (int i = 10; i < 33; ++i) cases.push_back(run_case("read", "r" + std::to_string(i), 1001));
  const auto said = markdown(run_of(cases));
  EXPECT_TRUE(has(said, "as fast: r10, r11, ")) << said;
  EXPECT_TRUE(has(said, ", r29 and 3 more"));
  EXPECT_FALSE(has(said, "r29, r30"));
}

TEST(OptimizationText, SaysWhatIsNotMeasured) {
  auto results = run_of({run_case("read", "posix", 1000)});
  for (int i = 0; i < 12; ++i)
    results.cases.push_back(run_case_without_figures("p" + std::to_string(i), "posix",
                                                     "skipped: reason " + std::to_string(i)));
  results.context["iodyno.device"] = "loop7";
  auto said = markdown(results);
  EXPECT_TRUE(has(said, "skipped: reason 9"));
  EXPECT_TRUE(has(said, "Cases without figures for 2 other reasons."));
  EXPECT_TRUE(has(said, "A real device: behind loop7 there is a file, or memory."));
  results.cases.pop_back();
  results.context["iodyno.file_system"] = "tmpfs";
  said = markdown(results);
  EXPECT_TRUE(has(said, "Cases without figures for 1 other reason."));
  EXPECT_TRUE(has(said, "Any device: tmpfs is in memory."));
}

TEST(OptimizationText, AsAWhole) {
  const std::string said = markdown(varied());
  std::ifstream file(IODYNO_OPTIMIZATION_GOLDEN, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(said, golden) << "if it is meant, this is what " << IODYNO_OPTIMIZATION_GOLDEN
                          << " should be:\n"
                          << said;
}

TEST(OptimizationText, FitsATerminal) {
  std::istringstream lines(text(varied()));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), kWidth) << line;
}

TEST(OptimizationText, NothingToSay) {
  auto failed = run_of({run_case_without_figures("read", "posix", "failed: EIO")});
  EXPECT_TRUE(has(markdown(failed), "posix failed: EIO"));
  EXPECT_FALSE(has(markdown(failed), "What to do"));
  EXPECT_FALSE(has(markdown(failed), "What bounds it"));
  EXPECT_NE(markdown(ReadResults()), "");
  EXPECT_NE(text(ReadResults()), "");
}

TEST(OptimizationText, AnyTextIsHarmless) {
  const std::string harm =
      "<script>alert(\"1\")</script>|`[x](javascript:y)*_\\" + std::string(10'000, 'a');
  auto results = varied();
  for (ReadCase& one : results.cases) {
    if (one.backend == "copy") one.backend = harm;
    if (one.phase == "read") one.phase = harm;
    if (!one.missing.empty()) one.missing = "failed: " + harm;
    if (one.backend == "uring") one.label = "degraded: " + harm;
    one.point[0].second = harm;
  }
  for (auto& [key, value] : results.context)
    if (key != "iodyno.dataset.files") value = harm;
  const std::string said = markdown(results);
  EXPECT_EQ(said.find('<'), std::string::npos);
  EXPECT_FALSE(has(said, std::string(1000, 'a')));
  const std::regex escape(R"(\\.)");
  EXPECT_FALSE(has(std::regex_replace(said, escape, ""), "](javascript"));
  EXPECT_LT(said.size(), 100'000u);
  std::istringstream lines(said);
  std::size_t bars = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      bars = 0;
      continue;
    }
    const std::string plain = std::regex_replace(line, escape, "");
    const auto count = std::size_t(std::ranges::count(plain, '|'));
    EXPECT_TRUE(bars == 0 || count == bars) << line;
    bars = count;
  }
}

}  // namespace
}  // namespace iodyno::host
