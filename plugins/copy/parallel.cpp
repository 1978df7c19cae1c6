// Ranges of one file by several threads: through the page cache, where one reads while another
// holds the lock of the file that is written; or with O_DIRECT, to keep a device busy.
#include <atomic>
#include <deque>
#include <system_error>

#include "../common/scratch.hpp"
#include "method.hpp"

namespace engine::copy {

namespace {

/// What the threads of one request share.
class Ranges {
 public:
  Ranges(Extent what, std::uint64_t each) : what_(what), each_(each), next_(what.begin) {}

  /// Copies ranges until there are no more.
  void work(const Job& job, std::span<std::byte> buffer, std::size_t granule) noexcept try {
    while (!stop_.load(std::memory_order_relaxed)) {
      const auto begin = next_.fetch_add(each_, std::memory_order_relaxed);
      if (begin >= what_.end) return;
      const Extent range{begin, std::min(what_.end, begin + each_)};
      const Progress done = copy_by_hand(job.from, job.to, range, buffer, granule);
      if (done.at < range.end) stop(ENODATA);
    }
  } catch (const std::system_error& e) {
    stop(e.code().value());
  } catch (...) {
    stop(EIO);
  }
  int error() const { return error_; }

 private:
  void stop(int error) noexcept {
    int none = 0;
    error_.compare_exchange_strong(none, error);
    stop_ = true;
  }

  const Extent what_;
  const std::uint64_t each_;
  std::atomic<std::uint64_t> next_;
  std::atomic<int> error_ = 0;
  std::atomic<bool> stop_ = false;
};

class Threads final : public Method {
 public:
  Threads(const Making& m, std::uint32_t threads)
      : granule_(m.granule()),
        least_(m.direct ? 2 * m.buffer : std::max(kLeast, 2 * m.buffer)),
        threads_(threads),
        buffers_(m.config.depth() * threads, m.buffer) {
    for (std::uint32_t slot = 0; slot < m.config.depth(); ++slot) pools_.emplace_back(threads);
    m.config.note(m.direct ? "in_flight" : "threads",
                  (std::to_string(threads) + " in a file of " + std::to_string(least_ / 1024) +
                   " KiB and more")
                      .c_str());
  }

  Progress copy(const Job& job, Extent what) override {
    const Extent even{what.begin, what.end / granule_ * granule_};
    if (threads_ == 1 || what.size() < least_) return finish(job, what);
    Ranges ranges(even, buffers_[0].size());
    pools_[job.slot].run([&](std::uint32_t thread) {
      ranges.work(job, buffers_[job.slot * threads_ + thread], granule_);
    });
    if (const int error = ranges.error()) {
      if (granule_ > 1 && is_refusal(error)) return {.at = what.begin, .refused = error};
      iodyno::fail(error, "copying ranges");
    }
    return finish(job, {even.end, what.end});
  }

 private:
  /// What is not worth a thread, and the odd end with O_DIRECT.
  Progress finish(const Job& job, Extent what) try {
    return copy_by_hand(job.from, job.to, what, buffers_[job.slot * threads_], granule_);
  } catch (const std::system_error& e) {
    if (granule_ == 1 || !is_refusal(e.code().value())) throw;
    return {.at = what.begin, .refused = e.code().value()};
  }

  /// Below it, to wake a thread up costs more than it saves.
  static constexpr std::uint64_t kLeast = 4 << 20;

  const std::size_t granule_;
  const std::uint64_t least_;
  const std::uint32_t threads_;
  Scratch buffers_;
  std::deque<iodyno::Pool> pools_;  // of each slot
};

}  // namespace

std::unique_ptr<Method> by_threads(const Making& making) {
  return std::make_unique<Threads>(making, making.direct ? making.in_flight : making.threads);
}

}  // namespace engine::copy
