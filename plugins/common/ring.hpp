/// One io_uring: how it is set up, what is registered with it, and the way into the kernel.
#pragma once
#include <liburing.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

/// When the kernel finishes requests; automatic: the first that it has.
enum class TaskRun : std::uint8_t { automatic, defer, coop, plain };

/// What an error of io_uring_setup(2) means, for people.
std::string why_no_ring(int error);

class Ring {
 public:
  struct Settings {
    std::uint32_t most = 0;  ///< of entries that are wanted in flight
    TaskRun task_run = TaskRun::automatic;
    bool sqpoll = false;
    std::uint32_t sqpoll_idle_ms = 0;
    std::uint32_t entries = 0;  ///< of the submission queue; 0: for `most`
    std::uint32_t workers = 0;  ///< the most kernel threads for what blocks; 0: the kernel's limit
  };

  explicit Ring(const Settings& settings);
  Ring(const Ring&) = delete;
  ~Ring();

  bool has(std::uint32_t feature) const { return (ring_.features & feature) == feature; }
  bool supports(int opcode) const;
  /// Whether what comes behind an entry that fails at once is submitted all the same: a chain would
  /// be cut in two without it.
  bool submits_all() const { return ring_.flags & IORING_SETUP_SUBMIT_ALL; }
  /// "single_issuer, defer_taskrun, 256 entries"
  std::string description() const;
  /// How many threads the kernel may use for what blocks.
  std::string workers() const;

  // Registrations. 0, or an errno value. Each replaces the one before.
  int register_files(std::span<const int> files);
  int register_buffers(std::span<const iovec> buffers);

  /// Makes room for `count` entries that go to the kernel together.
  void reserve(std::uint32_t count) {
    if (io_uring_sq_space_left(&ring_) < count) [[unlikely]]
      make_room(count);
  }
  /// The next entry, for which there is room.
  io_uring_sqe* next() { return io_uring_get_sqe(&ring_); }

  /// Submits all that was prepared, and waits for `completions`.
  void submit_and_wait(std::uint32_t completions);
  /// Submits, and waits for a completion until `when`, or a little less.
  void submit_and_wait_until(std::uint64_t when);

  /// Cancels what is in flight, and returns when no worker has any of it: for a ring that broke, as
  /// nothing else could wait then.
  void cancel_all();

  /// Calls `use(user_data, result)` for each completion that has come.
  void reap(auto use) {
    unsigned head, seen = 0;
    io_uring_cqe* cqe;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      use(cqe->user_data, cqe->res);
      ++seen;
    }
    io_uring_cq_advance(&ring_, seen);
  }

  /// The calls into the kernel since the last time.
  std::uint64_t take_calls() { return std::exchange(calls_, 0); }

 private:
  void set_up(const Settings& settings);
  bool try_to_set_up(std::uint32_t entries, std::uint32_t completions, std::uint32_t flags,
                     std::uint32_t idle_ms);
  void limit_workers(std::uint32_t most);
  void make_room(std::uint32_t count);
  void check(int result, const char* what) const;

  io_uring ring_{};
  io_uring_probe* probe_ = nullptr;
  unsigned workers_before_[2] = {};
  std::uint32_t worker_limit_ = 0;
  bool limited_ = false, files_ = false, buffers_ = false;
  std::uint64_t calls_ = 0;
};
