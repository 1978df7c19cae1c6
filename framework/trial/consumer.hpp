#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "scenario/scenario.hpp"

namespace iodyno::host {

/// What the scenario does with the bytes that a backend has read. Called in the measured path, from
/// any thread: each thread has a lane of its own, so nothing is shared and nothing is locked.
class Consumer {
 public:
  explicit Consumer(const Consume&);

  void consume(std::uint64_t offset, std::span<const std::byte> piece);

  /// Bytes since the last reset().
  std::uint64_t bytes() const;
  /// The checksum, or how often the text stood there, since the last reset(). What `touch` adds up
  /// means nothing.
  std::uint64_t value() const;
  void reset();

 private:
  struct alignas(64) Lane {
    std::atomic<std::uint64_t> bytes = 0, value = 0;
  };
  static constexpr std::size_t kLanes = 256;  // the last one is shared by all further threads
  const Consume consume_;
  std::unique_ptr<std::array<Lane, kLanes>> lanes_;
};

/// The sum of the hashes of the 4 KiB pieces of some bytes, each keyed by its offset: what
/// `consume: checksum` computes. `offset` is a multiple of 4096.
std::uint64_t checksum(std::uint64_t offset, std::span<const std::byte>);

}  // namespace iodyno::host
