// Whole runs: what is on the two outputs, which files there are, and what is left behind.
#include <algorithm>
#include <regex>
#include <sstream>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

const std::set<std::string> kFiles = {"results.json", "results.summary.json", "samples.jsonl"};

class Runs : public Cli {
 protected:
  /// A short one, without --out.
  Ended short_run(const Process::Settings& settings, std::vector<std::string> more = {}) {
    const std::vector<std::string> first = {"run",           "smoke",  "--backend", "null",
                                            "--target",      "target", "--filter",  "/read/",
                                            "--repetitions", "1"};
    more.insert(more.begin(), first.begin(), first.end());
    return iodyno(more, settings);
  }
};

/// What was written to a terminal, cut where the line is written over.
std::vector<std::string> pieces_of(const std::string& text) {
  static const std::string kOver = "\r\x1b[K";
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(kOver, begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + kOver.size();
  }
  return pieces;
}

/// A byte that starts a character is a column.
std::ptrdiff_t columns_of(const std::string& text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

/// On a terminal a control character may come; in a file only the ends of lines.
bool has_control_characters(const std::string& text) {
  return std::ranges::any_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f';
  });
}

TEST_F(Runs, SmokeOnNull) {
  const auto before = entries_of(target());
  const auto ended = iodyno({"run", "smoke", "--backend", "null", "--target", "target"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_FALSE(has_control_characters(ended.out));
  EXPECT_FALSE(has_control_characters(ended.err));
  for (const char* part : {"median", "create ", "read-block ", "synthetic", "5 cases: "})
    EXPECT_TRUE(contains(ended.out, part));
  EXPECT_TRUE(contains(ended.err, "target: target on "));
  EXPECT_TRUE(contains(ended.err, "smoke: 15 trials of 5 cases, about "));
  EXPECT_TRUE(std::regex_search(ended.err, std::regex("\nsmoke/delete: null [0-9.]+ [num]?s\n")))
      << ended.err;

  const auto runs = names_in(work() / "results" / "smoke");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_TRUE(std::regex_match(*runs.begin(), std::regex(R"(\d{4}-\d\d-\d\dT\d{6}Z)")));
  EXPECT_EQ(*runs.rbegin(), "latest");
  const auto latest = work() / "results" / "smoke" / "latest";
  EXPECT_EQ(fs::read_symlink(latest), *runs.begin());
  EXPECT_EQ(names_in(latest), kFiles);
  EXPECT_FALSE(contains(read_text(latest / "results.json"), "another run is working"))
      << "its own directory is no other run's";
  for (const auto& file : kFiles)
    EXPECT_TRUE(contains(ended.out, "results/smoke/" + *runs.begin() + "/" + file + "\n"));
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(Runs, ASecondOneStandsBesideTheFirst) {
  EXPECT_EQ(short_run(here()).status, 0);
  const auto latest = work() / "results" / "smoke" / "latest";
  const auto first = fs::read_symlink(latest);
  const auto kept = listing(latest.parent_path() / first);
  EXPECT_EQ(short_run(here()).status, 0);
  EXPECT_NE(fs::read_symlink(latest), first);
  EXPECT_EQ(names_in(latest.parent_path()).size(), 3u);
  EXPECT_EQ(listing(latest.parent_path() / first), kept);
}

TEST_F(Runs, WithOutTheSecondReplacesTheFirst) {
  const auto first = measure({"smoke", "--backend", "null", "--seed", "1"});
  EXPECT_EQ(first.status, 0);
  EXPECT_FALSE(contains(first.err, "replaces"));
  write_text(work() / "out" / "smoke" / "notes.txt", "someone's");
  const auto second = measure({"smoke", "--backend", "null", "--seed", "2"});
  EXPECT_EQ(second.status, 0);
  EXPECT_TRUE(contains(second.err, "replaces the results in out/smoke"));
  EXPECT_EQ(results("smoke").at("context").at("iodyno.seed"), "2");
  auto expected = kFiles;
  expected.insert("notes.txt");
  EXPECT_EQ(names_in(work() / "out" / "smoke"), expected);
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"out", "target"}));
}

TEST_F(Runs, SeveralScenarios) {
  write_text(work() / "own.yaml",
             "scenario: own\ndataset: {files: 2, size: 10 B}\nphases: [{name: r, op: read}]\n"
             "backends: [posix]\nrepetitions: 1\n");
  const auto ended = measure({"smoke", "own.yaml", "--backend", "null"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(names_in(work() / "out"), (std::set<std::string>{"own", "smoke"}));
  EXPECT_EQ(names_in(work() / "out" / "own"), kFiles);
  EXPECT_LT(ended.out.find("out/smoke/results.json"), ended.out.find("out/own/results.json"));
}

TEST_F(Runs, AllShippedOnes) {
  const auto ended = measure({"--backend", "null:latency=0ns", "--quick", "--filter", "/read/"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(names_in(work() / "out"),
            (std::set<std::string>{"random-access", "small-files", "smoke", "streaming"}));
  EXPECT_EQ(results("smoke").at("context").at("iodyno.quick"), "true");
}

TEST_F(Runs, OnPosixTheTargetIsAsBefore) {
  const auto before = entries_of(target());
  const auto ended = measure({"smoke", "--repetitions", "2"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"out", "target"}));
  EXPECT_EQ(summary("smoke").at("benchmarks").size(), 10u);
}

TEST_F(Runs, TheCurrentDirectoryIsTheTarget) {
  EXPECT_EQ(iodyno({"run", "smoke", "--filter", "/create/", "--repetitions", "1"}).status, 0);
  EXPECT_EQ(names_in(work()), (std::set<std::string>{"results", "target"}));
}

TEST_F(Runs, Lifecycle) {
  const auto ended = measure({"smoke", "--set", "lifecycle=true", "--filter", "lifecycle",
                              "--repetitions", "1", "--set", "dataset.files=5"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto row = results("smoke").at("benchmarks").at(0);
  EXPECT_EQ(row.at("name"), "smoke/lifecycle/backend:posix/real_time");
  EXPECT_EQ(row.at("iterations"), 1);
  for (const char* phase : {"create", "read", "update", "read-block", "delete"})
    EXPECT_TRUE(row.contains(std::string(phase) + "_ns"));
}

/// What the machine was like, what the host cost, and where the time went.
TEST_F(Runs, TheContextSaysWhatTheFiguresAreWorth) {
  const auto ended = measure({"smoke", "--filter", "/(read|delete)/", "--repetitions", "1"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(contains(ended.err, "% inside the clock, ")) << ended.err;
  EXPECT_TRUE(contains(ended.out, "Of a request the host itself costs ")) << ended.out;
  const auto file = results("smoke");
  const auto& context = file.at("context");
  const auto number = [&](const std::string& key) {
    EXPECT_TRUE(context.contains("iodyno." + key)) << key;
    return std::stod(context.value("iodyno." + key, "-1"));
  };
  double spent_s = 0;
  for (const auto& [key, value] : context.items())
    if (key.starts_with("iodyno.spent_s.")) spent_s += std::stod(value.get<std::string>());
  EXPECT_NEAR(spent_s, number("elapsed_s"), 0.05 * number("elapsed_s"));
  EXPECT_GT(number("spent_s.clock"), 0);
  EXPECT_GT(number("spent_s.processes"), 0);
  EXPECT_GT(number("host_overhead_ns.read"), 0);
  EXPECT_LT(number("host_overhead_ns.delete"), 100'000);
  for (const char* moment : {"before.", "after."})
    for (const char* what : {"load", "memory_available_bytes", "unwritten_bytes", "free_bytes"})
      EXPECT_GE(number(std::string(moment) + what), 0);
  EXPECT_GE(number("steal_percent"), 0);
  EXPECT_TRUE(contains(context.at("iodyno.phase.read.latency"), "closed loop: "));
  for (const auto& row : file.at("benchmarks"))
    for (const char* counter : {"system_cpu_ns", "minor_faults", "voluntary_switches",
                                "iou_wrk_cpu_ns", "iou_sqp_cpu_ns"})
      EXPECT_TRUE(row.contains(counter)) << row.at("name") << " " << counter;
}

TEST_F(Runs, AnOpenLoopSaysSo) {
  const auto ended = measure({"smoke", "--filter", "/read/", "--repetitions", "1", "--set",
                              "phases.read.rate=1000/s", "--set", "dataset.files=20"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto file = results("smoke");
  EXPECT_TRUE(contains(file.at("context").at("iodyno.phase.read.latency"), "open loop: "));
  const auto& row = file.at("benchmarks").at(0);
  EXPECT_TRUE(contains(row.at("label"), ", open loop")) << row.at("label");
  EXPECT_EQ(row.at("rate_per_second"), 1000);
  EXPECT_TRUE(row.contains("service_p99_ns"));
}

TEST_F(Runs, QuietSaysNothing) {
  const auto ended = short_run(here(), {"--quiet"});
  EXPECT_EQ(ended.status, 0);
  std::istringstream lines(ended.err);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with("warning: ")) << "what may not be missed alone: " << line;
  EXPECT_TRUE(contains(ended.out, "1 ok") || contains(ended.out, "1 degraded")) << ended.out;
}

TEST_F(Runs, ColorAndProgressOnATerminal) {
  const std::regex color("\x1b\\[[0-9;]+m");
  const auto terminal = short_run(here({}, Process::Output::terminal));
  EXPECT_EQ(terminal.status, 0);
  EXPECT_TRUE(std::regex_search(terminal.out, color)) << terminal.out;
  EXPECT_TRUE(contains(terminal.err, "\r\x1b[Kread · block 1 of 1 · [null]")) << terminal.err;
  EXPECT_EQ(pieces_of(terminal.err).back().find("block"), std::string::npos) << "it is cleared";
  const auto plain = short_run(here({{"NO_COLOR", "1"}}, Process::Output::terminal));
  EXPECT_EQ(plain.status, 0);
  EXPECT_FALSE(std::regex_search(plain.out, color)) << plain.out;
  const auto empty = short_run(here({{"NO_COLOR", ""}}, Process::Output::terminal));
  EXPECT_TRUE(std::regex_search(empty.out, color)) << "an empty NO_COLOR is none";
}

/// The line that is written over does not wrap, also where the terminal becomes narrower meanwhile.
TEST_F(Runs, ProgressFitsTheTerminal) {
  auto settings = here({}, Process::Output::terminal);
  settings.columns = 70;
  Process run(command({"run", "smoke", "--backend", "posix", "--backend", "null", "--backend",
                       "another=null", "--target", "target", "--repetitions", "10"}),
              settings);
  const auto draws = [&] { return pieces_of(run.said()).size(); };
  ASSERT_TRUE(eventually([&] { return draws() > 40; }));
  run.resize(30);
  const auto before = draws();
  const auto ended = run.wait();
  EXPECT_EQ(ended.status, 0);
  const auto pieces = pieces_of(ended.err);
  std::size_t narrow = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (contains(pieces[i], "\n")) continue;  // a line that stays
    const bool is_later = i > before + 2;
    EXPECT_LE(columns_of(pieces[i]), is_later ? 29 : 69) << pieces[i];
    narrow += is_later;
  }
  EXPECT_GT(narrow, 10u);
  EXPECT_TRUE(contains(ended.err, " · [posix")) << "there was room for what runs";
  EXPECT_TRUE(contains(ended.err, " s left"));
}

/// The parent looks at it, once a second.
TEST_F(Runs, ALongTrialTellsHowLongItGoesOn) {
  const auto ended = iodyno(
      {"run", "smoke", "--backend", "null:latency=50ms", "--target", "target", "--filter", "/read/",
       "--repetitions", "1", "--set", "dataset.files=70", "--set", "rehearse=false"},
      here({}, Process::Output::terminal));
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(contains(ended.err, "\r\x1b[Kread · block 1 of 1 · [null 2 s]")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "[null 3 s]")) << ended.err;
}

TEST_F(Runs, EndsWithWhoIsFasterAndWhatToDoNext) {
  const auto told = [&](const std::string& repetitions, std::vector<std::string> more) {
    more.insert(more.begin(), {"smoke", "--filter", "/read/", "--repetitions", repetitions,
                               "--backend", "posix", "--backend", "slow=handicap:percent=900"});
    return measure(more).out;
  };
  const auto decided = told("6", {});
  // Who it is depends on the machine, too.
  EXPECT_TRUE(std::regex_search(
      decided, std::regex("\nread: [^]*\\.\n +median  throughput      CPU       as fast as posix  "
                          "validity\n[* ] posix .* baseline")))
      << decided;
  EXPECT_TRUE(contains(decided,
                       "compare.py filters out/smoke/results.json backend:posix/ backend:slow/\n"));
  EXPECT_TRUE(contains(decided, "\niodyno compare out/smoke\n"));
  const auto open = told("2", {"--backend", "bad=" + std::string(LIAR_PLUGIN) + ":how=run_fails"});
  EXPECT_TRUE(contains(open, "2 blocks can't tell which is faster: ")) << open;
  EXPECT_FALSE(contains(open, "\nread: ") || contains(open, "* posix")) << open;
  EXPECT_TRUE(contains(open,
                       "\niodyno export --format gbench --out good.json out/smoke\n"
                       "compare.py filters good.json backend:posix/ backend:slow/\n"))
      << "without the rows of what failed";
}

TEST_F(Runs, AReaderThatGoesAwayDoesNotEndIt) {
  const auto before = entries_of(target());
  const auto ended = short_run(here({}, Process::Output::closed));
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(entries_of(target()), before);
  EXPECT_EQ(names_in(work() / "results" / "smoke" / "latest"), kFiles);
}

// --- Failures of some, or of all

TEST_F(Runs, ACaseThatFailsLeavesTheOthersStanding) {
  const auto before = entries_of(target());
  const auto ended =
      measure({"smoke", "--filter", "/read/", "--repetitions", "2", "--backend", "null",
               "--backend", "bad=" + std::string(LIAR_PLUGIN) + ":how=run_fails", "--backend",
               "crash=" + std::string(CRASHER_PLUGIN) + ":what=segv", "--backend", "posix"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_TRUE(contains(ended.err, "smoke/read/backend:bad/real_time: failed: "));
  EXPECT_TRUE(contains(ended.err, "the engine stalled"));
  EXPECT_TRUE(contains(ended.out, "failed: ") && contains(ended.out, "skipped: "));
  EXPECT_EQ(entries_of(target()), before);
  std::set<std::string> good;
  for (const auto& row : summary_rows("smoke")) good.insert(row.at("name"));
  EXPECT_EQ(good, (std::set<std::string>{"smoke/read/backend:null/real_time",
                                         "smoke/read/backend:posix/real_time"}));
  const auto all = results("smoke");
  int errors = 0;
  for (const auto& row : all.at("benchmarks"))
    if (row.value("error_occurred", false)) {
      ++errors;
      EXPECT_EQ(row.at("run_name"), "smoke/read/backend:bad/real_time");
      EXPECT_TRUE(contains(row.at("error_message"), "the engine stalled"));
    }
  EXPECT_EQ(errors, 1);
  EXPECT_TRUE(all.at("context").contains("iodyno.skipped.smoke/read/backend:crash/real_time"));
}

TEST_F(Runs, ACrashIsThatCasesFailure) {
  write_text(work() / "own.yaml",
             "scenario: own\ndataset: {files: 2, size: 10 B}\nphases: [{name: ask, op: stat}]\n"
             "backends: [posix]\nrepetitions: 2\n");
  const auto before = entries_of(target());
  const auto ended = measure(
      {"own.yaml", "--backend", std::string(CRASHER_PLUGIN) + ":what=segv", "--backend", "posix"});
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_TRUE(
      contains(ended.err, "own/ask/backend:crasher/real_time: failed: crashed with SIGSEGV"));
  EXPECT_EQ(summary_rows("own").size(), 1u);
  EXPECT_EQ(entries_of(target()), before);
}

TEST_F(Runs, WhatGivesOtherBytesIsInvalid) {
  const auto ended = measure({"smoke", "--filter", "/read/", "--repetitions", "1", "--backend",
                              std::string(LIAR_PLUGIN) + ":how=delivers_other_bytes"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_TRUE(contains(ended.out, "invalid"));
  EXPECT_EQ(summary("smoke").at("benchmarks").size(), 0u);
}

TEST_F(Runs, NothingCouldRun) {
  const auto before = entries_of(target());
  const auto ended = measure({"smoke", "--filter", "/delete/", "--backend", LIAR_PLUGIN});
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(contains(ended.err, "nothing could run: the table says why"));
  EXPECT_TRUE(contains(ended.out, "skipped: "));
  EXPECT_EQ(entries_of(target()), before);
}

}  // namespace
}  // namespace iodyno::test
