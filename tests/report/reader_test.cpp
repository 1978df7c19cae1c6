#include "report/reader.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "example_results.hpp"
#include "read_back.hpp"
#include "support/memory.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;
using example::read_back;
using example::read_text_back;
using Json = nlohmann::ordered_json;

Results two_cases() {
  Results results = example::results({quiet_case("read", "posix"), quiet_case("read", "uring")});
  results.context = {{"file_system", "ext4"}, {"baseline", "posix"}};
  return results;
}

std::string sound() { return gbench_results(two_cases()); }

/// The text with a change to its first row of a trial.
std::string with_row(const std::function<void(Json&)>& change) {
  Json file = Json::parse(sound());
  change(file["benchmarks"][0]);
  return file.dump();
}

std::string complaint(const std::string& text) {
  try {
    read_text_back(text);
  } catch (const UnreadableResults& unreadable) {
    return unreadable.what();
  }
  return "none";
}

void expect_refused(const std::string& text, const std::string& why) {
  const std::string said = complaint(text);
  EXPECT_NE(said.find("results.json: " + why), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), std::string::npos);
}

TEST(Reader, ReadsWhatIsWritten) {
  const ReadResults read = read_back(two_cases());
  EXPECT_EQ(read.stated("file_system"), "ext4");
  EXPECT_EQ(read.stated("format_version"), "1");
  EXPECT_EQ(read.stated("absent"), "");
  EXPECT_EQ(read.context.at("executable"), "iodyno");
  ASSERT_EQ(read.cases.size(), 2u);
  const ReadCase& posix = read.cases[0];
  EXPECT_EQ(posix.name, "tiny/read/backend:posix/depth:1/real_time");
  EXPECT_EQ(posix.scenario, "tiny");
  EXPECT_EQ(posix.phase, "read");
  EXPECT_EQ(posix.backend, "posix");
  EXPECT_EQ(posix.work(), "read/depth:1");
  EXPECT_EQ(posix.label, "ok");
  EXPECT_EQ(posix.missing, "");
  ASSERT_EQ(posix.repetitions.size(), 3u);
  for (std::uint32_t block = 0; block < 3; ++block) {
    EXPECT_EQ(posix.repetitions[block].block, block);
    EXPECT_NEAR(posix.repetitions[block].real_time_ns, 1000 + 10 * block, 1e-6);
  }
}

TEST(Reader, TrialsAreOrderedByBlock) {
  Results results = two_cases();
  std::reverse(results.cases[0].samples.begin(), results.cases[0].samples.end());
  results.cases[0].samples[0].block = 7;  // blocks may be missing
  const auto read = read_back(results).cases[0].repetitions;
  EXPECT_EQ(read[0].block, 0u);
  EXPECT_EQ(read[2].block, 7u);
  EXPECT_NEAR(read[2].real_time_ns, 1020, 1e-6);
}

TEST(Reader, CasesWithoutFiguresSayWhy) {
  Results results = two_cases();
  results.cases[0].samples[1].error = "EIO";
  results.cases.push_back(quiet_case("read", "aio"));
  results.cases.back().samples[0].invalid = {"stamps lie"};
  results.cases.push_back(quiet_case("read", "copy"));
  results.cases.back().samples.clear();
  results.cases.back().skipped = "no reflink here";
  const auto read = read_back(results).cases;
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[0].missing, "failed: EIO (1 of 3 trials)");
  EXPECT_TRUE(read[0].repetitions.empty());
  EXPECT_EQ(read[1].missing, "");
  EXPECT_EQ(read[2].missing, "invalid: stamps lie (1 of 3 trials)");
  EXPECT_EQ(read[3].missing, "skipped: no reflink here");
  EXPECT_EQ(read[3].backend, "copy");
}

TEST(Reader, SyntheticAndDegradedAreToldByTheLabel) {
  Results results = two_cases();
  results.cases[0].synthetic = true;
  results.cases[1].samples.resize(2);
  const auto read = read_back(results).cases;
  EXPECT_TRUE(read[0].synthetic());
  EXPECT_FALSE(read[1].synthetic());
  EXPECT_EQ(read[1].label, "degraded: only 2 repetitions");
}

// --- What is refused

TEST(Reader, AFileThatEndsEarly) {
  const std::string text = sound();
  const std::size_t end = text.find_last_of('}');
  for (std::size_t size = 0; size < end; size += 97)
    expect_refused(text.substr(0, size), "is not JSON, or not all of it: an error at byte ");
  expect_refused(text + "}", "is not JSON, or not all of it");
}

TEST(Reader, WhatIsNoResult) {
  for (const char* text : {"name,time\nposix,3\n", "{\"a\": NaN}", "\x80\xFF", "{'a': 1}"})
    expect_refused(text, "is not JSON");
  for (const char* text : {"3", "\"iodyno\"", "null", "true", "[]", "[{\"context\": {}}]"})
    expect_refused(text, "is not an object");
  for (const char* text : {"{}", R"({"context": []})", R"({"context": {"iodyno.seed": "1"}})",
                           R"({"x": {"context": {"iodyno.format_version": "1"}}})"})
    expect_refused(text, "is not a result of iodyno: its context has no iodyno.format_version");
  const std::string context = R"({"context": {"iodyno.format_version": "1"})";
  expect_refused(context + "}", "has no \"benchmarks\"");
  expect_refused(context + R"(, "benchmarks": {"a": {}}})", "has no \"benchmarks\"");
  expect_refused(context + R"(, "benchmarks": []})", "has no case");
  expect_refused(context + R"(, "benchmarks": [[1, "x", true], 2, "name"]})", "has no case");
  expect_refused(context + R"(, "benchmarks": [{}]})", "has a row without a sound \"name\"");
  expect_refused(context + R"(, "benchmarks": [{"name": 1e999}]})", "has a number that is too");
}

TEST(Reader, AnotherVersion) {
  std::string text = sound();
  const std::string key = "\"iodyno.format_version\": \"1\"";
  text.replace(text.find(key), key.size(), "\"iodyno.format_version\": \"2\"");
  expect_refused(text, "has version 2 of the format; this program reads version 1");
}

TEST(Reader, TheSummary) {
  expect_refused(gbench_summary(two_cases()), "is a summary, which has medians only");
}

TEST(Reader, RowsThatLackWhatIsNeeded) {
  expect_refused(with_row([](Json& row) { row.erase("real_time"); }),
                 "has a row without a sound \"real_time\": tiny/read/backend:posix/");
  expect_refused(with_row([](Json& row) { row["real_time"] = "1"; }), "has a row without");
  expect_refused(with_row([](Json& row) { row["real_time"] = -1; }), "has a row without");
  expect_refused(with_row([](Json& row) { row["time_unit"] = "us"; }), "has a row without");
  expect_refused(with_row([](Json& row) { row["repetition_index"] = 0.5; }), "has a row without");
  expect_refused(with_row([](Json& row) { row["repetition_index"] = -1; }), "has a row without");
  expect_refused(with_row([](Json& row) { row["repetition_index"] = 1; }),
                 "has two trials of one block: tiny/read/backend:posix/depth:1/real_time");
  expect_refused(with_row([](Json& row) { row["run_type"] = "other"; }), "has a row without");
  for (const char* name : {"read", "tiny/read/posix/real_time", "tiny/read/backend:posix",
                           "tiny/read/backend:posix/depth/real_time", "////"})
    expect_refused(with_row([&](Json& row) { row["name"] = name; }),
                   "has a case with a name that is none of ours");
}

TEST(Reader, ATrialWithoutTimeHasNoRatio) {
  const auto read = read_text_back(with_row([](Json& row) { row["real_time"] = 0; }));
  EXPECT_EQ(read.cases[0].missing, "failed: a trial of it took no time");
}

TEST(Reader, WhatIsAddedLaterIsNoObstacle) {
  const std::string text = with_row([](Json& row) {
    row["later"] = {{"real_time", 5}, {"name", "x"}, {"deep", {1, {{"name", "y"}}}}};
    row["none"] = nullptr;
  });
  EXPECT_NEAR(read_text_back(text).cases[0].repetitions[0].real_time_ns, 1000, 1e-6);
}

TEST(Reader, DeepNestingIsNoObstacle) {
  const std::string deep(1'000'000, '[');
  expect_refused(deep, "is not an object");
  expect_refused("{\"a\": " + deep, "is not JSON");
}

/// What takes names apart and searches them is not made for these.
TEST(Reader, NamesLongerThanAScenarioGives) {
  const auto named = [](const std::string& phase, const std::string& keys) {
    return with_row(
        [&](Json& row) { row["name"] = "s/" + phase + "/backend:b" + keys + "/real_time"; });
  };
  std::string keys;
  for (int i = 0; i < 1'000; ++i) keys += "/k:v";
  expect_refused(named("p", keys), "has a case with more than 100 keys");
  expect_refused(named(std::string(100'000, 'x'), ""), "has a case with a name of more than 65536");
  EXPECT_EQ(read_text_back(named(std::string(50'000, 'x'), "")).cases.size(), 3u);
}

/// A few bytes in the file are no more than a few bytes in memory.
TEST(Reader, RowsOfNothing) {
  const auto file = [](const std::string& row) {
    auto text = sound();
    const auto at = text.find('[', text.find("\"benchmarks\"")) + 1;
    std::string rows;
    for (int i = 0; i < 500'000; ++i) rows += row + ",";
    return text.insert(at, rows);
  };
  const auto empty = file("{}"), aggregates = file("{\"run_type\":\"aggregate\"}");
  const auto before = test::peak_memory([] {});
  const auto memory = test::peak_memory([&] {
    expect_refused(empty, "has a row without a sound \"name\" or \"run_type\"");
    EXPECT_EQ(read_text_back(aggregates).cases.size(), 2u);
  });
  EXPECT_LE(memory, before + (64u << 20));
}

TEST(Reader, NoFile) {
  const test::TempDir directory;
  for (const std::string& path :
       std::vector{directory.path().string(), (directory / "absent").string()}) {
    try {
      read_results(path);
      ADD_FAILURE() << path;
    } catch (const UnreadableResults& unreadable) {
      EXPECT_TRUE(std::string(unreadable.what()).ends_with(": No such file or directory"));
    }
  }
}

}  // namespace
}  // namespace iodyno::host
