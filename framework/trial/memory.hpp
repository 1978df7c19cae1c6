#pragma once
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>

namespace iodyno::host {

/// Anonymous, page-aligned memory that is there already: no page fault of it falls into a
/// measurement.
class Memory {
 public:
  explicit Memory(std::size_t length) : length_(length) {
    void* at = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(), "memory for buffers");
    bytes_ = static_cast<std::byte*>(at);
  }
  Memory(const Memory&) = delete;
  ~Memory() { munmap(bytes_, length_); }
  std::span<std::byte> bytes() const { return {bytes_, length_}; }

 private:
  std::byte* bytes_;
  std::size_t length_;
};

}  // namespace iodyno::host
