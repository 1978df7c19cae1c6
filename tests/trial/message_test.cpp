// What crosses between the parent and a worker: all of it, and nothing else.
#include "trial/message.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

const std::string kOddPath = "caf\xe9/\xff\xfe \n\x01";  // no UTF-8

Phase full_phase() {
  return {.name = "mixed",
          .ops = {{IODYNO_OP_READ_BLOCK, 7}, {IODYNO_OP_WRITE_BLOCK, 3}},
          .depth = 65'536,
          .batch = 12,
          .timed = false,
          .cache = CacheState::cold,
          .metadata = CacheState::as_is,
          .sizes = Sizes::unknown,
          .rehearse = false,
          .direct = true,
          .consume = {Consume::Kind::count, "needle \xff"},
          .durability = Durability::end,
          .pin = {0, 3},
          .rate = Rate{0.1},
          .block = 4096,
          .count = 1,
          .time_ns = std::numeric_limits<std::uint64_t>::max(),
          .order = {Order::Kind::zipf, 0.99}};
}

TrialSpec full_spec() {
  auto tree = std::make_shared<Tree>();
  tree->directories = {".", kOddPath};
  tree->files = {{kOddPath + "/a", 1ull << 60, 1}, {"b", 0, 0}};
  return {.plugin_file = "/" + kOddPath + ".so",
          .options = {OptionValue(std::int64_t{-5}), OptionValue(2.0), OptionValue(0.1),
                      OptionValue(std::string("5")), OptionValue(std::string()),
                      OptionValue(std::numeric_limits<std::int64_t>::max()),
                      OptionValue(std::numeric_limits<std::int64_t>::min())},
          .steps = {full_phase(), Phase{.name = "plain", .ops = {{IODYNO_OP_SYMLINK}}}},
          .lifecycle = true,
          .dataset = {.files = 1'000'000'000,
                      .size = {1, std::numeric_limits<std::uint64_t>::max(), true},
                      .directories = 3,
                      .content = {0.25},
                      .from = kOddPath},
          .tree = tree,
          .directory = "set-1",
          .second_directory = "set-2",
          .seed = std::numeric_limits<std::uint64_t>::max(),
          .version = 9,
          .cap_ns = 2'000'000'000,
          .kept = "threads=\xfe"};
}

TEST(Message, JobComesBackAsItWas) {
  const auto spec = full_spec();
  const Job back = decode_job(encode(Job{Job::Kind::trial, spec}));
  EXPECT_EQ(back.kind, Job::Kind::trial);
  EXPECT_EQ(back.spec.plugin_file, spec.plugin_file);
  EXPECT_EQ(back.spec.options, spec.options);
  EXPECT_EQ(back.spec.steps, spec.steps);
  EXPECT_EQ(back.spec.lifecycle, spec.lifecycle);
  EXPECT_EQ(back.spec.dataset, spec.dataset);
  EXPECT_EQ(back.spec.directory, spec.directory);
  EXPECT_EQ(back.spec.second_directory, spec.second_directory);
  EXPECT_EQ(back.spec.seed, spec.seed);
  EXPECT_EQ(back.spec.version, spec.version);
  EXPECT_EQ(back.spec.cap_ns, spec.cap_ns);
  EXPECT_EQ(back.spec.kept, spec.kept);
  ASSERT_TRUE(back.spec.tree);
  EXPECT_EQ(back.spec.tree->directories, spec.tree->directories);
  ASSERT_EQ(back.spec.tree->files.size(), 2u);
  EXPECT_EQ(back.spec.tree->files[0].path, kOddPath + "/a");
  EXPECT_EQ(back.spec.tree->files[0].size, 1ull << 60);
  EXPECT_EQ(back.spec.tree->files[0].directory, 1u);
  // Every byte of it, should a field be added and forgotten above.
  EXPECT_EQ(encode(back), encode(Job{Job::Kind::trial, spec}));
}

TEST(Message, JobMayBeAlmostEmpty) {
  for (const auto kind : {Job::Kind::describe, Job::Kind::probe}) {
    const Job back = decode_job(encode(Job{kind, {.plugin_file = "x"}}));
    EXPECT_EQ(back.kind, kind);
    EXPECT_EQ(back.spec.plugin_file, "x");
    EXPECT_FALSE(back.spec.tree);
    EXPECT_TRUE(back.spec.steps.empty());
  }
}

TEST(Message, DescriptionComesBackAsItWas) {
  const BackendDescription d{
      .file = kOddPath,
      .hash = "0123",
      .name = "n",
      .version = "v",
      .summary = "s",
      .abi_major = 1,
      .abi_minor = 7,
      .ops = std::numeric_limits<std::uint64_t>::max(),
      .flags = 5,
      .options = {
          {"a",
           "doc",
           IODYNO_INT,
           OptionValue(std::int64_t{-1}),
           OptionValue(std::int64_t{-9}),
           OptionValue(std::int64_t{9}),
           true,
           {}},
          {"b",
           "doc",
           IODYNO_REAL,
           OptionValue(1.0),
           OptionValue(0.0),
           OptionValue(1e300),
           true,
           {}},
          {"c", "doc", IODYNO_CHOICE, OptionValue(std::int64_t{1}), {}, {}, false, {"x", "y"}},
          {"d", "doc", IODYNO_TEXT, OptionValue(std::string("t")), {}, {}, false, {}}}};
  const auto back = decode_reply(encode(Reply{.description = d}));
  ASSERT_TRUE(back.description);
  EXPECT_FALSE(back.probe);
  EXPECT_FALSE(back.sample);
  EXPECT_EQ(back.description->file, d.file);
  EXPECT_EQ(back.description->hash, d.hash);
  EXPECT_EQ(back.description->name, d.name);
  EXPECT_EQ(back.description->version, d.version);
  EXPECT_EQ(back.description->summary, d.summary);
  EXPECT_EQ(back.description->abi_minor, d.abi_minor);
  EXPECT_EQ(back.description->ops, d.ops);
  EXPECT_EQ(back.description->flags, d.flags);
  ASSERT_EQ(back.description->options.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto &was = d.options[i], &is = back.description->options[i];
    EXPECT_EQ(is.name, was.name);
    EXPECT_EQ(is.doc, was.doc);
    EXPECT_EQ(is.type, was.type);
    EXPECT_EQ(is.fallback, was.fallback);
    EXPECT_EQ(is.min, was.min);
    EXPECT_EQ(is.max, was.max);
    EXPECT_EQ(is.bounded, was.bounded);
    EXPECT_EQ(is.choices, was.choices);
  }
}

TEST(Message, ProbeAndStageAndErrorComeBackAsTheyWere) {
  const auto back = decode_reply(
      encode(Reply{.stage = "open",
                   .error = "\xff went wrong",
                   .probe = Probe{5, {{3, "why"}, {17, "\xfe"}}, {{"key", "value"}}}}));
  EXPECT_EQ(back.stage, "open");
  EXPECT_EQ(back.error, "\xff went wrong");
  ASSERT_TRUE(back.probe);
  EXPECT_EQ(back.probe->ops, 5u);
  EXPECT_EQ(back.probe->unsupported,
            (std::map<std::uint32_t, std::string>{{3, "why"}, {17, "\xfe"}}));
  EXPECT_EQ(back.probe->notes.at("key"), "value");
}

TEST(Message, SampleComesBackAsItWas) {
  Sample sample;
  sample.requests = 3;
  sample.latency.record(7);
  sample.residency = 0.5;
  sample.counters = {{"x", 1.5}};
  sample.error = "no";
  const auto back = decode_reply(encode(Reply{.sample = sample}));
  ASSERT_TRUE(back.sample);
  EXPECT_EQ(to_json_line(*back.sample), to_json_line(sample));
}

TEST(Message, RefusesGarbage) {
  const auto whole = encode(Job{Job::Kind::trial, full_spec()});
  const auto refused = [](const std::string& bytes) {
    return !test::thrown_by<std::runtime_error>([&] { decode_job(bytes); }).empty() &&
           !test::thrown_by<std::runtime_error>([&] { decode_reply(bytes); }).empty();
  };
  for (const std::string bytes : {"", "x", "garbage", "\xa0", "\x80", "\xf6", "\x18", "\x5f\xff"})
    EXPECT_TRUE(refused(bytes)) << testing::PrintToString(bytes);
  for (std::size_t length = 0; length < whole.size(); length += 17)
    EXPECT_TRUE(refused(whole.substr(0, length))) << length;
  EXPECT_TRUE(refused(whole + "x"));
  EXPECT_TRUE(refused(encode(Reply{.stage = "open"}).substr(1)));
}

TEST(Message, RefusesWhatIsNestedDeeperThanTheStackIs) {
  const auto why = [](const std::string& bytes) {
    return test::thrown_by<std::runtime_error>([&] { decode_reply(bytes); });
  };
  EXPECT_NE(why(std::string(8 << 20, '\x81')).find("it is nested too deep"), std::string::npos);
  std::string maps;
  for (int i = 0; i < 1 << 20; ++i) maps += "\xa1\x61x";
  EXPECT_NE(why(maps).find("it is nested too deep"), std::string::npos);
}

TEST(Message, RefusesNumbersThatCanNotBe) {
  Job job;
  job.spec.steps = {Phase{.name = "read", .ops = {{IODYNO_OP_READ}}, .depth = 77}};
  const auto whole = encode(job);
  const auto with = [&](const std::string& key, const std::string& value) {
    auto bytes = whole;
    const auto at = bytes.find(key) + key.size();
    return bytes.replace(at, 1, value);
  };
  EXPECT_EQ(decode_job(with("bop", "\x02")).spec.steps[0].ops[0].op, IODYNO_OP_OVERWRITE);
  const auto refused = [&](const std::string& key, const std::string& value) {
    const auto why = test::thrown_by<std::runtime_error>([&] { decode_job(with(key, value)); });
    return why.find("a number that can't be") != std::string::npos;
  };
  EXPECT_TRUE(refused("bop", "\x18\x63"));           // 99: no operation
  EXPECT_TRUE(refused("ecache", "\x03"));            // no such state
  EXPECT_TRUE(refused("gversion", "\x20"));          // -1
  EXPECT_TRUE(refused("gversion", std::string("\xf9\x3c\x00", 3)));  // 1.0
}

/// Whatever the bytes are, the answer is an exception of the right kind or a message.
TEST(Message, SurvivesEveryWrongByte) {
  Reply reply{.stage = "s", .probe = Probe{1, {{2, "w"}}, {}}};
  reply.sample.emplace().requests = 1;
  for (const auto& whole : {encode(Job{Job::Kind::probe, full_spec()}), encode(reply)})
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const int wrong : {0x00, 0x7f, 0x80, 0xff}) {
        auto bytes = whole;
        bytes[at] = char(wrong);
        try {
          decode_job(bytes);
        } catch (const std::runtime_error&) {
        }
        try {
          decode_reply(bytes);
        } catch (const std::runtime_error&) {
        }
      }
}

}  // namespace
}  // namespace iodyno::host
