#pragma once
#include <cstdint>

#include "trial/survey.hpp"

namespace iodyno::host {

/// How much of some files the page cache holds.
struct Residency {
  std::uint64_t pages = 0;      ///< that the files have
  std::uint64_t cached = 0;     ///< of them
  std::uint64_t unwritten = 0;  ///< dirty or under writeback; 0 where the kernel can't tell

  double fraction() const { return pages == 0 ? 1 : double(cached) / double(pages); }
};

/// By cachestat(2), from Linux 6.5 on, or by mincore(2), as far as survey() goes.
Residency residency_of(int directory, const Files&, std::uint64_t seed, const Which& = {});

/// Whether the kernel has cachestat(2), tried on an open file.
bool has_cachestat(int fd);

/// Reads every file through the page cache.
void warm(int directory, const Files&, const Which& = {});

/// Writes back and drops what the page cache holds of every file: POSIX_FADV_DONTNEED, which is
/// advice. The caller looks whether it was taken.
void evict(int directory, const Files&, const Which& = {});

/// Looks up every file, so that its name and its inode are in memory; on tmpfs they always are.
void warm_metadata(int directory, const Files&, const Which& = {});

/// Drops the directory entries and inodes of the whole system that nobody uses. Needs root.
void drop_metadata();

}  // namespace iodyno::host
