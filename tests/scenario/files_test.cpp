#include "scenario/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "scenario/content.hpp"
#include "scenario/hash.hpp"

namespace iodyno::host {
namespace {

Dataset dataset(std::uint64_t files, std::uint64_t size, std::uint64_t directories = 1) {
  return {.files = files, .size = {size, size, false}, .directories = directories};
}

std::shared_ptr<const Tree> tree() {
  Tree tree{.directories = {".", "src", "src/a b"},
            .files = {{"README", 10, 0}, {"src/x.c", 0, 1}, {"src/a b/y.c", 5'000, 2}}};
  return std::make_shared<Tree>(tree);
}

TEST(Files, NamesAreShortSortedAndUnique) {
  const Files one(dataset(1, 0));
  EXPECT_EQ(one.path(0), "f0");
  const Files many(dataset(1'001, 0, 10));
  EXPECT_EQ(many.path(0), "d0/f0000");
  EXPECT_EQ(many.path(1'000), "d9/f1000");
  EXPECT_EQ(many.directory_path(9), "d9");
  for (std::uint64_t i = 1; i < many.count(); ++i) EXPECT_LT(many.path(i - 1), many.path(i));
  EXPECT_EQ(Files(dataset(10, 0)).path(9), "f9");
  EXPECT_EQ(Files(dataset(11, 0)).path(9), "f09");
}

TEST(Files, ThePrefixComesBeforeEveryPath) {
  const Files files(dataset(20, 0, 2), nullptr, "scratch/");
  EXPECT_EQ(files.path(19), "scratch/d1/f19");
  EXPECT_EQ(files.directory_path(0), "scratch/d0");
  char top[32];
  const char* const end = files.write_top_path(top);
  EXPECT_STREQ(top, "scratch/.");
  EXPECT_EQ(end, top + std::strlen(top));
}

TEST(Files, SpreadEvenlyInRuns) {
  for (const std::uint64_t count : {7, 10, 100, 1'001})
    for (const std::uint64_t directories : {1, 2, 3, 7}) {
      const Files files(dataset(count, 0, directories));
      std::map<std::uint64_t, std::uint64_t> of;
      std::uint64_t last = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        EXPECT_GE(files.directory(i), last);
        last = files.directory(i);
        ++of[last];
      }
      EXPECT_EQ(of.size(), directories);
      for (const auto& [directory, n] : of) {
        EXPECT_GE(n, count / directories);
        EXPECT_LE(n, (count + directories - 1) / directories);
      }
    }
}

TEST(Files, TheLongestPathFits) {
  for (const auto& files : {Files(dataset(1'000'000, 0, 1'000)), Files({}, tree(), "scratch/"),
                            Files(dataset(1, 0), nullptr, "p/")}) {
    const auto last = files.path(files.count() - 1);
    EXPECT_LE(last.size() + kTemporarySuffix.size() + 1, files.path_capacity());
    for (std::uint64_t d = 0; d < files.directory_count(); ++d)
      EXPECT_LT(files.directory_path(d).size(), files.path_capacity());
  }
}

TEST(Files, SizesLieInTheirRangeAndNeverChange) {
  for (const bool log_uniform : {false, true}) {
    Dataset d = dataset(10'000, 0);
    d.size = {1'000, 1'000'000, log_uniform};
    const Files files(d), again(d);
    std::uint64_t total = 0, largest = 0, below_middle = 0;
    // Half of all lie below the middle: of the numbers, or of their logarithms.
    const std::uint64_t middle = log_uniform ? 31'623 : 500'500;
    for (std::uint64_t i = 0; i < files.count(); ++i) {
      EXPECT_GE(files.size(i), 1'000u);
      EXPECT_LE(files.size(i), 1'000'000u);
      EXPECT_EQ(files.size(i), again.size(i));
      total += files.size(i);
      largest = std::max(largest, files.size(i));
      below_middle += files.size(i) < middle;
    }
    EXPECT_EQ(files.total_bytes(), total);
    EXPECT_EQ(files.largest(), largest);
    EXPECT_FALSE(files.equal_sizes());
    EXPECT_NEAR(double(below_middle), 5'000, 250);
  }
}

// The dataset of a scenario is the same in every release: results of one are compared with another.
TEST(Files, SizesArePinned) {
  Dataset d = dataset(3, 0);
  d.size = {1'000, 1'000'000, false};
  EXPECT_EQ(Files(d).total_bytes(), 1'503'422u);
}

TEST(Files, SmallRangesReachBothEnds) {
  Dataset d = dataset(1'000, 0);
  d.size = {7, 9, false};
  std::set<std::uint64_t> sizes;
  for (std::uint64_t i = 0; i < 1'000; ++i) sizes.insert(Files(d).size(i));
  EXPECT_EQ(sizes, (std::set<std::uint64_t>{7, 8, 9}));
  d.size = {std::uint64_t{1} << 60, std::uint64_t{1} << 60, true};
  EXPECT_EQ(Files(d).size(0), std::uint64_t{1} << 60);
}

TEST(Files, OfATree) {
  const Files files({}, tree());
  EXPECT_EQ(files.count(), 3u);
  EXPECT_EQ(files.directory_count(), 3u);
  EXPECT_EQ(files.total_bytes(), 5'010u);
  EXPECT_EQ(files.largest(), 5'000u);
  EXPECT_EQ(files.path(2), "src/a b/y.c");
  EXPECT_EQ(files.directory(2), 2u);
  EXPECT_EQ(files.directory_path(0), ".");
}

std::vector<std::byte> source(double random_fraction) {
  std::vector<std::byte> bytes(kSourceSize, std::byte{0xAA});
  fill_source(bytes, {random_fraction});
  return bytes;
}

double zeros_in(std::span<const std::byte> bytes) {
  return double(std::ranges::count(bytes, std::byte{0})) / double(bytes.size());
}

TEST(Content, RandomBytesAreEven) {
  const auto bytes = source(1);
  std::vector<int> counts(256);
  for (const auto byte : bytes) ++counts[std::size_t(byte)];
  const double expected = double(kSourceSize) / 256;
  for (const int count : counts) EXPECT_NEAR(count, expected, 6 * std::sqrt(expected));
}

TEST(Content, ZerosAreTheShareOfEach4KiB) {
  EXPECT_EQ(zeros_in(source(0)), 1);
  for (const double random : {0.25, 0.5, 0.9}) {
    const auto bytes = source(random);
    for (std::size_t page = 0; page < bytes.size(); page += 4096) {
      const auto whole = std::span(bytes).subspan(page, 4096);
      EXPECT_NEAR(zeros_in(whole), 1 - random * 255 / 256, 0.02);
      const auto tail = whole.last(std::size_t((1 - random) * 4096));
      EXPECT_EQ(zeros_in(tail), 1);
    }
  }
}

TEST(Content, NoTwoPagesOfTheSourceAreAlike) {
  const auto bytes = source(1);
  std::set<std::uint64_t> hashes;
  for (std::size_t page = 0; page < bytes.size(); page += 4096)
    hashes.insert(hash(std::span(bytes).subspan(page, 4096)));
  EXPECT_EQ(hashes.size(), kSourceSize / 4096);
}

TEST(Content, FilesAndVersionsBeginAtTheirOwnPage) {
  std::set<std::uint64_t> bases;
  int same = 0;
  for (std::uint64_t file = 0; file < 5'000; ++file) {
    const auto base = source_base(file, 0);
    EXPECT_LT(base, kSourceSize);
    EXPECT_EQ(base % 4096, 0u);
    bases.insert(base);
    same += base == source_base(file, 1);
  }
  EXPECT_EQ(bases.size(), kSourceSize / 4096);
  EXPECT_NEAR(same, 5'000.0 / 257, 25);
}

TEST(Hash, IsXxh3) {
  EXPECT_EQ(hash_text(""), "2d06800538d394c2");
  EXPECT_EQ(hash_text("iodyno"), "f60c5115665bf0f7");
  EXPECT_NE(hash(std::as_bytes(std::span("a", 1)), 1), hash(std::as_bytes(std::span("a", 1)), 2));
}

}  // namespace
}  // namespace iodyno::host
