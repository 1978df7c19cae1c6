#include "report/optimization.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "example_runs.hpp"

namespace iodyno::host {
namespace {

using example::run_case;
using example::run_case_without_figures;
using example::run_of;

OptimizationReport report_of(const ReadResults& results) {
  return optimization_of(results, "posix", 0.03);
}
OptimizationReport report_of(std::vector<ReadCase> cases) {
  return report_of(run_of(std::move(cases)));
}
Contest contest_of(std::vector<ReadCase> cases) {
  return report_of(std::move(cases)).contests.at(0);
}

Standing standing(const Contest& contest, const std::string& backend) {
  return std::ranges::find(contest.contenders, backend, &Contender::backend)->standing;
}

/// A case whose trials vary by so much, each second one up.
ReadCase noisy(const std::string& backend, double ns, double variation) {
  ReadCase one = run_case("read", backend, ns);
  for (Repetition& trial : one.repetitions)
    trial.real_time_ns *= trial.block % 2 ? 1 + variation : 1;
  return one;
}

TEST(Optimization, TheBestIsTheFastestOfThoseThatAreFaster) {
  const Contest contest =
      contest_of({run_case("read", "posix", 1000), run_case("read", "uring", 500),
                  run_case("read", "mmap", 800), run_case("read", "aio", 503),
                  run_case("read", "copy", 1500), noisy("rust", 450, 0.9)});
  EXPECT_EQ(contest.the_best()->backend, "uring");
  EXPECT_EQ(standing(contest, "uring"), Standing::best);
  EXPECT_EQ(standing(contest, "aio"), Standing::as_fast);
  EXPECT_EQ(standing(contest, "rust"), Standing::undecided) << "faster at best, but who knows";
  EXPECT_EQ(standing(contest, "mmap"), Standing::behind);
  EXPECT_EQ(standing(contest, "posix"), Standing::behind);
  EXPECT_EQ(contest.advice, Advice::use);
  EXPECT_EQ(contest.gain->rivals, 5u);
}

TEST(Optimization, TheGainIsTheEndOfTheIntervalThatPromisesLess) {
  const auto results = run_of({run_case("read", "posix", 1000), run_case("read", "uring", 500)});
  const Comparisons compared = compare_backends(results, "posix", 0.03);
  const Assessment& it = compared.cases.at(0).assessment;
  const Gain gain = *report_of(results).contests.at(0).gain;
  EXPECT_DOUBLE_EQ(gain.times, 1 / it.ratio.value);
  EXPECT_DOUBLE_EQ(gain.times_least, 1 / it.ratio.within99->high);
  EXPECT_LT(gain.times_least, gain.times);
  EXPECT_DOUBLE_EQ(gain.p_adjusted, it.p_adjusted);
  EXPECT_DOUBLE_EQ(gain.baseline_ns, compared.cases.at(0).baseline_ns);
  EXPECT_DOUBLE_EQ(gain.saved_least_ns, gain.baseline_ns * (1 - it.ratio.within99->high));
  EXPECT_DOUBLE_EQ(gain.work_saved_least_ns, 1000 * gain.saved_least_ns);
  EXPECT_EQ(gain.blocks, 10u);
}

TEST(Optimization, WhatItCostsBeside) {
  auto posix = run_case("create", "posix", 1000), uring = run_case("create", "uring", 500);
  for (Repetition& trial : uring.repetitions) trial.cpu_time_ns = 2 * 0.7 * trial.real_time_ns;
  example::set_counter(uring, "setup_ns", 1'050'000);
  example::set_counter(uring, "drain_ns", 7e6);
  const Gain gain = *contest_of({posix, uring}).gain;
  EXPECT_NEAR(*gain.cpu_times, 1, 0.02);
  EXPECT_DOUBLE_EQ(*gain.setup_more_ns, 1'000'000);
  EXPECT_DOUBLE_EQ(*gain.earned_back_after, std::ceil(1'000'000 / gain.saved_least_ns));
  EXPECT_DOUBLE_EQ(*gain.drain_ns, 7e6);
  EXPECT_DOUBLE_EQ(*gain.baseline_drain_ns, 0);
  EXPECT_EQ(gain.with_drain->assessment.relation, Relation::slower) << "7 us more of 500 ns";
  const Gain plain = *contest_of({posix, run_case("create", "uring", 500)}).gain;
  EXPECT_FALSE(plain.setup_more_ns || plain.drain_ns);
}

TEST(Optimization, WhatIsOnlyPutOffIsNotSaved) {
  auto uring = run_case("create", "uring", 500);
  example::set_counter(uring, "drain_ns", 400'000);
  Contest contest = contest_of({run_case("create", "posix", 1000), uring});
  EXPECT_EQ(contest.gain->with_drain->assessment.relation, Relation::faster);
  EXPECT_NEAR(contest.gain->with_drain->assessment.ratio.value, 0.9, 0.01);
  EXPECT_EQ(contest.advice, Advice::use);
  example::set_counter(uring, "drain_ns", 600'000);
  contest = contest_of({run_case("create", "posix", 1000), uring});
  EXPECT_EQ(contest.advice, Advice::none);
  EXPECT_EQ(contest.doubts,
            std::vector<std::string>{"uring takes longer than posix with the writes that it leaves "
                                     "for after the clock"});
}

TEST(Optimization, TheBaselineIsKeptWhereNothingIsFaster) {
  const Contest contest =
      contest_of({run_case("read", "posix", 1000), run_case("read", "uring", 1200),
                  run_case("read", "mmap", 1001)});
  EXPECT_EQ(contest.the_best()->backend, "posix");
  EXPECT_FALSE(contest.gain);
  EXPECT_EQ(contest.advice, Advice::keep);
  EXPECT_EQ(standing(contest, "uring"), Standing::behind);
  EXPECT_EQ(standing(contest, "mmap"), Standing::as_fast);
}

TEST(Optimization, NotToldApartIsNoAdvice) {
  const Contest contest = contest_of({run_case("read", "posix", 1000), noisy("uring", 900, 0.15)});
  EXPECT_EQ(contest.advice, Advice::none);
  ASSERT_EQ(contest.doubts.size(), 1u);
  EXPECT_TRUE(contest.doubts[0].starts_with("not told from posix: uring (")) << contest.doubts[0];
  EXPECT_TRUE(contest.is_open());
}

TEST(Optimization, DegradedCasesGiveNoAdvice) {
  auto uring = run_case("read", "uring", 500);
  uring.label = "degraded: cv 14 %";
  const Contest contest = contest_of({run_case("read", "posix", 1000), uring});
  EXPECT_TRUE(contest.gain) << "what was found is still told";
  EXPECT_EQ(contest.advice, Advice::none);
  EXPECT_EQ(contest.doubts, std::vector<std::string>{"uring is degraded: cv 14 %"});
}

TEST(Optimization, AGainThatMayBeTooSmallGivesNone) {
  const Contest contest = contest_of({run_case("read", "posix", 1000), noisy("uring", 935, 0.04)});
  ASSERT_TRUE(contest.gain);
  EXPECT_LT(contest.gain->times_least, 1.03);
  EXPECT_EQ(contest.advice, Advice::none);
  EXPECT_EQ(contest.doubts,
            std::vector<std::string>{"uring is faster, but perhaps by less than 3 %"});
}

TEST(Optimization, FewBlocksDecideNothing) {
  const Contest contest =
      contest_of({run_case("read", "posix", 1000, {}, 5), run_case("read", "uring", 500, {}, 5)});
  EXPECT_FALSE(contest.gain);
  EXPECT_EQ(contest.advice, Advice::none);
}

TEST(Optimization, ARunThatIsNotForFiguresGivesNone) {
  const auto sound = run_of({run_case("read", "posix", 1000), run_case("read", "uring", 500),
                             run_case("write", "posix", 1000), run_case("write", "uring", 500)});
  const auto advises = [&](const std::string& key, const std::string& value) {
    auto results = sound;
    results.context[key] = value;
    const auto report = report_of(results);
    EXPECT_EQ(report.doubts.size(), 1u) << key;
    for (const Contest& contest : report.contests)
      EXPECT_EQ(contest.advice, report.advises ? Advice::use : Advice::none) << key;
    return report.advises;
  };
  EXPECT_FALSE(advises("iodyno.quick", "true"));
  EXPECT_FALSE(advises("iodyno.warning.in_process", "for a debugger"));
  EXPECT_FALSE(advises("library_build_type", "debug"));
  EXPECT_TRUE(advises("iodyno.interrupted", "true"));
  EXPECT_TRUE(advises("iodyno.time_limit_reached", "true"));
}

TEST(Optimization, WhatDoesNoWorkIsNeverBest) {
  auto null = run_case("read", "null", 10);
  null.label = "synthetic";
  const Contest contest =
      contest_of({run_case("read", "posix", 1000), null, run_case("read", "uring", 1001),
                  run_case_without_figures("read", "mmap", "failed: EIO (1 of 10 trials)")});
  EXPECT_EQ(contest.the_best()->backend, "posix");
  EXPECT_EQ(standing(contest, "null"), Standing::unranked);
  EXPECT_EQ(standing(contest, "mmap"), Standing::unranked);
  EXPECT_EQ(contest.rivals(), 1u);
}

TEST(Optimization, ARateIsNoRace) {
  auto posix = run_case("read", "posix", 1000), uring = run_case("read", "uring", 500);
  posix.label = uring.label = "ok, open loop";
  const auto report = report_of({posix, uring});
  EXPECT_FALSE(report.contests.at(0).best);
  EXPECT_EQ(report.contests.at(0).advice, Advice::none);
  EXPECT_TRUE(report.overall.empty());
}

TEST(Optimization, WithoutABaselineNobodyIsBest) {
  const auto why = [](const ReadCase& posix) {
    const Contest contest = contest_of({posix, run_case("read", "uring", 500)});
    EXPECT_FALSE(contest.best);
    EXPECT_EQ(contest.advice, Advice::none);
    return contest.unranked;
  };
  EXPECT_EQ(why(run_case_without_figures("read", "posix", "failed: EIO")), "posix failed: EIO");
  EXPECT_EQ(why(run_case("read", "aio", 1000)), "posix was not measured there");
  auto null = run_case("read", "posix", 10);
  null.label = "synthetic";
  EXPECT_EQ(why(null), "posix is synthetic: it does no I/O");
}

TEST(Optimization, OneBackendAlone) {
  const Contest contest = contest_of({run_case("read", "posix", 1000)});
  EXPECT_EQ(contest.the_best()->backend, "posix");
  EXPECT_EQ(contest.advice, Advice::none);
  EXPECT_EQ(contest.doubts, std::vector<std::string>{"nothing was compared with posix"});
  EXPECT_EQ(contest.the_best()->bound->by, Spender::kernel);
}

TEST(Optimization, NothingAtAll) {
  EXPECT_TRUE(report_of(ReadResults()).contests.empty());
  const auto failed = report_of({run_case_without_figures("read", "posix", "failed: EIO"),
                                 run_case_without_figures("read", "uring", "skipped: no ring")});
  EXPECT_FALSE(failed.contests.at(0).best);
  EXPECT_TRUE(failed.overall.empty());
}

TEST(Optimization, Mechanisms) {
  auto copy = run_case("copy", "copy", 10);
  example::set_counter(copy, "shared", 1000);
  example::set_counter(copy, "punted", 250);
  const Contest contest = contest_of({run_case("copy", "posix", 1000), copy});
  EXPECT_TRUE(contest.contenders[0].mechanisms.empty());
  const auto& found = contest.contenders[1].mechanisms;
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "shared");
  EXPECT_DOUBLE_EQ(found[0].fraction, 1);
  EXPECT_DOUBLE_EQ(found[1].fraction, 0.25);
}

TEST(Optimization, NotesAreOfTheCase) {
  auto results = run_of({run_case("read", "posix", 1000), run_case("read", "auto", 500),
                         run_case("write", "auto", 500)});
  results.context["iodyno.note.auto.policy"] = "measured";
  results.context["iodyno.note.auto.host.drained"] = "the host's";
  results.context["iodyno.note.auto.picked.made/read/backend:auto/real_time"] = "uring";
  results.context["iodyno.note.auto.picked.made/write/backend:auto/real_time"] = "mmap";
  const std::map<std::string, std::string> expected = {{"picked", "uring"}, {"policy", "measured"}};
  EXPECT_EQ(report_of(results).contests.at(0).contenders.at(1).notes, expected);
}

TEST(Optimization, OneForAll) {
  const auto overall =
      report_of({run_case("read", "posix", 1000), run_case("read", "auto", 500),
                 run_case("read", "uring", 400), run_case("write", "posix", 1000),
                 run_case("write", "auto", 1001), run_case("write", "uring", 2000)})
          .overall;
  ASSERT_EQ(overall.size(), 2u);
  EXPECT_EQ(overall[0].backend, "auto");
  EXPECT_EQ(overall[0].faster, 1u);
  EXPECT_EQ(overall[0].same, 1u);
  EXPECT_TRUE(overall[0].is_advice());
  EXPECT_GT(overall[0].times_least, 1.9);
  EXPECT_EQ(overall[1].slower, 1u);
  EXPECT_FALSE(overall[1].is_advice());
  const auto open = report_of({run_case("write", "posix", 1000), run_case("write", "uring", 500),
                               run_case("read", "posix", 1000), noisy("uring", 1000, 0.2)})
                        .overall;
  EXPECT_EQ(open.at(0).undecided, 1u);
  EXPECT_FALSE(open.at(0).is_advice()) << "not to know of a loss is no promise";
}

/// What is no advice at one phase is none for everything.
TEST(Optimization, OneForAllNeedsAll) {
  const std::vector<ReadCase> sound = {
      run_case("read", "posix", 1000), run_case("read", "uring", 500),
      run_case("write", "posix", 1000), run_case("write", "uring", 500)};
  const auto is_advice = [](std::vector<ReadCase> cases) {
    return report_of(std::move(cases)).overall.at(0).is_advice();
  };
  EXPECT_TRUE(is_advice(sound));
  auto cases = sound;
  cases.push_back(run_case("delete", "posix", 1000));
  EXPECT_FALSE(is_advice(cases)) << "it has no such case";
  cases.push_back(run_case("delete", "uring", 500));
  cases[4].label = cases[5].label = "ok, open loop";
  EXPECT_FALSE(is_advice(cases)) << "a rate sets its time there";
  cases = sound;
  example::set_counter(cases[3], "drain_ns", 1e7);
  EXPECT_FALSE(is_advice(cases)) << "slower with what it left for after the clock";
  cases = sound;
  cases[3] = run_case("write", "uring", 968);
  EXPECT_FALSE(is_advice(cases)) << "perhaps by less than the threshold";
}

TEST(Optimization, PhasesStayTogetherAndPointsApart) {
  std::vector<ReadCase> cases;
  for (const char* depth : {"1", "8"})
    for (const char* phase : {"read", "write"})
      for (const char* backend : {"posix", "uring"})
        cases.push_back(run_case(phase, backend, 1000, {{"depth", depth}}));
  const auto contests = report_of(cases).contests;
  ASSERT_EQ(contests.size(), 4u);
  EXPECT_EQ(contests[1].phase, "read");
  EXPECT_EQ(contests[1].conditions.depth, 8);
  EXPECT_EQ(contests[2].phase, "write");
}

TEST(Conditions, SaySweptValuesFirst) {
  auto results = run_of({run_case("read", "posix", 1000, {{"size", "4096"}, {"files", "10"}})});
  const auto text = [&] { return to_text(conditions_of(results, results.cases[0])); };
  EXPECT_EQ(text(), "read, 10 files of 4 KiB, depth 1, data warm, names warm, durability none");
  results.cases[0].point = {{"block", "512"}, {"direct", "true"}};
  EXPECT_EQ(text(),
            "read, blocks of 512 B, 1000 files of 100 B, depth 1, data warm, names warm, direct, "
            "durability none");
  results.cases[0].point = {{"size", "odd"}};
  EXPECT_EQ(text(), "read, 1000 files, depth 1, data warm, names warm, durability none");
  results.context.clear();
  EXPECT_EQ(text(), "");
}

TEST(Conditions, ADeviceIsNamedOnlyWhereItCanBe) {
  auto results = run_of({run_case("read", "posix", 1000)});
  const auto may = [&] { return conditions_of(results, results.cases[0]).may_wait_for_device; };
  EXPECT_FALSE(may());
  results.context["iodyno.phase.read.cache"] = "cold";
  EXPECT_TRUE(may());
  results.context["iodyno.file_system"] = "tmpfs";
  EXPECT_FALSE(may());
  results.context.erase("iodyno.file_system");
  EXPECT_FALSE(may());
}

}  // namespace
}  // namespace iodyno::host
