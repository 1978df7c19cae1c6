/// The open files of block operations, mapped as a whole.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <mutex>
#include <span>
#include <vector>

#include "../common/mapping.hpp"

namespace engine::mmap {

class OpenSet {
 public:
  /// How the files are mapped.
  struct How {
    int advice;              ///< a MADV_ of madvise(2); MADV_NORMAL: none
    bool populate;           ///< map all pages before the clock
    bool populate_writable;  ///< also those that are to be stored to
    bool huge;               ///< with pages of 2 MiB
  };

  /// What a block looks at comes first: it is one line of memory.
  struct alignas(64) File {
    std::byte* data = nullptr;
    std::uint64_t size = 0;  ///< when it was opened
    Faults faults;
    std::atomic<std::uint64_t> repaired = 0;  ///< the faults after which all is the file's again
    bool writable = false;
    iodyno::Fd fd;
    Mapping mapping;

    /// Whether all of a block was there when the file was opened.
    bool has(std::uint64_t offset, std::uint64_t length) const {
      return length <= size && offset <= size - length;
    }
  };

  explicit OpenSet(const How& how) : how_(how) {}

  /// Opens and maps the files. After a failure the set is empty.
  void open(int dir, std::span<const char* const> paths, bool writable);

  File& file(std::uint32_t index) {
    if (index >= view_.size()) [[unlikely]]
      iodyno::fail(EBADF, "no such file in the open set");
    return view_[index];
  }

  /// The same, or nullptr.
  const File* find(std::uint32_t index) const {
    return index < view_.size() ? &view_[index] : nullptr;
  }

  /// A block, from before its first byte is touched until after the last.
  class Block {
   public:
    Block(OpenSet& set, File& file, std::uint64_t offset, std::uint64_t length)
        : file_(file),
          faults_(file.faults.count.load(std::memory_order_acquire)),
          bytes_(file.data + offset, length) {
      if (faults_ != file.repaired.load(std::memory_order_relaxed)) [[unlikely]]
        faults_ = set.repair(file);
    }
    std::span<std::byte> bytes() const { return bytes_; }
    /// Some of what was loaded or stored may not have been the file's, by a bus error of this or
    /// another thread.
    bool spoiled() const {
      std::atomic_signal_fence(std::memory_order_seq_cst);
      return file_.faults.count.load(std::memory_order_acquire) != faults_ &&
             reinterpret_cast<std::uintptr_t>(bytes_.data() + bytes_.size()) >
                 file_.faults.lowest.load(std::memory_order_relaxed);
    }

   private:
    const File& file_;
    std::uint64_t faults_;
    const std::span<std::byte> bytes_;
  };

  /// Catches the bus errors that a thread makes in all files: for good, or for its part of a batch,
  /// as to say it of each block would cost as much as the block.
  class Guard final : public Caught {
   public:
    explicit Guard(OpenSet& set) noexcept : set_(set) {}

   private:
    bool serve(std::uintptr_t address) noexcept override;

    OpenSet& set_;
  };

  /// The bytes of all files, the pages that were mapped before the clock, and those of 2 MiB.
  struct Bytes {
    std::uint64_t mapped = 0, populated = 0, huge = 0;
  };
  const Bytes& bytes() const { return bytes_; }
  /// Why the last file has no pages of 2 MiB, or 0.
  int huge_error() const { return huge_error_; }

 private:
  void map(File& file);
  /// Maps again what bus errors have left as zeroes. Returns how many there have been.
  std::uint64_t repair(File& file);

  const How how_;
  std::vector<File> files_;
  std::span<File> view_;  ///< of all files: its size takes no division
  Bytes bytes_;
  int huge_error_ = 0;
  std::mutex mutex_;  ///< of repair()
};

}  // namespace engine::mmap
