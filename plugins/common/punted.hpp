/// Where io_uring hands transfers through the page cache to a worker, whatever is cached (Linux
/// 6.18). io_uring/rw.c tries one on the submitting thread only where the file says that it can be
/// done without blocking: FMODE_NOWAIT for any, FOP_BUFFER_WASYNC for writes.
#pragma once
#include <linux/magic.h>

#include "direct.hpp"

/// Below `dir`; nullptr: that depends. mm/shmem.c sets no FMODE_NOWAIT.
inline const char* why_reads_are_punted(int dir) {
  return file_system(dir) == TMPFS_MAGIC ? "reads on tmpfs" : nullptr;
}

/// The same. fs/ext4/file.c sets no FOP_BUFFER_WASYNC.
inline const char* why_writes_are_punted(int dir) {
  const auto type = file_system(dir);
  if (type == TMPFS_MAGIC) return "writes on tmpfs";
  if (type == EXT4_SUPER_MAGIC) return "buffered writes on ext4";
  return nullptr;
}
