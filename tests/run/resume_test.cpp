// Runs that are gone on with: what is left of them, and what comes of it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "run/bench.hpp"
#include "run/earlier.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::contains;

const std::set<std::string> kSet{"results.json", "results.summary.json", "samples.jsonl"};

/// Two phases of two cases and three blocks: twelve trials, of exact latencies.
const std::string kScenario = R"(
scenario: s
dataset: {files: 8}
phases: [{name: look, op: stat}, {name: make, op: create}]
backends: [{'null': {latency: 1 us}, as: fast}, {'null': {latency: 20 us}, as: slow}]
repetitions: 3
)";

Begun begun(const std::string& id = "1", const std::vector<std::string>& continues = {}) {
  return {.id = id,
          .directory = "/",
          .scenario_file = "s.yaml",
          .scenario_text = kScenario,
          .arguments = {{"--seed", {"5"}}},
          .facts = {{"seed", "5"}},
          .began_s = since_epoch_s() - 1000,
          .continues = continues,
          .resumptions = {}};
}

class Resume : public testing::Test {
 protected:
  fs::path place() const { return bench.files / "out/s"; }

  /// What a run that was killed has left, with these samples.
  fs::path leave(const std::string& samples, const std::string& name = ".part-killed",
                 const std::vector<std::string>& continues = {}) const {
    fs::create_directories(place() / name);
    test::write_text(place() / name / "samples.jsonl", samples);
    test::write_text(place() / name / kBegunFile, begun_text(begun(name, continues)));
    return place() / name;
  }

  RunResult go_on(const std::string& yaml, RunSettings settings = {}) {
    const auto earlier = find_earlier(place());
    if (!earlier) throw std::runtime_error("nothing is found");
    settings.begun = earlier->begun;
    settings.begun->continues = {earlier->begun.id};
    settings.earlier = earlier->samples;
    RunDirectory directory(bench.target.path());
    Output output(*earlier);
    Progress progress(Progress::Style::quiet);
    auto result = run_plan(bench.plan(yaml), directory, look_at_file_system(bench.target.path()),
                           output, progress, settings);
    output.finish(result.results, result.interrupted);
    return result;
  }

  std::vector<std::string> lines_of_a_run(const std::string& yaml,
                                          const RunSettings& settings = {}) {
    bench.run(yaml, settings);
    std::istringstream text(test::read_text(place() / "samples.jsonl"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  test::Bench bench;
};

/// Cases and blocks of all trials in the order in which they ran, and their position in the block.
std::vector<std::string> trials_in(const fs::path& file) {
  std::vector<std::string> all;
  std::istringstream text(test::read_text(file));
  for (std::string line; std::getline(text, line);) {
    const auto sample = sample_from_json(line);
    all.push_back(sample.name + " " + std::to_string(sample.block) + " " +
                  std::to_string(sample.order) + " " + std::to_string(sample.requests) +
                  sample.error);
  }
  return all;
}

/// Interrupted after each of its trials.
TEST_F(Resume, GivesWhatARunInOneGoGives) {
  const auto lines = lines_of_a_run(kScenario);
  const auto whole = trials_in(place() / "samples.jsonl");
  ASSERT_EQ(whole.size(), 12u);
  std::string left;
  for (std::size_t done = 0; done <= lines.size(); ++done) {
    SCOPED_TRACE(done);
    leave(left);
    const auto run = go_on(kScenario);
    test::expect_all_good(run, 3);
    EXPECT_EQ(trials_in(place() / "samples.jsonl"), whole);
    EXPECT_TRUE(test::read_text(place() / "samples.jsonl").starts_with(done % 2 == 0 ? left : ""));
    EXPECT_EQ(test::names_in(place()), kSet);
    const auto& context = run.results.context;
    EXPECT_EQ(context.at("resumed"), "1");
    EXPECT_EQ(context.at("resumed.1.kept_trials"), std::to_string(done - done % 2));
    EXPECT_EQ(context.at("resumed.1.dropped_trials"), std::to_string(done % 2));
    if (done >= 2) {
      EXPECT_EQ(context.at("resumed.1.in"), done < 7 ? "look" : "make");
      EXPECT_EQ(context.at("resumed.1.blocks"), std::to_string((done < 7 ? done : done - 6) / 2));
    }
    for (const auto& c : run.results.cases)
      for (std::size_t i = 1; i < c.samples.size(); ++i)
        EXPECT_GT(c.samples[i].started_s, c.samples[i - 1].started_s);
    if (done < lines.size()) left += lines[done] + "\n";
  }
}

TEST_F(Resume, DoesNotTryAgainWhatHasFailed) {
  const std::string yaml = R"(
scenario: s
dataset: {files: 2}
phases: [{name: look, op: stat}, {name: make, op: create}]
backends: [{'null': {latency: 0 ns}}, {crasher: {when: run, what: throw}}]
repetitions: 2
)";
  const auto lines = lines_of_a_run(yaml);
  const auto whole = trials_in(place() / "samples.jsonl");
  ASSERT_EQ(whole.size(), 5u);  // the crasher has no create
  std::string left;
  for (const auto& line : lines) {
    leave(left += line + "\n");
    const auto run = go_on(yaml);
    EXPECT_EQ(trials_in(place() / "samples.jsonl"), whole);
    EXPECT_EQ(run.results.context.count("time_limit_reached"), 0u);
  }
}

TEST_F(Resume, StopsWhereThePrecisionIsReached) {
  const std::string yaml = kScenario + "precision: 2%\n";
  const RunSettings settings{.null = {}, .context = {}, .known_within = [](const auto& cases) {
                               return cases[0]->samples.size() < 4 ? 0.5 : 0.001;
                             }};
  const auto lines = lines_of_a_run(yaml, settings);
  const auto whole = trials_in(place() / "samples.jsonl");
  ASSERT_EQ(whole.size(), 16u);
  for (const std::size_t done : {7, 8, 9}) {
    std::string left;
    for (std::size_t i = 0; i < done; ++i) left += lines[i] + "\n";
    leave(left);
    const auto run = go_on(yaml, settings);
    EXPECT_EQ(trials_in(place() / "samples.jsonl"), whole);
    EXPECT_EQ(run.results.context.at("precision.look"), "reached after 4 blocks");
    EXPECT_EQ(run.results.context.at("precision.make"), "reached after 4 blocks");
  }
}

TEST_F(Resume, TakesNoTrialsThatItDoesNotKnow) {
  const auto lines = lines_of_a_run(kScenario);
  const auto refusal = [&](const std::string& samples) {
    leave(samples);
    const auto why = test::thrown_by<CannotResume>([&] { go_on(kScenario); });
    EXPECT_EQ(test::read_text(place() / ".part-killed/samples.jsonl"), samples);
    auto names = kSet;
    names.insert(".part-killed");
    EXPECT_EQ(test::names_in(place()), names) << "nothing is left of the attempt";
    fs::remove_all(place() / ".part-killed");
    EXPECT_EQ(find_leftovers(bench.target.path()).size(), 1u);
    for (const auto& one : find_leftovers(bench.target.path()))
      remove_leftover(bench.target.path(), one.name);
    return why;
  };
  EXPECT_TRUE(contains(refusal(lines[0] + "\n" + lines[0] + "\n"), "two trials of s/look/"));
  EXPECT_TRUE(contains(refusal(lines[4] + "\n"), "does not come there now: s/look/"));
  Sample foreign;
  foreign.name = "s/\x1b<script>/backend:x/real_time";
  EXPECT_TRUE(contains(refusal(to_json_line(foreign) + "\n"), "now: s/ <script>/backend:x"));
}

TEST_F(Resume, LeavesOutALastLineThatIsNotWhole) {
  const auto lines = lines_of_a_run(kScenario);
  for (const std::string& cut : {lines[1].substr(0, 100), std::string("\0\0\0\n", 4), lines[1]}) {
    leave(lines[0] + "\n" + cut);
    const auto earlier = find_earlier(place());
    EXPECT_TRUE(earlier->is_cut);
    EXPECT_EQ(earlier->samples.size(), 1u);
  }
  leave("");
  EXPECT_FALSE(find_earlier(place())->is_cut);
  EXPECT_TRUE(find_earlier(place())->samples.empty());
  leave("{}\n" + lines[0] + "\n");
  EXPECT_TRUE(contains(test::thrown_by<CannotResume>([&] { find_earlier(place()); }),
                       "samples.jsonl:1: sample: version: is missing"));
}

TEST_F(Resume, FindsTheRunThatHasMost) {
  fs::create_directories(place());
  EXPECT_FALSE(find_earlier(place()));
  const auto killed = leave("");
  EXPECT_EQ(find_earlier(place())->directory, killed);
  EXPECT_EQ(find_earlier(killed.string() + "/")->directory, killed);
  const auto second = leave("", ".part-second", {".part-killed"});
  EXPECT_EQ(find_earlier(place())->directory, second);
  test::write_text(place() / "results.json", "");
  const auto third = leave("", "interrupted");
  EXPECT_TRUE(contains(test::thrown_by<CannotResume>([&] { find_earlier(place()); }),
                       "several interrupted runs, name one of them: "));
  EXPECT_EQ(find_earlier(third)->directory, third);
  EXPECT_EQ(find_earlier(third)->place, place());
  leave("", ".", {"interrupted", ".part-second"});
  EXPECT_EQ(find_earlier(place())->directory, place());
  leave("", ".part-third");
  EXPECT_EQ(find_earlier(place())->directory, place()) << "it is the one that is named";
}

/// It was killed as it put its files in place.
TEST_F(Resume, TakesOneOfTwoThatAreTheSame) {
  const auto part = leave("");
  test::write_text(place() / "results.json", "");
  fs::create_directory(place() / "interrupted");
  for (const char* name : {"samples.jsonl", kBegunFile})
    fs::create_hard_link(part / name, place() / "interrupted" / name);
  EXPECT_EQ(find_earlier(place())->directory, place() / "interrupted");
  fs::remove(part / "samples.jsonl");
  EXPECT_EQ(find_earlier(place())->directory, place() / "interrupted");
}

TEST_F(Resume, GivesItsPlaceToAScenarioThatIsCalledInterrupted) {
  const auto directory = leave("", "interrupted");
  EXPECT_EQ(find_earlier(directory)->place, directory) << "it is beside nothing";
}

TEST_F(Resume, IsNotLedOnByWhatARunDoesNotLeave) {
  const auto refusal = [&](const char* name, auto make) {
    const auto file = leave("") / name;
    fs::remove(file);
    make(file);
    const auto why = test::thrown_by<CannotResume>([&] { find_earlier(place()); });
    fs::remove_all(place());
    return why;
  };
  const auto pipe = [](const fs::path& file) { mkfifo(file.c_str(), 0600); };
  const auto zeros = [](const fs::path& file) { fs::create_symlink("/dev/zero", file); };
  const auto large = [](const fs::path& file) {
    test::write_text(file, "{");
    fs::resize_file(file, std::uintmax_t(1) << 40);
  };
  for (const char* name : {"samples.jsonl", kBegunFile}) {
    EXPECT_TRUE(contains(refusal(name, pipe), "is not a regular file"));
    EXPECT_TRUE(contains(refusal(name, zeros), "is not a regular file"));
    EXPECT_TRUE(contains(refusal(name, large), "er than 16 MiB"));
  }
  const auto deep = [](const fs::path& file) {
    test::write_text(
        file, "{\"version\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}");
  };
  EXPECT_TRUE(contains(refusal(kBegunFile, deep), "is of another version"));
}

TEST_F(Resume, LeavesARunAloneThatGoesOn) {
  Output output(bench.files / "out", "s");
  output.remember(begun_text(begun()));
  EXPECT_TRUE(contains(test::thrown_by<CannotResume>([&] { find_earlier(place()); }),
                       "samples.jsonl: the run goes on"));
}

/// What it names is loaded and run.
TEST_F(Resume, TrustsNoRunOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  constexpr uid_t kOther = 4711, kNobody = 65534;
  const auto file = leave("") / kBegunFile;
  if (chown(file.c_str(), kOther, gid_t(-1)) != 0) GTEST_SKIP() << "chown: " << strerror(errno);
  ASSERT_EQ(chmod(bench.files.path().c_str(), 0755), 0);
  ASSERT_EQ(seteuid(kNobody), 0);
  const auto said = test::thrown_by([&] { find_earlier(place()); });
  ASSERT_EQ(seteuid(0), 0);
  if (contains(said, "Permission denied")) GTEST_SKIP() << said;
  EXPECT_EQ(said, file.string() + ": is another user's");
}

TEST_F(Resume, KeepsWhatIsInterruptedAgainInItsPlace) {
  const Results none{
      .scenario = "s", .baseline = "b", .cases = {{.name = "s/p/backend:b/real_time"}}};
  auto names = kSet;
  names.insert(kBegunFile);
  leave("");
  for (const std::string id : {"2", "3", "4"}) {
    const auto earlier = find_earlier(place());
    ASSERT_TRUE(earlier);
    auto continues = earlier->begun.continues;
    continues.push_back(earlier->begun.id);
    Output output(*earlier);
    output.remember(begun_text(begun(id, continues)));
    EXPECT_EQ(output.finish(none, true), place()) << "no older set that would be replaced";
    EXPECT_EQ(test::names_in(place()), names);
  }
}

TEST_F(Resume, RemovesNothingButWhatItHasGoneOnWith) {
  const Results none{
      .scenario = "s", .baseline = "b", .cases = {{.name = "s/p/backend:b/real_time"}}};
  const auto killed = leave("", ".part-killed", {"interrupted of another time"});
  test::write_text(killed / "theirs", "");
  leave("", "interrupted");
  test::write_text(place() / "results.json", "");
  leave("", ".part-other");
  fs::create_directory(bench.files / "elsewhere");
  test::write_text(bench.files / "elsewhere/samples.jsonl", "theirs");
  fs::create_directory_symlink(bench.files / "elsewhere", place() / ".resuming-link");
  fs::create_directory(place() / ".resuming-killed");
  test::write_text(place() / ".resuming-killed/samples.jsonl", "");
  const auto other = find_earlier(place() / ".part-other");
  const Output goes_on(*other);
  const auto earlier = find_earlier(killed);
  Output(*earlier).finish(none, false);
  auto names = kSet;
  names.insert({".part-killed", ".part-other", "interrupted"});
  auto found = test::names_in(place());
  EXPECT_EQ(std::erase_if(found, [](auto& name) { return name.starts_with(kResuming); }), 2u)
      << "that of the run that goes on, and what leads elsewhere";
  EXPECT_EQ(test::read_text(bench.files / "elsewhere/samples.jsonl"), "theirs");
  EXPECT_EQ(found, names);
  EXPECT_EQ(test::names_in(killed), std::set<std::string>{"theirs"});
}

TEST(Begun, IsReadAsItWasWritten) {
  auto all = begun("1", {"2", "3"});
  all.has_latest = true;
  all.scenario_text = "\"<script>\"\n\t\x01 \xc3\xa9" + std::string(10'000, 'x');
  all.resumptions = {
      {.pause_s = 1.5, .kept = 2, .dropped = 3, .group = "read/depth:8", .blocks = 4}};
  const auto text = begun_text(all);
  EXPECT_EQ(begun_text(begun_from(text)), text);
  EXPECT_EQ(begun_from(text).scenario_text, all.scenario_text);
  all.directory = "caf\xe9";
  EXPECT_NE(test::thrown_by<std::runtime_error>([&] { begun_text(all); }), "");
}

TEST(Begun, IsNothingElse) {
  const auto text = begun_text(begun());
  for (std::size_t end = 0; end + 2 < text.size(); ++end)
    EXPECT_NE(test::thrown_by<std::runtime_error>([&] { begun_from(text.substr(0, end)); }), "");
  for (const char* wrong : {"[]", "{}", R"({"version": 2})", R"({"version": 1, "directory": 5})"})
    EXPECT_NE(test::thrown_by<std::runtime_error>([&] { begun_from(wrong); }), "");
}

}  // namespace
}  // namespace iodyno::host
