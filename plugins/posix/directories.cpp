#include "directories.hpp"

#include <algorithm>
#include <climits>

namespace engine::posix {

namespace {

constexpr std::uint64_t kOnFiles =
    iodyno::ops(IODYNO_OP_CREATE, IODYNO_OP_READ, IODYNO_OP_OVERWRITE, IODYNO_OP_APPEND,
                IODYNO_OP_REWRITE, IODYNO_OP_REPLACE, IODYNO_OP_COPY, IODYNO_OP_DELETE,
                IODYNO_OP_STAT, IODYNO_OP_RENAME, IODYNO_OP_LINK);

bool is_on_file(const iodyno_request& r) {
  return r.op < IODYNO_OP_COUNT && (kOnFiles & IODYNO_BIT(r.op)) != 0;
}

}  // namespace

Directories::Directories(const iodyno::Config& c, std::uint32_t slots)
    : dir_(c.dir()),
      split_(c.paced() ? Split::requests : Split(c.option("split"))),
      opens_(c.flag("dirfds")),
      open_(slots) {
  if (split_ != Split::requests) runs_.reserve(c.raw().max_batch / kLeastRun + 1);
}

bool Directories::divide(const iodyno_batch& batch) {
  if (split_ == Split::requests || batch.count < kLeastRun) return false;
  requests_ = batch.requests;
  runs_.clear();
  Run run;
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    if (!is_on_file(requests_[i])) return false;
    if (requests_[i].file == requests_[run.begin].file) continue;
    if (runs_.size() + 1 == runs_.capacity()) return false;
    run.end = i;
    runs_.push_back(run);
    run.begin = i;
  }
  run.end = batch.count;
  runs_.push_back(run);
  const auto slots = std::uint32_t(open_.size());
  if (split_ == Split::automatic && slots > 1 && runs_.size() < kLeastEach * slots) return false;
  next_.store(0, std::memory_order_relaxed);
  return true;
}

bool Directories::next(std::uint32_t slot, Run& run) {
  Open& open = open_[slot];
  open.prefix_size = 0;
  open.fd = iodyno::Fd();
  const auto which = next_.fetch_add(1, std::memory_order_relaxed);
  if (which >= runs_.size()) return false;
  run = runs_[which];
  if (opens_ && run.end - run.begin >= kLeastRun) enter(open, requests_[run.begin].path);
  return true;
}

/// Where it can't be opened the whole path serves, and each request says what is wrong.
void Directories::enter(Open& open, const char* path) const {
  const char* const slash = std::strrchr(path, '/');
  if (slash == nullptr || slash == path) return;
  char name[PATH_MAX];
  const auto size = std::size_t(slash - path);
  if (size >= sizeof name) return;
  std::copy(path, slash, name);
  name[size] = 0;
  const int fd = ::openat(dir_, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  open.fd = iodyno::Fd(fd);
  open.prefix = path;
  open.prefix_size = size + 1;
}

}  // namespace engine::posix
