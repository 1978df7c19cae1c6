#include "trial/consumer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "scenario/hash.hpp"

namespace iodyno::host {
namespace {

using Kind = Consume::Kind;

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = std::byte(i * 131 + i / 4096);
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(Consumer, CountsTheBytesInEveryKind) {
  const auto bytes = some_bytes(10'000);
  for (const auto& kind : {Consume{Kind::none, {}}, Consume{Kind::touch, {}},
                           Consume{Kind::checksum, {}}, Consume{Kind::count, "no such text"}}) {
    Consumer consumer(kind);
    consumer.consume(0, bytes);
    consumer.consume(0, std::span(bytes).first(1));
    consumer.consume(0, {});
    EXPECT_EQ(consumer.bytes(), 10'001u);
    consumer.reset();
    EXPECT_EQ(consumer.bytes(), 0u);
    EXPECT_EQ(consumer.value(), 0u);
  }
}

TEST(Consumer, ChecksumDependsOnBytesAndOffsetsButNotOnPiecesOrOrder) {
  const auto bytes = some_bytes(5 * 4096 + 100);
  Consumer whole({Kind::checksum, {}}), pieces({Kind::checksum, {}});
  whole.consume(0, bytes);
  for (const std::size_t at : {2 * 4096, 4 * 4096, 0}) {
    const auto length = at == 4 * 4096 ? bytes.size() - at : 2 * 4096;
    pieces.consume(at, std::span(bytes).subspan(at, length));
  }
  EXPECT_EQ(pieces.value(), whole.value());
  EXPECT_EQ(whole.value(), checksum(0, bytes));

  Consumer elsewhere({Kind::checksum, {}});
  elsewhere.consume(4096, bytes);
  EXPECT_NE(elsewhere.value(), whole.value());

  for (const std::size_t at : {std::size_t{0}, std::size_t{4096}, bytes.size() - 1}) {
    auto other = bytes;
    other[at] ^= std::byte{1};
    EXPECT_NE(checksum(0, other), whole.value());
  }
  auto swapped = bytes;
  std::swap_ranges(swapped.begin(), swapped.begin() + 4096, swapped.begin() + 4096);
  EXPECT_NE(checksum(0, swapped), whole.value());
}

TEST(Consumer, ChecksumIsTheSumOfKeyedHashes) {
  const auto bytes = some_bytes(4096 + 10);
  EXPECT_EQ(checksum(8192, bytes), hash(std::span(bytes).first(4096), 8192) +
                                       hash(std::span(bytes).subspan(4096), 8192 + 4096));
  EXPECT_EQ(checksum(0, {}), 0u);
}

TEST(Consumer, CountsATextThatLiesInOnePiece) {
  Consumer consumer({Kind::count, "aa"});
  consumer.consume(0, bytes_of("aaaxaa aaaa"));  // they don't overlap
  EXPECT_EQ(consumer.value(), 4u);
  consumer.consume(0, bytes_of("a"));
  consumer.consume(4096, bytes_of("a"));
  EXPECT_EQ(consumer.value(), 4u);
}

TEST(Consumer, CountDoesNotDependOnHowReadsAreCut) {
  std::string text(3 * 4096, '.');
  text.replace(4095, 2, "ab");  // spans two pieces of 4 KiB: not seen by anyone
  text.replace(10, 2, "ab");
  text.replace(8192, 2, "ab");
  text.replace(12286, 2, "ab");
  Consumer whole({Kind::count, "ab"}), cut({Kind::count, "ab"});
  whole.consume(0, bytes_of(text));
  for (std::size_t at = 0; at < text.size(); at += 4096)
    cut.consume(at, bytes_of(text).subspan(at, 4096));
  EXPECT_EQ(whole.value(), 3u);
  EXPECT_EQ(cut.value(), 3u);
}

/// All at once in each of some rounds. More threads than lanes: the last ones share a lane.
TEST(Consumer, LosesNothingWithMoreThreadsThanLanes) {
  constexpr std::size_t kThreads = 300, kPieces = 50;
  const auto bytes = some_bytes(4096);
  Consumer consumer({Kind::checksum, {}});
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (std::size_t k = 0; k < kPieces; ++k) consumer.consume(0, bytes);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(consumer.bytes(), kThreads * kPieces * 4096);
  EXPECT_EQ(consumer.value(), kThreads * kPieces * checksum(0, bytes));
}

}  // namespace
}  // namespace iodyno::host
