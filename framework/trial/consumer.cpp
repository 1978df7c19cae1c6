#include "trial/consumer.hpp"

#include <algorithm>
#include <cstring>

#include "scenario/hash.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kPiece = 4096, kLine = 64;

std::uint64_t touch(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += kLine) sum += std::uint64_t(bytes[i]);
  return sum;
}

/// Occurrences that don't overlap, in one piece: one that spans two is not seen, so that the count
/// does not depend on how a backend cuts its reads.
std::uint64_t count_text(std::span<const std::byte> piece, const std::string& text) {
  std::uint64_t found = 0;
  const auto* at = reinterpret_cast<const char*>(piece.data());
  const auto* const end = at + piece.size();
  while ((
      at = static_cast<const char*>(memmem(at, std::size_t(end - at), text.data(), text.size())))) {
    ++found;
    at += text.size();
  }
  return found;
}

/// A number for each thread, in the order in which they first come here.
std::size_t thread_number() {
  static std::atomic<std::size_t> next = 0;
  thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

std::uint64_t checksum(std::uint64_t offset, std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece)
    sum += hash(bytes.subspan(at, std::min(kPiece, bytes.size() - at)), offset + at);
  return sum;
}

Consumer::Consumer(const Consume& consume)
    : consume_(consume), lanes_(std::make_unique<std::array<Lane, kLanes>>()) {}

void Consumer::consume(std::uint64_t offset, std::span<const std::byte> piece) {
  std::uint64_t value = 0;
  switch (consume_.kind) {
    case Consume::Kind::none: break;
    case Consume::Kind::touch: value = touch(piece); break;
    case Consume::Kind::checksum: value = checksum(offset, piece); break;
    case Consume::Kind::count:
      for (std::size_t at = 0; at < piece.size(); at += kPiece)
        value += count_text(piece.subspan(at, std::min(kPiece, piece.size() - at)), consume_.text);
      break;
  }
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto number = thread_number();
  if (number >= kLanes - 1) {
    lanes_->back().bytes.fetch_add(piece.size(), relaxed);
    lanes_->back().value.fetch_add(value, relaxed);
    return;
  }
  // Nobody else writes this lane, so no locked instruction is needed.
  auto& lane = (*lanes_)[number];
  lane.bytes.store(lane.bytes.load(relaxed) + piece.size(), relaxed);
  lane.value.store(lane.value.load(relaxed) + value, relaxed);
}

std::uint64_t Consumer::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& lane : *lanes_) sum += lane.bytes.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t Consumer::value() const {
  std::uint64_t sum = 0;
  for (const auto& lane : *lanes_) sum += lane.value.load(std::memory_order_relaxed);
  return sum;
}

void Consumer::reset() {
  for (auto& lane : *lanes_) lane.bytes = 0, lane.value = 0;
}

}  // namespace iodyno::host
