/// Memory of a backend's own, a part for each slot.
#pragma once
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iodyno/backend.hpp>
#include <span>

/// Gives pages their memory, before somebody has to wait for it. What they hold stays.
inline void populate(std::span<std::byte> pages) {
  constexpr std::size_t kPage = 4096;
  if (::madvise(pages.data(), pages.size(), MADV_POPULATE_WRITE) == 0) return;
  // Before Linux 5.14 there is no such advice.
  for (std::size_t at = 0; at < pages.size(); at += kPage) {
    volatile std::byte& touched = pages[at];
    touched = touched;
  }
}

/// Page-aligned, and paid for only when it is touched: most sessions touch none of it.
class Scratch {
 public:
  Scratch(std::uint32_t slots, std::size_t each) : slots_(slots), each_(each) {
    memory_ = ::mmap(nullptr, slots_ * each_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) iodyno::fail(errno, "mmap of scratch memory");
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { ::munmap(memory_, slots_ * each_); }

  std::span<std::byte> operator[](std::uint32_t slot) const {
    return {static_cast<std::byte*>(memory_) + slot * each_, each_};
  }

 private:
  std::size_t slots_, each_;
  void* memory_;
};
