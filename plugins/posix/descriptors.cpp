#include "descriptors.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>

#include "advice.hpp"

namespace engine::posix {

namespace {

/// ThreadSanitizer knows files by their numbers, and takes two tables for one.
#ifdef __SANITIZE_THREAD__
constexpr bool kMayBeSeparate = false;
#else
constexpr bool kMayBeSeparate = true;
#endif

}  // namespace

Descriptors::Descriptors(const iodyno::Config& c, iodyno::Pool& pool)
    : config_(c),
      pool_(pool),
      wanted_(kMayBeSeparate && c.flag("fd_tables") && pool.slots() > 1),
      sets_(pool.slots()) {
  if (wanted_) separate();
}

Descriptors::~Descriptors() {
  close();
  if (separate_)
    pool_.run([](std::uint32_t slot) {
      if (slot != 0) ::close_range(0, ~0u, 0);
    });
}

/// The table of the first slot is the process's, and is its alone when the others have left. What
/// they need of it are the directories; the standard three stay, for whoever writes to them.
void Descriptors::separate() {
  std::atomic<int> error = 0;
  pool_.run([&](std::uint32_t slot) {
    if (slot == 0) return;
    if (::unshare(CLONE_FILES) < 0) return error.store(errno);
    const auto [low, high] = std::minmax({config_.dir(), config_.dir2()});
    unsigned first = 3;
    for (const int keep : {low, high}) {
      if (unsigned(keep) > first) ::close_range(first, unsigned(keep) - 1, 0);
      first = std::max(first, unsigned(keep) + 1);
    }
    ::close_range(first, ~0u, 0);
  });
  error_ = error;
  separate_ = error_ == 0;
}

void Descriptors::open(std::span<const char* const> paths, int flags, int advice) {
  close();
  const bool small = paths.size() * pool_.slots() <= kMost;
  if (separate_ != (wanted_ && small && error_ == 0)) {
    pool_.restart();
    separate_ = false;
    if (wanted_ && small) separate();
  }
  std::atomic<bool> failed = false;
  std::exception_ptr why;  // of the first that failed
  pool_.run([&](std::uint32_t slot) {
    if (slot != 0 && !separate_) return;
    try {
      open_set(sets_[slot], paths, flags, advice);
    } catch (...) {
      if (!failed.exchange(true)) why = std::current_exception();
    }
  });
  if (why) {
    close();
    std::rethrow_exception(why);
  }
  if (!separate_)
    for (std::uint32_t slot = 1; slot < pool_.slots(); ++slot) sets_[slot] = sets_[0];
}

void Descriptors::open_set(std::vector<int>& set, std::span<const char* const> paths, int flags,
                           int advice) const {
  set.reserve(paths.size());
  for (const char* path : paths) {
    iodyno::Fd fd = iodyno::open_at(config_.dir(), path, flags);
    advise(fd, advice);
    set.push_back(fd.release());
  }
}

/// Each by the thread whose table it is in.
void Descriptors::close() noexcept {
  pool_.run([this](std::uint32_t slot) {
    if (slot == 0 || separate_)
      for (const int fd : sets_[slot]) ::close(fd);
  });
  for (auto& set : sets_) set.clear();
}

std::string Descriptors::description() const {
  if (pool_.slots() == 1) return "one thread";
  if (separate_) return "one for each thread";
  if (error_ != 0) return "shared: unshare: " + std::generic_category().message(error_);
  return wanted_ ? "shared: the open set is large" : "shared";
}

}  // namespace engine::posix
