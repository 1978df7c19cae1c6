/// The loop that somebody writes who maps the file: a load from each line of 64 bytes of a block,
/// or a copy of the block.
#pragma once
#include <sys/mman.h>

#include <cstring>

#include "peer.hpp"
#include "trial/memory.hpp"

namespace iodyno::host {

class MappingLoop : public Peer {
 public:
  enum class Access { load, copy };

  MappingLoop(const Ground& ground, Access access)
      : offsets_(ground.offsets()), bytes_(ground.bytes()), access_(access), memory_(kBlock) {
    const Fd file = ground.open();
    void* at = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
    if (at == MAP_FAILED) fail(errno, "mmap");
    mapped_ = static_cast<const std::byte*>(at);
  }
  ~MappingLoop() override { munmap(const_cast<std::byte*>(mapped_), bytes_); }

  PassTime pass() override {
    const auto start = now();
    if (access_ == Access::load)
      for (const auto offset : offsets_) load(mapped_ + offset);
    else
      for (const auto offset : offsets_) copy(mapped_ + offset);
    return {double(now() - start) / double(offsets_.size())};
  }

 private:
  void load(const std::byte* block) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBlock; i += 64) sum += std::uint64_t(block[i]);
    asm volatile("" : : "r"(sum));  // somebody wants to know
  }
  void copy(const std::byte* block) {
    std::memcpy(memory_.bytes().data(), block, kBlock);
    asm volatile("" : : : "memory");  // somebody may look at it
  }

  const std::vector<std::uint64_t>& offsets_;
  const std::uint64_t bytes_;
  const Access access_;
  const std::byte* mapped_;
  Memory memory_;
};

}  // namespace iodyno::host
