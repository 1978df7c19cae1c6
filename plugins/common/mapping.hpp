/// Files as memory, and what can go wrong there. A load or store that a file can't serve, as it
/// has become shorter, its file system is full or its device broken, raises SIGBUS. Here it is
/// caught, marked, and served from memory that belongs to nobody, so that whoever made it goes on
/// and is asked afterwards. Belongs with mapping.cpp.
#pragma once
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <utility>

/// Catches bus errors as long as one lives: for a batch, as between batches the handlers of signals
/// are the host's. Others than those of a `Caught` go to the handler that was there before.
class BusErrors {
 public:
  BusErrors();
  BusErrors(const BusErrors&) = delete;
  ~BusErrors();
};

/// What was caught in some memory. Read it after the last load or store.
struct Faults {
  std::atomic<std::uint64_t> count = 0;
  std::atomic<std::uintptr_t> lowest = UINTPTR_MAX;  ///< the first page that is not the file's

  bool any() const { return count.load(std::memory_order_relaxed) != 0; }
};

/// Some memory whose bus errors, as far as this thread makes them, are caught as long as it lives.
class Caught {
 public:
  Caught() noexcept : outer_(innermost_) {
    innermost_ = this;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  Caught(const Caught&) = delete;

  /// Called by the handler of the signal. False: nobody on this thread knows the address.
  static bool serve_any(std::uintptr_t address) noexcept;

 protected:
  ~Caught() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    innermost_ = outer_;
  }

  /// Serves the address, if it is one of this memory. In a handler of signals there are no locks
  /// and no allocations.
  virtual bool serve(std::uintptr_t address) noexcept = 0;
  /// Marks the page of the address, and makes zeroes of all from there to `end`: private to the
  /// process, until somebody maps them again.
  static bool replace(std::uintptr_t address, std::uintptr_t end, Faults& faults) noexcept;

 private:
  // In the part of the thread's memory that is always there: a handler must not allocate any.
  [[gnu::tls_model("initial-exec")]] static constinit thread_local Caught* innermost_;

  Caught* const outer_;
};

/// A range of addresses, of which all behind a bus error is taken for lost.
class Watch final : public Caught {
 public:
  Watch(std::span<const std::byte> bytes, Faults& faults) noexcept
      : begin_(reinterpret_cast<std::uintptr_t>(bytes.data())),
        size_(bytes.size()),
        faults_(faults) {}

 private:
  bool serve(std::uintptr_t address) noexcept override {
    return address - begin_ < size_ && replace(address, begin_ + size_, faults_);
  }

  const std::uintptr_t begin_, size_;
  Faults& faults_;
};

/// The size of a page of memory, of which `offset` is rounded down to a multiple.
std::uint64_t page_of(std::uint64_t offset);

/// A range of a file, shared with all who map or read it. Unmapped when it goes out of scope.
class Mapping {
 public:
  Mapping() = default;
  /// `length` bytes, at least one, from `offset` on, which need not be that of a page. Extra
  /// `flags`: MAP_POPULATE; MAP_FIXED, over the pages `where`, which it then has to unmap.
  Mapping(int fd, std::uint64_t offset, std::uint64_t length, int protection, int flags = 0,
          void* where = nullptr);
  Mapping(Mapping&& other) noexcept
      : all_(std::exchange(other.all_, {})), bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(all_, other.all_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (!all_.empty()) ::munmap(all_.data(), all_.size());
  }

  /// Just what was asked for.
  std::span<std::byte> bytes() const { return bytes_; }

  /// What madvise(2) says of all pages: 0 or an errno value.
  int advise(int advice) const noexcept;

 private:
  std::span<std::byte> all_, bytes_;  ///< the pages, and the part of them
};

/// Why a load of a mapping failed that ends at byte `end` of the file.
[[noreturn]] void fail_as_read(int fd, std::uint64_t end);
