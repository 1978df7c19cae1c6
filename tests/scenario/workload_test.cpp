#include "scenario/workload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "scenario/content.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kSeed = 42, kVersion = 3;

Phase phase(iodyno_op op) { return {.name = "phase", .ops = {{op}}}; }
Phase blocks(std::uint64_t block, iodyno_op op = IODYNO_OP_READ_BLOCK) {
  auto made = phase(op);
  made.block = block;
  return made;
}
Dataset dataset(std::uint64_t files, std::uint64_t min, std::uint64_t max,
                std::uint64_t directories = 1) {
  return {.files = files, .size = {min, max, false}, .directories = directories};
}

/// A request that outlives its batch.
struct Kept {
  iodyno_request request;
  std::string path, path2;
};

std::vector<Kept> all(const Phase& phase, const Files& files, std::uint64_t seed = kSeed,
                      std::uint64_t most = UINT64_MAX) {
  Workload workload(phase, files, seed, kVersion);
  std::vector<Kept> kept;
  for (auto batch = workload.next(); !batch.empty() && kept.size() < most;
       batch = workload.next()) {
    EXPECT_LE(batch.size(), workload.batch_max());
    for (const auto& request : batch)
      kept.push_back(
          {request, request.path ? request.path : "", request.path2 ? request.path2 : ""});
  }
  return kept;
}

struct Pass {
  const char* name;
  Dataset dataset;
  std::uint64_t block;
};
std::ostream& operator<<(std::ostream& out, const Pass& pass) { return out << pass.name; }

class OnePass : public testing::TestWithParam<std::tuple<Pass, Order::Kind>> {};
INSTANTIATE_TEST_SUITE_P(
    Workload, OnePass,
    testing::Combine(testing::Values(Pass{"one_file", dataset(1, 1 << 20, 1 << 20), 4096},
                                     Pass{"one_block_a_file", dataset(300, 4096, 4096, 7), 4096},
                                     Pass{"many_files", dataset(50, 65'536, 65'536, 3), 4096},
                                     Pass{"an_odd_end", dataset(9, 10'000, 10'000), 4096},
                                     Pass{"size_ranges", dataset(64, 4096, 100'000, 4), 1000},
                                     Pass{"one_byte", dataset(3, 100, 200), 1}),
                     testing::Values(Order::Kind::sequential, Order::Kind::random)),
    [](const auto& pass) {
      return std::string(std::get<0>(pass.param).name) +
             (std::get<1>(pass.param) == Order::Kind::random ? "_random" : "_sequential");
    });

TEST_P(OnePass, VisitsEveryWholeBlockOnce) {
  const auto& [pass, order] = GetParam();
  const Files files(pass.dataset);
  auto read = blocks(pass.block);
  read.order.kind = order;
  std::set<std::pair<std::uint32_t, std::uint64_t>> seen;
  std::pair<std::uint32_t, std::uint64_t> last{};
  for (const auto& [request, path, path2] : all(read, files)) {
    EXPECT_EQ(request.length, pass.block);
    EXPECT_EQ(request.offset % pass.block, 0u);
    EXPECT_LE(request.offset + request.length, files.size(request.file));
    EXPECT_EQ(request.path, nullptr);
    const std::pair at{request.file, request.offset};
    EXPECT_TRUE(seen.insert(at).second);
    if (order == Order::Kind::sequential) {
      EXPECT_GE(at, last);
    }
    last = at;
  }
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < files.count(); ++i) expected += files.size(i) / pass.block;
  EXPECT_EQ(seen.size(), expected);
  EXPECT_EQ(one_pass(read, files), expected);
}

TEST(Workload, FilesWithoutAWholeBlockAreLeftOut) {
  Tree tree{.directories = {"."},
            .files = {{"a", 0, 0}, {"b", 9'000, 0}, {"c", 100, 0}, {"d", 4'096, 0}, {"e", 1, 0}}};
  const Files files({}, std::make_shared<Tree>(tree));
  auto read = blocks(4096);
  read.order.kind = Order::Kind::sequential;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> seen;
  for (const auto& kept : all(read, files))
    seen.emplace_back(kept.request.file, kept.request.offset);
  EXPECT_EQ(seen,
            (std::vector<std::pair<std::uint32_t, std::uint64_t>>{{1, 0}, {1, 4096}, {3, 0}}));
  read.time_ns = 1'000'000;
  read.block = 1 << 20;
  EXPECT_TRUE(all(read, files).empty());  // not for ever
}

TEST(Workload, EveryFileOnceInItsDirectory) {
  const Files files(dataset(1'001, 100, 5'000, 10), nullptr, "p/");
  for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_READ, IODYNO_OP_DELETE, IODYNO_OP_STAT}) {
    const auto requests = all(phase(op), files);
    ASSERT_EQ(requests.size(), 1'001u);
    for (std::uint64_t i = 0; i < requests.size(); ++i) {
      EXPECT_EQ(requests[i].path, files.path(i));
      EXPECT_EQ(requests[i].request.file, files.directory(i));
      EXPECT_EQ(requests[i].request.op, op);
      EXPECT_EQ(requests[i].request.path2, nullptr);
    }
  }
}

/// What backend.h says of length, offset, data and path2, for each operation on files.
TEST(Workload, FieldsAreAsTheAbiSays) {
  const Files files(dataset(10, 100, 5'000, 2));
  for (const auto& row : operations()) {
    if (row.object != Object::file) continue;
    const auto made = all(phase(row.op), files);
    for (std::uint64_t i = 0; i < made.size(); ++i) {
      const auto& [request, path, path2] = made[i];
      const bool has_length =
          row.writes || row.reads || row.counts_bytes || row.op == IODYNO_OP_STAT;
      EXPECT_EQ(request.length, has_length ? files.size(i) : 0) << row.name;
      EXPECT_EQ(request.offset, row.op == IODYNO_OP_APPEND ? files.size(i) : 0) << row.name;
      EXPECT_EQ(request.data, row.writes ? source_base(i, kVersion) : 0) << row.name;
      EXPECT_EQ(path2, row.op == IODYNO_OP_REPLACE ? path + ".new"
                       : row.second_path           ? path
                                                   : "")
          << row.name;
      EXPECT_EQ(request.flags, 0);
      EXPECT_EQ(request.not_before_ns, 0u);
      EXPECT_EQ(request.reserved, 0u);
    }
  }
}

TEST(Workload, SizesMayBeUnknownToReadAndCopy) {
  const Files files(dataset(10, 100, 5'000));
  for (const auto& row : operations()) {
    if (row.object != Object::file) continue;
    auto hidden = phase(row.op);
    hidden.sizes = Sizes::unknown;
    const bool unknown = row.op == IODYNO_OP_READ || row.op == IODYNO_OP_COPY;
    for (const auto& kept : all(hidden, files))
      EXPECT_EQ(kept.request.length == IODYNO_SIZE_UNKNOWN, unknown) << row.name;
  }
}

TEST(Workload, Directories) {
  const Files one(dataset(10, 0, 0)), several(dataset(10, 0, 0, 3));
  EXPECT_EQ(all(phase(IODYNO_OP_LIST), one)[0].path, ".");
  EXPECT_EQ(all(phase(IODYNO_OP_LIST), one)[0].request.length, IODYNO_SIZE_UNKNOWN);
  EXPECT_EQ(all(phase(IODYNO_OP_MKDIR), one)[0].path, "d0");
  for (const auto op : {IODYNO_OP_LIST, IODYNO_OP_MKDIR, IODYNO_OP_RMDIR}) {
    const auto requests = all(phase(op), several);
    ASSERT_EQ(requests.size(), 3u);
    for (std::uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(requests[i].path, several.directory_path(i));
      EXPECT_EQ(requests[i].request.file, i);
    }
  }
}

TEST(Workload, OnlyWhatWritesOrCopiesIsDurable) {
  const Files files(dataset(4, 4096, 4096));
  for (const auto& row : operations())
    for (const auto durability : {Durability::none, Durability::each, Durability::end}) {
      auto durable = phase(row.op);
      durable.block = 4096;
      durable.durability = durability;
      const bool flagged =
          durability == Durability::each && (row.writes || row.op == IODYNO_OP_COPY);
      for (const auto& kept : all(durable, files))
        EXPECT_EQ(kept.request.flags, flagged ? IODYNO_DURABLE : 0) << row.name;
    }
}

TEST(Workload, WrittenBlocksComeFromTheFilesPlaceInTheSource) {
  const Files files(dataset(5, 4 << 20, 4 << 20));
  for (const auto& kept : all(blocks(4096, IODYNO_OP_WRITE_BLOCK), files)) {
    const auto& r = kept.request;
    EXPECT_LT(r.data, kSourceSize);
    EXPECT_EQ(r.data % 4096, 0u);
    EXPECT_EQ(r.data, (source_base(r.file, kVersion) + r.offset) % kSourceSize);
  }
}

TEST(Workload, CountGoesOnInANewOrder) {
  const Files files(dataset(4, 65'536, 65'536));
  auto read = blocks(4096);
  read.count = 64 * 2 + 10;
  const auto requests = all(read, files);
  ASSERT_EQ(requests.size(), 138u);
  std::map<std::pair<std::uint32_t, std::uint64_t>, int> visits;
  bool differs = false;
  for (std::size_t i = 0; i < 128; ++i) {
    const auto& r = requests[i].request;
    ++visits[{r.file, r.offset}];
    differs |= i >= 64 && (r.offset != requests[i - 64].request.offset);
  }
  EXPECT_EQ(visits.size(), 64u);
  for (const auto& [block, n] : visits) EXPECT_EQ(n, 2);
  EXPECT_TRUE(differs);
}

TEST(Workload, FewerThanAPass) {
  auto read = blocks(4096);
  read.count = 5;
  EXPECT_EQ(all(read, Files(dataset(4, 65'536, 65'536))).size(), 5u);
  EXPECT_EQ(Workload(read, Files(dataset(4, 65'536, 65'536)), 1, 1).batch_max(), 5u);
}

TEST(Workload, ATimeHasNoTotal) {
  const Files files(dataset(4, 65'536, 65'536));
  auto read = blocks(4096);
  read.time_ns = 1;
  Workload workload(read, files, kSeed, kVersion);
  EXPECT_FALSE(workload.total());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(workload.next().size(), workload.batch_max());
}

TEST(Workload, FsyncAloneTakesEachFileOnce) {
  const Files files(dataset(100, 0, 0));
  std::set<std::uint32_t> seen;
  for (const auto& kept : all(phase(IODYNO_OP_FSYNC), files)) {
    seen.insert(kept.request.file);
    EXPECT_EQ(kept.request.offset + kept.request.length, 0u);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Workload, MixesHaveTheirProportions) {
  const Files files(dataset(64, 65'536, 65'536));
  auto mixed = blocks(4096);
  mixed.ops = {{IODYNO_OP_READ_BLOCK, 90}, {IODYNO_OP_WRITE_BLOCK, 9}, {IODYNO_OP_FSYNC, 1}};
  mixed.count = 100'000;
  std::map<int, int> counts;
  for (const auto& kept : all(mixed, files)) {
    ++counts[kept.request.op];
    if (kept.request.op == IODYNO_OP_FSYNC)
      EXPECT_EQ(kept.request.offset + kept.request.length + kept.request.data, 0u);
    else
      EXPECT_EQ(kept.request.length, 4096u);
  }
  EXPECT_NEAR(counts[IODYNO_OP_READ_BLOCK], 90'000, 600);
  EXPECT_NEAR(counts[IODYNO_OP_WRITE_BLOCK], 9'000, 550);
  EXPECT_NEAR(counts[IODYNO_OP_FSYNC], 1'000, 200);
}

TEST(Workload, TheOperationOfARequestIsKnownBefore) {
  const Files files(dataset(1'000, 10, 10));
  auto mixed = phase(IODYNO_OP_READ);
  mixed.ops.push_back({IODYNO_OP_DELETE, 2});
  const auto requests = all(mixed, files);
  ASSERT_EQ(requests.size(), 1'000u);
  for (std::uint64_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(requests[i].request.op, op_at(mixed, kSeed, i));
}

TEST(Workload, PopularBlocksAreScattered) {
  const Files files(dataset(1, 4'096'000, 4'096'000));
  auto read = blocks(4096);
  read.order = {Order::Kind::zipf, 0.99};
  read.count = 50'000;
  std::map<std::uint64_t, int> visits;
  for (const auto& kept : all(read, files)) ++visits[kept.request.offset / 4096];
  std::vector<std::pair<int, std::uint64_t>> by_visits;
  for (const auto& [block, n] : visits) by_visits.emplace_back(n, block);
  std::ranges::sort(by_visits, std::greater{});
  double total = 0;
  for (int k = 1; k <= 1'000; ++k) total += std::pow(k, -0.99);
  EXPECT_NEAR(by_visits[0].first, 50'000 / total, 400);
  EXPECT_NEAR(by_visits[9].first, 50'000 * std::pow(10, -0.99) / total, 120);
  std::uint64_t near = 0;  // the ten most popular do not lie beside one another
  for (int i = 1; i < 10; ++i)
    near +=
        std::llabs(std::int64_t(by_visits[i].second) - std::int64_t(by_visits[i - 1].second)) < 5;
  EXPECT_LE(near, 2u);
}

TEST(Workload, RatesSayWhenARequestIsDue) {
  const Files files(dataset(5'000, 0, 0));
  auto paced = phase(IODYNO_OP_STAT);
  paced.rate = Rate{4'000};
  const auto requests = all(paced, files);
  for (std::uint64_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(requests[i].request.not_before_ns, i * 250'000);
  paced.rate = Rate{1e-3};
  const auto slow = all(paced, files);
  for (std::uint64_t i = 1; i < slow.size(); ++i)
    EXPECT_GE(slow[i].request.not_before_ns, slow[i - 1].request.not_before_ns);
}

TEST(Workload, IsAFunctionOfTheSeed) {
  const Files files(dataset(10, 65'536, 65'536));
  const auto order_of = [&](std::uint64_t seed) {
    std::vector<std::uint64_t> order;
    for (const auto& kept : all(blocks(4096), files, seed))
      order.push_back(kept.request.file << 20 | kept.request.offset);
    return order;
  };
  EXPECT_EQ(order_of(1), order_of(1));
  EXPECT_NE(order_of(1), order_of(2));
}

TEST(Workload, BatchesAreBounded) {
  const Files files(dataset(1'000'000, 0, 0, 100));
  const auto each = sizeof(iodyno_request) + sizeof(iodyno_completion) + 2 * files.path_capacity();
  auto read = phase(IODYNO_OP_READ);
  EXPECT_EQ(batch_size(read, files), 1'024u);
  read.depth = 8;
  EXPECT_EQ(batch_size(read, files), 8'000u);
  read.depth = 65'536;
  EXPECT_EQ(batch_size(read, files), (16u << 20) / each);
  read.batch = 7;
  EXPECT_EQ(batch_size(read, files), 7u);
  read.batch = 131'072;
  EXPECT_LE(batch_size(read, files) * each, 16u << 20);
  EXPECT_EQ(Workload(read, Files(dataset(3, 0, 0)), 1, 1).batch_max(), 3u);
}

TEST(Workload, TheSameRequestsWhateverTheBatch) {
  const Files files(dataset(100, 4096, 50'000, 5));
  auto read = blocks(1024);
  const auto whole = all(read, files);
  read.batch = 7;
  const auto pieces = all(read, files);
  ASSERT_EQ(whole.size(), pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(whole[i].request.file, pieces[i].request.file);
    EXPECT_EQ(whole[i].request.offset, pieces[i].request.offset);
  }
}

// A thousand million files cost neither time nor memory before they are asked for.
TEST(Workload, IsMadeInMemoryOfOneBatch) {
  const Files files(dataset(1'000'000'000, 1 << 20, 1 << 20, 1'000));
  for (const auto& one : {phase(IODYNO_OP_READ), blocks(4096)}) {
    Workload workload(one, files, kSeed, kVersion);
    EXPECT_EQ(workload.next().size(), 1'024u);
    EXPECT_EQ(*workload.total(), one.block == 0 ? 1'000'000'000u : 256'000'000'000u);
  }
}

}  // namespace
}  // namespace iodyno::host
