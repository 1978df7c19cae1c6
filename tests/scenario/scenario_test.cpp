#include "scenario/scenario.hpp"

#include "support.hpp"

namespace iodyno::host {
namespace {

const std::string kRead = "scenario: test\nphases:\n  - {name: read, op: read}\n";

std::string names_of(const Point& point) {
  std::string names;
  for (const auto& a : point) names += (names.empty() ? "" : " ") + a.key + ":" + a.token;
  return names;
}

Texts points_of(const Scenario& scenario) {
  Texts names;
  for (const auto& point : scenario.points) names.push_back(names_of(point));
  return names;
}

Texts labels_of(const Scenario& scenario) {
  Texts labels;
  for (const auto& backend : scenario.backends) labels.push_back(backend.label);
  return labels;
}

Scenario valid(const std::string& name) {
  return parse(read_text(std::string(VALID_SCENARIOS) + "/" + name + ".yaml"));
}

TEST(ValidScenarios, AllParse) {
  for (const auto& directory : {VALID_SCENARIOS, SHIPPED_SCENARIOS})
    for (const auto& file : scenario_files(directory)) {
      Diagnostics mistakes;
      EXPECT_TRUE(parse_scenario(read_text(file), file, {}, mistakes)) << file;
      for (const auto& mistake : mistakes) ADD_FAILURE() << to_text(mistake);
    }
}

TEST(ValidScenarios, TheShippedOnesAreCalledAsTheirFiles) {
  for (const auto& file : scenario_files(SHIPPED_SCENARIOS))
    EXPECT_EQ(parse(read_text(file)).name, file.stem());
}

TEST(ValidScenarios, Defaults) {
  const auto scenario = valid("defaults");
  EXPECT_EQ(scenario.name, "defaults");
  EXPECT_EQ(scenario.about, "");
  EXPECT_EQ(scenario.dataset, Dataset{});
  EXPECT_EQ(scenario.dataset.files, 1u);
  EXPECT_EQ(scenario.dataset.directories, 1u);
  EXPECT_EQ(scenario.dataset.size, FileSize{});
  EXPECT_EQ(scenario.dataset.content.random_fraction, 1);
  ASSERT_EQ(scenario.phases.size(), 1u);
  const auto& phase = scenario.phases[0];
  EXPECT_EQ(phase.ops, std::vector<Share>{{IODYNO_OP_READ}});
  EXPECT_EQ(phase.depth, 1u);
  EXPECT_FALSE(phase.batch || phase.rate || phase.count || phase.time_ns || phase.direct);
  EXPECT_TRUE(phase.timed && phase.rehearse && phase.pin.empty());
  EXPECT_EQ(phase.cache, CacheState::warm);
  EXPECT_EQ(phase.metadata, CacheState::warm);
  EXPECT_EQ(phase.sizes, Sizes::known);
  EXPECT_EQ(phase.consume, Consume{});
  EXPECT_EQ(phase.consume.kind, Consume::Kind::touch);
  EXPECT_EQ(phase.durability, Durability::none);
  EXPECT_EQ(phase.order.kind, Order::Kind::random);
  ASSERT_EQ(scenario.points.size(), 1u);
  EXPECT_TRUE(scenario.points[0].empty());
  EXPECT_TRUE(scenario.backends.empty());
  EXPECT_EQ(scenario.repetitions, 10u);
  EXPECT_FALSE(scenario.precision || scenario.time_limit_ns || scenario.seed);
  EXPECT_FALSE(scenario.lifecycle);
}

TEST(ValidScenarios, EveryKeyOfTheTopAndTheDataset) {
  const auto scenario = valid("every-key");
  EXPECT_EQ(scenario.about, "Every key of the language, and every form of its value.");
  EXPECT_EQ(scenario.dataset.files, 1000u);
  EXPECT_EQ(scenario.dataset.size, (FileSize{64 << 10, 1 << 20, true}));
  EXPECT_EQ(scenario.dataset.directories, 10u);
  EXPECT_EQ(scenario.dataset.content.random_fraction, 0.75);
  EXPECT_EQ(points_of(scenario), (Texts{"depth:1 size:65536", "depth:1 size:1000000",
                                        "depth:8 size:65536", "depth:8 size:1000000"}));
  EXPECT_EQ(labels_of(scenario), (Texts{"posix", "null", "ring-a", "ring-b"}));
  EXPECT_EQ(scenario.baseline, "null");
  EXPECT_EQ(scenario.repetitions, 20u);
  EXPECT_EQ(scenario.precision, 0.025);
  EXPECT_EQ(scenario.time_limit_ns, 600'000'000'000u);
  EXPECT_EQ(scenario.seed, UINT64_MAX);
}

TEST(ValidScenarios, EveryKeyOfAPhase) {
  const auto scenario = valid("every-key");
  ASSERT_EQ(scenario.phases.size(), 3u);
  Phase read;
  read.name = "read";
  read.ops = {{IODYNO_OP_READ}};
  read.depth = 8;
  read.batch = 100;
  read.timed = false;
  read.cache = CacheState::cold;
  read.metadata = CacheState::as_is;
  read.sizes = Sizes::unknown;
  read.rehearse = false;
  read.direct = true;
  read.consume = {Consume::Kind::count, "needle"};
  read.pin = {0, 2};
  EXPECT_EQ(scenario.phases[0], read);
  Phase blocks;
  blocks.name = "blocks";
  blocks.ops = {{IODYNO_OP_READ_BLOCK, 9}, {IODYNO_OP_WRITE_BLOCK, 1}};
  blocks.depth = 4;
  blocks.consume = {Consume::Kind::none, ""};
  blocks.block = 4096;
  blocks.time_ns = 1'500'000'000;
  blocks.order = {Order::Kind::zipf, 0.99};
  blocks.durability = Durability::each;
  blocks.rate = Rate{2500};
  blocks.pin = {1};
  EXPECT_EQ(scenario.phases[1], blocks);
  EXPECT_EQ(scenario.phases[2].count, 50u);
  EXPECT_EQ(scenario.phases[2].order.kind, Order::Kind::sequential);
  EXPECT_TRUE(scenario.phases[2].pin.empty());
}

TEST(ValidScenarios, WordsThatYamlTakesForOthers) {
  const auto scenario = valid("words-of-yaml");
  EXPECT_EQ(scenario.name, "2024");
  EXPECT_EQ(scenario.about, "quoted with \"marks\", and ''more''");
  EXPECT_EQ(scenario.phases[0].name, "4096");
  EXPECT_EQ(scenario.phases[1].name, "null");
  EXPECT_EQ(scenario.phases[2].name, "true");
  EXPECT_EQ(labels_of(scenario), (Texts{"null", "slow", "posix", "mine", "quoted"}));
  EXPECT_EQ(scenario.backends[1].name, "null");
  ASSERT_EQ(scenario.backends[1].options.size(), 1u);
  EXPECT_EQ(scenario.backends[1].options[0].name, "latency");
  EXPECT_EQ(scenario.backends[1].options[0].value.text, "5 us");
  EXPECT_EQ(scenario.backends[3].name, "./build/libiodyno-mine.so");
  EXPECT_EQ(scenario.baseline, "null");
}

TEST(ValidScenarios, AListOfPointsHasTheOrderOfTheFirst) {
  EXPECT_EQ(points_of(valid("sweep-list")),
            (Texts{"size:1024 files:10000", "size:1048576 files:10"}));
}

TEST(ValidScenarios, WhatSweptValuesAreCalled) {
  const auto scenario = valid("sweep-of-everything");
  EXPECT_EQ(scenario.points.size(), 3u * 2 * 2 * 2 * 2 * 3);
  EXPECT_EQ(names_of(scenario.points.front()),
            "order:random block:4096 time:250000000 rate:5000_s consume:none content:zeros "
            "direct:false pin:none op:read_block-9-write_block-1");
  EXPECT_EQ(names_of(scenario.points.back()),
            "order:zipf-0.9 block:1000000 time:1500000000 rate:5000_s consume:count-a_b "
            "content:compressible-50 direct:false pin:3 op:read_block-9-write_block-1");
  for (const auto& point : scenario.points)
    for (const auto& a : point)
      EXPECT_EQ(a.token.find_first_not_of(
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"),
                std::string::npos)
          << a.token;
}

TEST(ValidScenarios, APointSetsThePhaseAndTheDataset) {
  const auto scenario = valid("sweep-of-everything");
  const auto [phase, dataset] = apply(scenario.points.back(), scenario.phases[0], scenario.dataset);
  EXPECT_EQ(phase.order, (Order{Order::Kind::zipf, 0.9}));
  EXPECT_EQ(phase.block, 1'000'000u);
  EXPECT_EQ(phase.time_ns, 1'500'000'000u);
  EXPECT_EQ(phase.rate, Rate{5000});
  EXPECT_EQ(phase.consume, (Consume{Consume::Kind::count, "a b"}));
  EXPECT_EQ(phase.pin, std::vector<int>{3});
  EXPECT_EQ(phase.ops.size(), 2u);
  EXPECT_EQ(dataset.content.random_fraction, 0.5);
  EXPECT_EQ(dataset.files, 16u);
}

TEST(ValidScenarios, DefaultsGoOnlyToPhasesThatCanUseThem) {
  const auto scenario = valid("lifecycle");
  for (const auto& written : scenario.phases) {
    const auto phase = apply({}, written, scenario.dataset).first;
    const bool blocks = phase.name == "blocks", reads = phase.name == "read";
    EXPECT_EQ(phase.count.has_value(), blocks) << phase.name;
    EXPECT_EQ(phase.durability == Durability::end, !reads && phase.name != "cold") << phase.name;
  }
}

TEST(ValidScenarios, ASweptOperationDropsWhatItCannotUse) {
  const auto scenario = parse(
      "scenario: test\ndataset: {size: 4 KiB}\nphases:\n"
      "  - {name: a, op: read_block, block: 4 KiB, count: 7}\n"
      "sweep: {op: [read_block, stat]}\n");
  EXPECT_EQ(apply(scenario.points[0], scenario.phases[0], {}).first.count, 7u);
  EXPECT_FALSE(apply(scenario.points[1], scenario.phases[0], {}).first.count);
  EXPECT_EQ(apply(scenario.points[1], scenario.phases[0], {}).first.block, 0u);
}

TEST(ValidScenarios, ASweptKeyOverrides) {
  const auto scenario = parse(kRead + "depth: 2\nsweep: {depth: [4], files: [9]}\n");
  const auto [phase, dataset] = apply(scenario.points[0], scenario.phases[0], scenario.dataset);
  EXPECT_EQ(phase.depth, 4u);
  EXPECT_EQ(dataset.files, 9u);
}

TEST(ValidScenarios, VariantsOfABackend) {
  const auto scenario = valid("variants");
  EXPECT_EQ(labels_of(scenario), (Texts{"uring-4096-true", "uring-4096-false", "uring-65536-true",
                                        "uring-65536-false", "ring-1000000", "ring-a_b", "mmap"}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(scenario.backends[i].name, "uring");
  EXPECT_EQ(scenario.backends[1].options[0].value.text, "4 KiB");
  EXPECT_EQ(scenario.backends[1].options[1].value.text, "false");
  EXPECT_EQ(scenario.baseline, "uring-4096-true");
}

TEST(ValidScenarios, ATreeServesFilesAndList) {
  const auto scenario = valid("tree");
  EXPECT_EQ(scenario.dataset.from, "../tree");
  EXPECT_EQ(scenario.points.size(), 2u);
}

}  // namespace
}  // namespace iodyno::host
