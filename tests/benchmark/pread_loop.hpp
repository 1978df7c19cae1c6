/// The pread loop that somebody writes who wants nothing else: one buffer, one call for each block,
/// and no clock inside.
#pragma once
#include "peer.hpp"
#include "trial/memory.hpp"

namespace iodyno::host {

class PreadLoop : public Peer {
 public:
  explicit PreadLoop(const Ground& ground)
      : offsets_(ground.offsets()), file_(ground.open()), memory_(kBlock) {}

  PassTime pass() override {
    const int file = file_;
    void* const buffer = memory_.bytes().data();
    const auto start = now();
    for (const auto offset : offsets_)
      if (pread(file, buffer, kBlock, off_t(offset)) != ssize_t(kBlock)) fail(EIO, "pread");
    return {double(now() - start) / double(offsets_.size())};
  }

 private:
  const std::vector<std::uint64_t>& offsets_;
  Fd file_;
  Memory memory_;
};

}  // namespace iodyno::host
