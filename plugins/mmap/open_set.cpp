#include "open_set.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <string>
#include <system_error>

#include "../common/sparse.hpp"
#include "advice.hpp"

namespace engine::mmap {

namespace {

constexpr std::uint64_t kHuge = 2 << 20;

/// Addresses for a file whose pages of 2 MiB are to be mapped as such: not every file system looks
/// for them itself.
void* aligned_room(std::uint64_t size) {
  void* memory =
      ::mmap(nullptr, size + kHuge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) iodyno::fail(errno, "mmap");
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uint64_t before = kHuge - begin % kHuge;  // at least a page
  const std::uint64_t end = page_of(before + size + ~page_of(UINT64_MAX));
  auto* const room = static_cast<std::byte*>(memory);
  ::munmap(room, before);
  if (end < size + kHuge) ::munmap(room + end, size + kHuge - end);
  return room + before;
}

}  // namespace

void OpenSet::open(int dir, std::span<const char* const> paths, bool writable) {
  view_ = {};
  files_ = std::vector<File>();
  bytes_ = {};
  std::vector<File> files(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    File& file = files[i];
    file.fd = iodyno::open_at(dir, paths[i], writable ? O_RDWR : O_RDONLY);
    file.writable = writable;
    try {
      map(file);
    } catch (const std::system_error& e) {
      bytes_ = {};
      if (e.code().value() != ENOMEM) throw;
      iodyno::fail(ENOMEM, "mapping file " + std::to_string(i + 1) + " of " +
                               std::to_string(paths.size()) +
                               ": vm.max_map_count, or the address space (RLIMIT_AS)");
    }
  }
  files_ = std::move(files);
  view_ = files_;
}

/// An empty file has no mapping, and no block. Pages are populated to be loaded from: if it were to
/// be stored to, all would be dirty, and written back. Of a file with holes none are: the kernel
/// would make a page of memory for each page of a hole.
void OpenSet::map(File& file) {
  struct stat s;
  iodyno::check(::fstat(file.fd, &s), "fstat");
  file.size = std::uint64_t(s.st_size);
  if (file.size == 0) return;
  const bool huge = how_.huge && file.size >= kHuge;
  const int protection = PROT_READ | (file.writable ? PROT_WRITE : 0);
  file.mapping =
      huge ? Mapping(file.fd, 0, file.size, protection, MAP_FIXED, aligned_room(file.size))
           : Mapping(file.fd, 0, file.size, protection);
  file.data = file.mapping.bytes().data();
  bytes_.mapped += file.size;
  advise(file.mapping, how_.advice);
  if (huge) file.mapping.advise(MADV_HUGEPAGE);
  if (!(file.writable ? how_.populate_writable : how_.populate) || has_holes(s)) return;
  if (file.mapping.advise(MADV_POPULATE_READ) == 0) bytes_.populated += file.size;
  if (!huge) return;
  if (const int error = file.mapping.advise(kCollapse))
    huge_error_ = error;
  else
    bytes_.huge += file.size;
}

std::uint64_t OpenSet::repair(File& file) {
  const std::lock_guard lock(mutex_);
  const auto faults = file.faults.count.load(std::memory_order_acquire);
  if (faults == file.repaired.load(std::memory_order_relaxed)) return faults;
  const auto begin = file.faults.lowest.load() - reinterpret_cast<std::uintptr_t>(file.data);
  const auto rest = file.mapping.bytes().subspan(begin);
  // By its number: others may be reading there, which the mmap(2) of a sanitizer takes for a race.
  iodyno::check(
      ::syscall(SYS_mmap, rest.data(), rest.size(), PROT_READ | (file.writable ? PROT_WRITE : 0),
                MAP_SHARED | MAP_FIXED, int(file.fd), off_t(begin)),
      "mmap");
  advise(file.mapping, how_.advice);
  file.repaired.store(faults, std::memory_order_release);
  return faults;
}

/// A page alone: others may be at work in the next one.
bool OpenSet::Guard::serve(std::uintptr_t address) noexcept {
  for (File& file : set_.files_) {
    const auto begin = reinterpret_cast<std::uintptr_t>(file.data);
    if (address - begin < file.size) return replace(address, page_of(address) + 1, file.faults);
  }
  return false;
}

}  // namespace engine::mmap
