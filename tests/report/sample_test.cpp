#include "report/sample.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace iodyno::host {
namespace {

using Json = nlohmann::json;

Sample full_sample() {
  Sample sample;
  sample.name = "tiny/read/backend:posix/real_time";
  sample.block = 3;
  sample.order = 1;
  sample.started_s = 12.5;
  sample.requests = 1000;
  sample.step_requests = 5000;
  sample.bytes = 1ull << 62;
  sample.wall_ns = std::numeric_limits<std::uint64_t>::max();
  sample.cpu_ns = 7;
  sample.user_cpu_ns = 4;
  sample.sys_cpu_ns = 3;
  sample.setup_ns = 11;
  sample.teardown_ns = 12;
  sample.host_ns = 13;
  sample.drain_ns = 14;
  sample.max_rss_bytes = 15;
  sample.residency = 0.1;
  sample.settle_ns = 15;
  sample.calm_ns = 16;
  sample.cpu_probe_ns = 815.5;
  sample.cpu_slowdown = 1.25;
  sample.system_unwritten_bytes = 4096;
  sample.device_read_bytes = 8192;
  sample.achieved_depth = 7.9;
  sample.iou_wrk_cpu_ns = 21;
  sample.iou_sqp_cpu_ns = 22;
  sample.minor_faults = 23;
  sample.major_faults = 24;
  sample.voluntary_switches = 25;
  sample.involuntary_switches = 26;
  sample.system_cpu_ns = 27;
  sample.others_cpu_ns = 28;
  sample.steal_ns = 29;
  sample.throttled_ns = 30;
  sample.system_unwritten_after_bytes = 31;
  sample.extents_per_file = 1.5;
  sample.rate_per_second = 1000;
  sample.service.record(32);
  sample.spent_ns = {{"run", 33}};
  for (std::uint64_t value = 1; value < 1'000'000; value = value * 3 + 1) {
    sample.latency.record(value);
  }
  sample.counters = {{"submits", 12.0}, {"ratio", 0.3}};
  sample.notes = {{"ring", "fixed buffers: none\n\x1b[1m"}};
  sample.kept = "threads=4";
  sample.error = "open of \"a\": No such file or directory";
  sample.degraded = {"steal 3 %", "throttled"};
  sample.invalid = {"residency 0.1 instead of 1"};
  return sample;
}

/// The text of the exception that the line causes; empty without one.
std::string complaint_about(const std::string& line) {
  try {
    sample_from_json(line);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

std::string complaint_about(const Json& object) { return complaint_about(object.dump()); }

TEST(SampleLine, ComesBackAsItWas) {
  const Sample sample = full_sample();
  const Sample back = sample_from_json(to_json_line(sample));
  EXPECT_EQ(to_json_line(back), to_json_line(sample));
  EXPECT_EQ(back.name, sample.name);
  EXPECT_EQ(back.wall_ns, sample.wall_ns);
  EXPECT_EQ(back.residency, sample.residency);
  EXPECT_EQ(back.device_read_bytes, sample.device_read_bytes);
  EXPECT_EQ(back.latency.buckets(), sample.latency.buckets());
  EXPECT_EQ(back.service.buckets(), sample.service.buckets());
  EXPECT_EQ(back.spent_ns, sample.spent_ns);
  EXPECT_EQ(back.counters, sample.counters);
  EXPECT_EQ(back.notes, sample.notes);
  EXPECT_EQ(back.kept, sample.kept);
  EXPECT_EQ(back.error, sample.error);
  EXPECT_EQ(back.degraded, sample.degraded);
  EXPECT_EQ(back.invalid, sample.invalid);
}

TEST(SampleLine, IsOneLineWithTheKeysOfTheFields) {
  const std::string line = to_json_line(full_sample());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json object = Json::parse(line);
  EXPECT_EQ(object.at("version"), 1);
  EXPECT_EQ(object.at("drain_ns"), 14);
  EXPECT_EQ(object.at("latency_ns").at("max_ns"), full_sample().latency.max());
  EXPECT_EQ(object.at("latency_ns").at("sum_ns"), full_sample().latency.sum());
  EXPECT_EQ(object.at("latency_ns").at("buckets").at(0), Json::array({1, 1}));
  EXPECT_EQ(object.size(), 51u);
}

TEST(SampleLine, WhatIsNotThereHasNoKey) {
  const Json object = Json::parse(to_json_line(Sample()));
  EXPECT_FALSE(object.contains("residency"));
  EXPECT_FALSE(object.contains("achieved_depth"));
  EXPECT_FALSE(object.contains("device_read_bytes"));
  EXPECT_TRUE(object.at("latency_ns").at("buckets").empty());
  const Sample back = sample_from_json(object.dump());
  EXPECT_FALSE(back.residency.has_value());
  EXPECT_EQ(back.latency.count(), 0u);
}

TEST(SampleLine, HasOnlyFiniteNumbers) {
  Sample sample;
  sample.started_s = std::numeric_limits<double>::infinity();
  sample.residency = std::numeric_limits<double>::quiet_NaN();
  sample.counters = {{"bad", -std::numeric_limits<double>::infinity()}, {"good", 1}};
  const Sample back = sample_from_json(to_json_line(sample));
  EXPECT_EQ(back.started_s, 0);
  EXPECT_FALSE(back.residency.has_value());
  EXPECT_EQ(back.counters, (std::map<std::string, double>{{"good", 1}}));
}

TEST(SampleLine, IsUtf8WhateverCameIn) {
  Sample sample;
  sample.error = "caf\xff";
  sample.notes = {{"\xc3", "\xe2\x82"}};
  sample.degraded = {"\x80"};
  const Sample back = sample_from_json(to_json_line(sample));
  EXPECT_EQ(back.error, "caf\uFFFD");
  EXPECT_EQ(back.notes.begin()->first, "\uFFFD");
  EXPECT_EQ(back.degraded.front(), "\uFFFD");
}

TEST(SampleLine, KeysOfALaterVersionAreNoMatter) {
  Json object = Json::parse(to_json_line(full_sample()));
  object["new_key"] = {{"a", 1}};
  EXPECT_EQ(complaint_about(object), "");
}

TEST(SampleLine, GarbageIsRefused) {
  for (const char* line :
       {"", "{", "{}x", "null", "[1]", "\xff", "{\"version\":NaN}", "{\"a\" 1}"}) {
    EXPECT_EQ(complaint_about(std::string(line)).rfind("sample: ", 0), 0u) << line;
  }
  EXPECT_NE(complaint_about(std::string("[1]")).find("not a JSON object"), std::string::npos);
  EXPECT_NE(complaint_about(std::string("{}")).find("version: is missing"), std::string::npos);
}

/// As the first of version 1 were: they stay readable.
TEST(SampleLine, MayLackWhatWasAddedLater) {
  Json object = Json::parse(to_json_line(full_sample()));
  for (const char* key : {"iou_wrk_cpu_ns", "minor_faults", "system_cpu_ns", "steal_ns",
                          "service_ns", "spent_ns", "others_cpu_ns", "extents_per_file"})
    object.erase(key);
  const Sample back = sample_from_json(object.dump());
  EXPECT_EQ(back.name, full_sample().name);
  EXPECT_EQ(back.minor_faults, 0u);
  EXPECT_EQ(back.service.count(), 0u);
}

TEST(SampleLine, AMissingKeyIsNamed) {
  const Json whole = Json::parse(to_json_line(full_sample()));
  for (const char* key : {"version",     "name",          "block",
                          "order",       "started_s",     "requests",
                          "bytes",       "wall_ns",       "cpu_ns",
                          "user_cpu_ns", "sys_cpu_ns",    "setup_ns",
                          "teardown_ns", "host_ns",       "drain_ns",
                          "settle_ns",   "max_rss_bytes", "system_unwritten_bytes",
                          "shared",      "fallback",      "cached",
                          "punted",      "latency_ns",    "counters",
                          "notes",       "kept",          "error",
                          "degraded",    "invalid"}) {
    Json object = whole;
    object.erase(key);
    EXPECT_EQ(complaint_about(object), std::string("sample: ") + key + ": is missing");
  }
}

TEST(SampleLine, AWrongTypeIsNamed) {
  const Json whole = Json::parse(to_json_line(full_sample()));
  for (const auto& [key, value] : whole.items()) {
    Json object = whole;
    object[key] = nullptr;
    EXPECT_EQ(complaint_about(object).rfind("sample: " + key + ": must be ", 0), 0u)
        << complaint_about(object);
  }
}

TEST(SampleLine, AWrongValueIsNamed) {
  const auto complaint = [](const char* pointer, const Json& value) {
    Json object = Json::parse(to_json_line(full_sample()));
    object[Json::json_pointer(pointer)] = value;
    return complaint_about(object);
  };
  EXPECT_EQ(complaint("/version", 2), "sample: version: 2 is not known here");
  EXPECT_EQ(complaint("/requests", -1), "sample: requests: must be a whole number, 0 or more");
  EXPECT_EQ(complaint("/requests", 1.5), "sample: requests: must be a whole number, 0 or more");
  EXPECT_EQ(complaint("/block", 1ull << 32), "sample: block: is too large");
  EXPECT_EQ(complaint("/notes/ring", 1), "sample: notes.ring: must be a string");
  EXPECT_EQ(complaint("/degraded/0", 1), "sample: degraded: must be a string");
  EXPECT_EQ(complaint("/latency_ns/max_ns", "1"),
            "sample: latency_ns.max_ns: must be a whole number, 0 or more");
  EXPECT_EQ(complaint("/latency_ns/buckets/0", Json::array({1})),
            "sample: latency_ns.buckets: must hold pairs [bucket, count]");
  EXPECT_EQ(complaint("/latency_ns/buckets/0", Json::array({7424, 1})),
            "sample: latency_ns: a bucket that does not exist");
}

}  // namespace
}  // namespace iodyno::host
