#include "report/history.hpp"

#include <nlohmann/json.hpp>

#include "example_results.hpp"
#include "read_back.hpp"

namespace iodyno::host {
namespace {

using example::quiet_case;
using example::read_back;
using test::contains;
using Json = nlohmann::ordered_json;

bool all(const std::string&) { return true; }

/// A run at some time, `factor` times as slow.
NamedResults run_at(const std::string& date, double factor = 1,
                    std::map<std::string, std::string> context = {}) {
  Results results = example::results({quiet_case("read", "posix"), quiet_case("read", "uring")});
  for (Sample& sample : results.cases[0].samples)
    sample.wall_ns = std::uint64_t(double(sample.wall_ns) * factor);
  results.context = {{"file_system", "ext4"},
                     {"cpu_model", "A 64-Core"},
                     {"version", "0.1"},
                     {"backend.posix.version", "1.0"}};
  for (const auto& [key, value] : context) results.context[key] = value;
  NamedResults named{date + "/results.json", read_back(results)};
  named.results.context["date"] = date;
  named.results.context["host_name"] = "here";
  return named;
}

TEST(History, OldestFirstInUtc) {
  const History history =
      history_of({run_at("2026-11-27T10:00:00+00:00", 2), run_at("2026-11-27T10:30:00+01:00", 1),
                  run_at("2026-11-27T06:00:00-05:00", 3)},
                 all);
  ASSERT_EQ(history.runs.size(), 3u);
  EXPECT_EQ(utc_text(history.runs[0].time_s), "2026-11-27 09:30");
  EXPECT_EQ(utc_text(history.runs[1].time_s), "2026-11-27 10:00");
  EXPECT_EQ(utc_text(history.runs[2].time_s), "2026-11-27 11:00");
  ASSERT_EQ(history.cases.size(), 2u);
  const HistoryCase& posix = history.cases[0];
  EXPECT_EQ(posix.backend, "posix");
  ASSERT_EQ(posix.runs.size(), 3u);
  for (std::size_t run = 0; run < 3; ++run) {
    EXPECT_EQ(posix.runs[run].run, run);
    EXPECT_NEAR(posix.runs[run].time_ns, 1010 * double(run + 1), 1e-6);
    EXPECT_EQ(posix.runs[run].trials, 3u);
  }
  EXPECT_EQ(history.runs[0].host, "here");
  EXPECT_EQ(history.runs[0].backends.at("posix"), "1.0");
  EXPECT_EQ(history.runs[0].backends.at("uring"), "");
}

TEST(History, TimesThatAreNone) {
  for (const char* date : {"", "yesterday", "2026-13-41T10:00:00+00:00", "2026"})
    EXPECT_EQ(history_of({run_at(date)}, all).runs[0].time_s, 0) << date;
  EXPECT_EQ(utc_text(0), "unknown time");
}

TEST(History, WhatIsApartFromTheNewest) {
  NamedResults elsewhere = run_at("2026-01-01T00:00:04+00:00");
  elsewhere.results.context["host_name"] = "there";
  elsewhere.results.context["iodyno.cpu_model"] = "another";
  const History history =
      history_of({run_at("2026-01-01T00:00:01+00:00", 1, {{"file_system", "tmpfs"}}),
                  run_at("2026-01-01T00:00:02+00:00", 1, {{"quick", "true"}}),
                  run_at("2026-01-01T00:00:03+00:00", 1, {{"scenario_hash", "12"}}), elsewhere,
                  run_at("2026-01-01T00:00:05+00:00", 1, {{"version", "0.0"}}),
                  run_at("2026-01-01T00:00:06+00:00")},
                 all);
  using Texts = std::vector<std::string>;
  EXPECT_EQ(history.runs[0].apart, Texts{"file system tmpfs"});
  EXPECT_EQ(history.runs[1].apart, Texts{"quick"});
  EXPECT_EQ(history.runs[2].apart, Texts{"another scenario or other settings"});
  EXPECT_EQ(history.runs[3].apart, Texts{"another machine"});
  EXPECT_EQ(history.runs[4].apart, Texts{}) << "another version is what one looks for";
  EXPECT_EQ(history.runs[5].apart, Texts{});
}

TEST(History, OnlyWhatIsWanted) {
  const History history =
      history_of({run_at("2026-01-01T00:00:01+00:00")},
                 [](const std::string& name) { return contains(name, "uring"); });
  ASSERT_EQ(history.cases.size(), 1u);
  EXPECT_EQ(history.cases[0].backend, "uring");
}

TEST(History, CasesComeAndGoAndFail) {
  NamedResults old = run_at("2026-01-01T00:00:01+00:00"), now = run_at("2026-01-01T00:00:02+00:00");
  old.results.cases[1].missing = "failed: EIO";
  now.results.cases.erase(now.results.cases.begin());
  const History history = history_of({old, now}, all);
  ASSERT_EQ(history.cases.size(), 2u);
  EXPECT_EQ(history.cases[0].backend, "uring") << "the newest run's come first";
  EXPECT_EQ(history.cases[0].runs[0].missing, "failed: EIO");
  EXPECT_EQ(history.cases[1].runs.size(), 1u);
  const std::string text = history_text(history, false);
  EXPECT_TRUE(contains(text, "  1\n     failed: EIO\n"));
  const Json json = Json::parse(history_json(history));
  EXPECT_EQ(json.at("cases").at(0).at("runs").at(0), (Json{{"run", 0}, {"reason", "failed: EIO"}}));
}

TEST(History, AsText) {
  const std::string text =
      history_text(history_of({run_at("2026-01-01T00:00:01+00:00"),
                               run_at("2026-01-01T00:00:02+00:00", 5, {{"quick", "true"}}),
                               run_at("2026-01-01T00:00:03+00:00", 2)},
                              all),
                   false);
  EXPECT_TRUE(contains(text, "tiny  3 runs, oldest first"));
  EXPECT_TRUE(contains(text, "  1  2026-01-01 00:00  here  iodyno 0.1\n     posix 1.0, uring\n"));
  EXPECT_TRUE(contains(text, "     not comparable with the newest: quick\n"));
  EXPECT_TRUE(contains(text, "\nread  posix  depth 1\n  1   1.01 us    ± 0.5 %\n"));
  EXPECT_TRUE(contains(text, "  2   5.05 us    ± 0.5 %             not comparable\n"));
  EXPECT_TRUE(contains(text, "  3   2.02 us    ± 0.5 %   +100.0 %\n"));
}

TEST(History, AsJson) {
  const Json json =
      Json::parse(history_json(history_of({run_at("2026-01-01T00:00:01+00:00")}, all)));
  EXPECT_EQ(json.at("scenario"), "tiny");
  const Json& run = json.at("runs").at(0);
  EXPECT_EQ(run.at("time_s"), 1767225601);
  EXPECT_EQ(run.at("comparable"), true);
  EXPECT_EQ(run.at("backends").at("posix"), "1.0");
  EXPECT_TRUE(run.at("commit").is_null());
  const Json& point = json.at("cases").at(0).at("runs").at(0);
  EXPECT_NEAR(point.at("real_time_ns").get<double>(), 1010, 1e-6);
  EXPECT_EQ(point.at("trials"), 3);
}

}  // namespace
}  // namespace iodyno::host
