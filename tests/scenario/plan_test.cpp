#include "scenario/plan.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "scenario/content.hpp"
#include "scenario/operation.hpp"
#include "support.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kAllOps = (std::uint64_t{1} << IODYNO_OP_COUNT) - 1;

std::vector<PlannedBackend> backends_of(const Scenario& scenario, std::uint64_t ops = kAllOps,
                                        std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED) {
  std::vector<PlannedBackend> planned;
  for (const auto& choice : scenario.backends) {
    BackendDescription description{.name = choice.name, .ops = ops, .flags = flags};
    if (choice.name == "null") description.flags |= IODYNO_SYNTHETIC;
    planned.push_back({choice, description, {}});
  }
  return planned;
}

Plan plan_of(const std::string& text, const PlanSettings& settings = {},
             std::shared_ptr<const Tree> tree = nullptr) {
  auto scenario = parse(text);
  auto backends = backends_of(scenario);
  return make_plan(std::move(scenario), std::move(backends), std::move(tree), settings);
}

Texts names_of(const Plan& plan) {
  Texts names;
  for (const auto& c : plan.cases) names.push_back(c.name);
  return names;
}

std::string one_phase(const std::string& phase, const std::string& rest) {
  return "scenario: test\nphases:\n  - {name: it, " + phase + "}\nbackends: [posix]\n" + rest;
}

const std::string kSeveral =
    "scenario: small\n"
    "dataset: {files: 16, size: 4 KiB}\n"
    "phases:\n"
    "  - {name: create, op: create}\n"
    "  - {name: read, op: read}\n"
    "sweep: {depth: [1, 8], size: [1 KiB, 4 KiB]}\n"
    "backends: [posix, mmap, uring]\n"
    "repetitions: 6\n";

TEST(Plan, EveryCellOnce) {
  const auto plan = plan_of(kSeveral);
  EXPECT_EQ(plan.cases.size(), 2u * 4 * 3);
  EXPECT_EQ(plan.runnable(), plan.cases.size());
  const auto names = names_of(plan);
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
  for (const char* phase : {"create", "read"})
    for (const char* backend : {"posix", "mmap", "uring"})
      for (const char* depth : {"1", "8"})
        for (const char* size : {"1024", "4096"})
          EXPECT_EQ(
              std::ranges::count(names, std::string("small/") + phase + "/backend:" + backend +
                                            "/depth:" + depth + "/size:" + size + "/real_time"),
              1);
}

TEST(Plan, ACaseIsWhatItsNameSays) {
  const auto plan = plan_of(kSeveral);
  for (const auto& c : plan.cases) {
    ASSERT_EQ(c.steps.size(), 1u);
    const std::map<std::string, std::string> point(c.point.begin(), c.point.end());
    EXPECT_EQ(std::to_string(c.steps[0].depth), point.at("depth"));
    EXPECT_EQ(std::to_string(c.dataset.size.max), point.at("size"));
    EXPECT_EQ(c.steps[0].name, c.phase);
    EXPECT_NE(c.name.find("backend:" + plan.backends[c.backend].choice.label + "/"),
              std::string::npos);
  }
}

TEST(Plan, GroupsAreThePointsOfAPhase) {
  const auto plan = plan_of(kSeveral);
  ASSERT_EQ(plan.groups.size(), 8u);
  std::set<std::size_t> seen;
  for (const auto& group : plan.groups) {
    ASSERT_EQ(group.cases.size(), 3u);
    const auto& first = plan.cases[group.cases[0]];
    for (const auto index : group.cases) {
      seen.insert(index);
      EXPECT_EQ(plan.cases[index].phase, first.phase);
      EXPECT_EQ(plan.cases[index].point, first.point);
      EXPECT_EQ(plan.cases[index].family, first.family);
    }
  }
  EXPECT_EQ(seen.size(), plan.cases.size());
}

TEST(Plan, NamesHaveOnlyWhatIsSwept) {
  EXPECT_EQ(names_of(plan_of(one_phase("op: read", ""))), Texts{"test/it/backend:posix/real_time"});
}

TEST(Plan, FamiliesAndInstancesCount) {
  const auto plan = plan_of(kSeveral);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const auto& c : plan.cases) {
    EXPECT_EQ(c.family, c.phase == "create" ? 0u : 1u);
    EXPECT_LT(c.instance, 12u);
    seen.emplace(c.family, c.instance);
  }
  EXPECT_EQ(seen.size(), plan.cases.size());
}

TEST(Plan, Lifecycle) {
  const auto plan = plan_of(
      "scenario: all\nlifecycle: true\nphases:\n"
      "  - {name: create, op: create}\n"
      "  - {name: read, op: read}\n"
      "  - {name: cold, op: read, cache: cold}\n"
      "  - {name: find, op: stat, metadata: cold}\n"
      "  - {name: delete, op: delete}\n"
      "backends: [posix, mmap]\n");
  EXPECT_EQ(plan.cases.size(), 12u);
  const auto& last = plan.cases.back();
  EXPECT_EQ(last.name, "all/lifecycle/backend:mmap/real_time");
  EXPECT_TRUE(last.lifecycle());
  Texts steps;
  for (const auto& step : last.steps) steps.push_back(step.name);
  EXPECT_EQ(steps, (Texts{"create", "read", "delete"}));
  EXPECT_EQ(last.family, 5u);
  EXPECT_EQ(last.instance, 1u);
}

TEST(Plan, FilterFindsInNames) {
  EXPECT_EQ(plan_of(kSeveral, {.filter = "read/backend:posix/.*size:1024"}).cases.size(), 2u);
  EXPECT_EQ(plan_of(kSeveral, {.filter = "backend:(posix|uring)/"}).groups[0].cases.size(), 2u);
  EXPECT_TRUE(plan_of(kSeveral, {.filter = "nothing"}).groups.empty());
  EXPECT_THROW(plan_of(kSeveral, {.filter = "("}), std::regex_error);
}

// A case keeps its place whatever else is run beside it.
TEST(Plan, FilterChangesNoInstance) {
  const auto whole = plan_of(kSeveral), part = plan_of(kSeveral, {.filter = "uring"});
  for (const auto& c : part.cases) {
    const auto same = std::ranges::find(whole.cases, c.name, &Case::name);
    ASSERT_NE(same, whole.cases.end());
    EXPECT_EQ(c.instance, same->instance);
  }
}

TEST(Plan, WhatADescriptorLacksIsSkippedWithTheReason) {
  const auto text = std::string(
      "scenario: test\ndataset: {size: 4 KiB}\nphases:\n"
      "  - {name: plain, op: read}\n"
      "  - {name: link, op: link}\n"
      "  - {name: direct, op: read, direct: true}\n"
      "  - {name: paced, op: read, rate: 10/s}\n"
      "backends: [posix]\n");
  auto scenario = parse(text);
  const auto backends = backends_of(scenario, IODYNO_BIT(IODYNO_OP_READ), 0);
  const auto plan = make_plan(scenario, backends, nullptr, {});
  EXPECT_EQ(plan.cases[0].skipped, "");
  EXPECT_EQ(plan.cases[1].skipped, "posix has no operation link");
  EXPECT_EQ(plan.cases[2].skipped, "posix can't bypass the page cache");
  EXPECT_EQ(plan.cases[3].skipped, "posix can't pace its requests");
  EXPECT_EQ(plan.runnable(), 1u);
  EXPECT_EQ(plan.groups.size(), 1u);
}

// ---- --quick ----

struct Quick {
  std::string phase, rest;
  std::string skipped;
  std::uint64_t files, size;
};

TEST(Quick, SmallerOrSkippedButNeverMisnamed) {
  const std::vector<Quick> table = {
      {"op: read", "dataset: {files: 100, size: 1 MiB}\n", "", 64, 1 << 20},
      {"op: read", "dataset: {files: 64, size: 1 MiB}\n", "", 64, 1 << 20},
      {"op: read", "dataset: {files: 100000, size: 1 KiB}\n", "", 65'536, 1 << 10},
      {"op: read", "dataset: {files: 1000000}\n", "", 1'000'000, 0},
      {"op: read", "dataset: {files: 9, size: 1 GiB}\n", "", 1, 64 << 20},
      {"op: read_block, block: 1 MiB", "dataset: {size: 1 GiB}\n", "", 1, 64 << 20},
      {"op: read_block, block: 128 MiB", "dataset: {size: 1 GiB}\n",
       "--quick: a block is larger than 64 MiB", 1, 1 << 30},
      {"op: read", "dataset: {size: 1 MiB}\nsweep: {files: [100]}\n",
       "--quick: this point has more than 64 MiB", 100, 1 << 20},
      {"op: read", "dataset: {files: 7}\nsweep: {size: [1 GiB]}\n",
       "--quick: this point has more than 64 MiB", 7, 1 << 30},
      {"op: read", "dataset: {files: 1000}\nsweep: {size: [1 MiB]}\n", "", 64, 1 << 20},
      {"op: read", "dataset: {files: 1000, size: 1 MiB}\nsweep: {directories: [100]}\n",
       "--quick: this point has more than 64 MiB", 1'000, 1 << 20},
  };
  for (const auto& [phase, rest, skipped, files, size] : table) {
    const auto plan = plan_of(one_phase(phase, rest), {.quick = true});
    const auto& c = plan.cases.at(0);
    EXPECT_EQ(c.skipped, skipped) << rest;
    EXPECT_EQ(c.dataset.files, files) << rest;
    EXPECT_EQ(c.dataset.size.max, size) << rest;
    EXPECT_EQ(c.cap_ns, 2'000'000'000u);
  }
}

TEST(Quick, RepetitionsTimesAndDirectories) {
  const auto plan = plan_of(one_phase("op: read_block, block: 4 KiB, time: 1 min",
                                      "dataset: {files: 9999, size: 1 MiB, directories: 100}\n"),
                            {.quick = true});
  EXPECT_TRUE(plan.quick);
  EXPECT_EQ(plan.scenario.repetitions, 3u);
  EXPECT_EQ(plan.cases[0].steps[0].time_ns, 2'000'000'000u);
  EXPECT_EQ(plan.cases[0].dataset.directories, 64u);
  const auto fewer = plan_of(one_phase("op: read", "repetitions: 2\n"), {.quick = true});
  EXPECT_EQ(fewer.scenario.repetitions, 2u);
  EXPECT_EQ(plan_of(one_phase("op: read", "")).cases[0].cap_ns, 0u);
}

TEST(Quick, ATreeIsTakenWholeOrNotAtAll) {
  const auto text = one_phase("op: read", "dataset: {from: tree}\n");
  for (const std::uint64_t size : {64 << 20, (64 << 20) + 1}) {
    const auto tree =
        std::make_shared<Tree>(Tree{.directories = {"."}, .files = {{"file", size, 0}}});
    const auto plan = plan_of(text, {.quick = true}, tree);
    EXPECT_EQ(plan.cases[0].skipped,
              size > 64 << 20 ? "--quick: the tree has more than 64 MiB" : "");
  }
}

// ---- The order of trials ----

Plan plan_with_backends(int count, std::uint64_t seed) {
  std::string names = "b0";
  for (int i = 1; i < count; ++i) names += ", b" + std::to_string(i);
  return plan_of(
      "scenario: test\nphases:\n  - {name: read, op: read}\nsweep: {depth: [1, 2]}\n"
      "backends: [" +
          names + "]\n",
      {.seed = seed});
}

TEST(BlockOrder, IsBalancedInEveryRunOfBlocks) {
  for (const int n : {1, 2, 3, 5, 8}) {
    const auto plan = plan_with_backends(n, 99);
    for (std::size_t group = 0; group < 2; ++group)
      for (std::uint64_t run = 0; run < 4; ++run) {
        std::vector<std::set<std::size_t>> at(static_cast<std::size_t>(n));
        for (int block = 0; block < n; ++block) {
          const auto order =
              block_order(plan, group, run * std::uint64_t(n) + std::uint64_t(block));
          auto sorted = order;
          std::ranges::sort(sorted);
          EXPECT_EQ(sorted, plan.groups[group].cases);
          for (std::size_t i = 0; i < order.size(); ++i) at[i].insert(order[i]);
        }
        for (const auto& cases : at) EXPECT_EQ(cases.size(), std::size_t(n));
      }
  }
}

TEST(BlockOrder, IsOfTheSeed) {
  const auto orders = [](std::uint64_t seed) {
    const auto plan = plan_with_backends(5, seed);
    std::vector<std::vector<std::size_t>> all;
    for (std::uint64_t block = 0; block < 20; ++block) all.push_back(block_order(plan, 0, block));
    return all;
  };
  EXPECT_EQ(orders(1), orders(1));
  EXPECT_NE(orders(1), orders(2));
}

// The trial before leaves its mark: who stands behind whom must not be the same in every block.
TEST(BlockOrder, NeighboursChange) {
  const auto plan = plan_with_backends(4, 5);
  std::map<std::pair<std::size_t, std::size_t>, int> after;
  for (std::uint64_t block = 0; block < 400; ++block) {
    const auto order = block_order(plan, 0, block);
    for (std::size_t i = 1; i < order.size(); ++i) ++after[{order[i - 1], order[i]}];
  }
  EXPECT_EQ(after.size(), 12u);
  for (const auto& [pair, count] : after) EXPECT_NEAR(count, 100, 60);
}

TEST(BlockOrder, TwoBackendsLeadHalfTheTimeEach) {
  int first = 0;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed)
    first += block_order(plan_with_backends(2, seed), 0, 0)[0] == 0;
  EXPECT_NEAR(first, 500, 80);
}

// ---- What a case needs and leaves ----

struct Needs {
  const char* op;
  bool keeps, no_files;
};

TEST(Case, WhatItNeedsAndLeaves) {
  const std::vector<Needs> table = {
      {"create", false, true},
      {"read", true, false},
      {"overwrite", true, false},
      {"append", false, false},
      {"rewrite", true, false},
      {"copy", true, false},
      {"delete", false, false},
      {"stat", true, false},
      {"rename", false, false},
      {"link", true, false},
      {"mkdir", false, true},
      {"rmdir", false, true},
      {"list", true, false},
      {"read_block", true, false},
      {"write_block", true, false},
      {"fsync", true, false},
      {"symlink", false, true},
      {"replace", false, false},
      {"{read: 1, delete: 1}", false, false},
      {"{read: 1, stat: 1}", true, false},
      {"{create: 1, symlink: 1}", false, true},
      {"{create: 1, read: 1}", false, false},
  };
  for (const auto& [op, keeps, no_files] : table) {
    const auto block = std::string_view(op).ends_with("_block") ? ", block: 4 KiB" : "";
    const auto plan =
        plan_of(one_phase(std::string("op: ") + op + block, "dataset: {size: 4 KiB}\n"));
    EXPECT_EQ(keeps_dataset(plan.cases[0]), keeps) << op;
    EXPECT_EQ(needs_no_files(plan.cases[0]), no_files) << op;
  }
}

// ---- What a plan costs ----

Cost cost(const std::string& phase, const std::string& rest) {
  return cost_of(plan_of(one_phase(phase, rest + "repetitions: 10\n")));
}

TEST(Cost, OfReads) {
  const auto c = cost("op: read", "dataset: {files: 100, size: 1 KiB}\n");
  EXPECT_EQ(c.trials, 10u);
  EXPECT_EQ(c.requests, 1'000u);
  EXPECT_EQ(c.files_made, 100u);
  EXPECT_EQ(c.bytes_written, 102'400u);
  EXPECT_EQ(c.peak_bytes, 102'400u);
  EXPECT_EQ(c.peak_inodes, 102u);
  // 10 × (100 requests of 12 µs, 100 KiB at 1.5 GB/s, 120 ms) and the files, made and removed.
  EXPECT_EQ(c.estimate_ns, 10 * (1'200'000u + 68'266 + 120'000'000) + 5'000'000 + 170'666);
}

TEST(Cost, OfCreates) {
  const auto c = cost("op: create", "dataset: {files: 100, size: 1 KiB}\n");
  EXPECT_EQ(c.files_made, 0u);
  EXPECT_EQ(c.bytes_written, 1'024'000u);
  EXPECT_EQ(c.peak_bytes, 102'400u);
}

TEST(Cost, OfDeletes) {
  const auto c = cost("op: delete", "dataset: {files: 100, size: 1 KiB}\n");
  EXPECT_EQ(c.files_made, 1'000u);
  EXPECT_EQ(c.bytes_written, 1'024'000u);
}

TEST(Cost, OfCopies) {
  const auto c = cost("op: copy", "dataset: {files: 100, size: 1 KiB}\n");
  EXPECT_EQ(c.bytes_written, 102'400u + 1'024'000);
  EXPECT_EQ(c.peak_bytes, 204'800u);
  EXPECT_EQ(c.peak_inodes, 202u);
}

TEST(Cost, OfReplacements) {
  const auto c = cost("op: replace, depth: 8", "dataset: {files: 100, size: 1 KiB}\n");
  EXPECT_EQ(c.peak_bytes, 102'400u + 8 * 1'024);
  EXPECT_EQ(c.peak_inodes, 110u);
}

TEST(Cost, OfBlocks) {
  const auto c = cost("op: {read_block: 3, write_block: 1}, block: 4 KiB, count: 1000",
                      "dataset: {files: 2, size: 1 MiB}\n");
  EXPECT_EQ(c.requests, 10'000u);
  EXPECT_EQ(c.files_made, 2u);
  EXPECT_EQ(c.bytes_written, (2u << 20) + 10 * 250 * 4096);
}

TEST(Cost, OfTimesAndRates) {
  const auto timed = cost("op: read_block, block: 4 KiB, time: 5 s", "dataset: {size: 4 KiB}\n");
  EXPECT_EQ(timed.requests, 0u);
  EXPECT_GE(timed.estimate_ns, 50'000'000'000u);
  EXPECT_LT(timed.estimate_ns, 52'000'000'000u);
  const auto paced = cost("op: stat, rate: 100/s", "dataset: {files: 500}\n");
  EXPECT_GE(paced.estimate_ns, 50'000'000'000u);
  EXPECT_LT(paced.estimate_ns, 52'000'000'000u);
}

TEST(Cost, ADatasetThatIsKeptIsMadeOnceForAllBackends) {
  const auto plan = plan_of(
      "scenario: test\ndataset: {files: 10, size: 1 KiB}\nphases:\n  - {name: read, op: read}\n"
      "backends: [a, b, c]\n");
  EXPECT_EQ(cost_of(plan).files_made, 10u);
  EXPECT_EQ(cost_of(plan).requests, 300u);
}

TEST(Cost, ASyntheticBackendTouchesNothing) {
  const auto plan = plan_of(
      "scenario: test\ndataset: {files: 10, size: 1 KiB}\nphases:\n  - {name: delete, op: delete}\n"
      "backends: [null]\n");
  const auto c = cost_of(plan);
  EXPECT_EQ(c.trials, 10u);
  EXPECT_EQ(c.files_made + c.bytes_written + c.peak_bytes + c.peak_inodes, 0u);
}

TEST(Cost, WhatIsSkippedCostsNothing) {
  auto scenario = parse(one_phase("op: read", ""));
  const auto plan = make_plan(scenario, backends_of(scenario, 0), nullptr, {});
  EXPECT_EQ(cost_of(plan).trials, 0u);
}

TEST(Cost, MemoryIsOfABatchNotOfTheFiles) {
  const auto few = cost("op: read", "dataset: {files: 100000}\n");
  const auto many = cost("op: read", "dataset: {files: 999999999}\n");
  EXPECT_LT(many.worker_memory_bytes, few.worker_memory_bytes + (1 << 20));
  EXPECT_GE(few.worker_memory_bytes, 2 * kSourceSize);
}

TEST(Cost, WhatIsBeyondCountingDoesNotBecomeSmall) {
  const auto c = cost("op: {read_block: 1, write_block: 1}, block: 1 GiB, count: 1000000000000",
                      "dataset: {files: 7, size: 1 EiB}\n");
  EXPECT_EQ(c.bytes_written, std::uint64_t(INT64_MAX));
  EXPECT_EQ(c.estimate_ns, std::uint64_t(INT64_MAX));
  const auto copied = cost("op: copy", "dataset: {files: 7, size: 1 EiB}\n");
  EXPECT_EQ(copied.peak_bytes, std::uint64_t(INT64_MAX));
}

TEST(Cost, OfATrialIsBelowTheCapOfQuick) {
  const auto plan =
      plan_of(one_phase("op: stat, rate: 1/s", "dataset: {files: 1000}\n"), {.quick = true});
  EXPECT_LT(trial_estimate_ns(plan, plan.cases[0]), 5'000'000'000u);
}

}  // namespace
}  // namespace iodyno::host
