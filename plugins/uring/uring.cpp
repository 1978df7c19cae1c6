#include <utility>

#include "../common/direct.hpp"
#include "engine.hpp"

Uring::Uring(const iodyno::Config& c) : config_(c), lane_(c, Settings(c)) {
  // The usual slack, 50 us, would be most of the error of a paced start.
  if (c.paced()) prctl(PR_SET_TIMERSLACK, 1ul);
  refuse_links_on_fat(c);
  lane_.note();
}

void Uring::run(const iodyno_batch& batch) { lane_.run(batch, 0, batch.count); }

void Uring::open_files(std::span<const char* const> paths, std::uint32_t set) {
  lane_.use_files({});
  files_.clear();
  const int mode = (set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY) | (config_.direct() ? O_DIRECT : 0);
  std::vector<iodyno::Fd> files;  // the set is empty if one of them can't be opened
  files.reserve(paths.size());
  for (const char* path : paths) files.push_back(iodyno::open_at(config_.dir(), path, mode));
  files_ = std::move(files);
  lane_.use_files(files_);
  lane_.note();
}

IODYNO_BACKEND(Uring)
