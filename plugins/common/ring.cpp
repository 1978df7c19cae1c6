// The ladder of setup flags, and what is registered. `man` names the pages of liburing 2.3.
#include "ring.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <fstream>
#include <iodyno/backend.hpp>
#include <iterator>
#include <system_error>

namespace {

/// The kernel's own limits (io_uring/io_uring.h): more is cut down with IORING_SETUP_CLAMP.
constexpr std::uint32_t kMostEntries = 32768, kMostCompletions = 65536;
/// Not less: the longest chain has to go in as a whole.
constexpr std::uint32_t kLeastEntries = 8, kLeastAuto = 64;

constexpr struct {
  std::uint32_t bit;
  const char* name;
} kFlagNames[] = {{IORING_SETUP_SQPOLL, "sqpoll"},
                  {IORING_SETUP_SINGLE_ISSUER, "single_issuer"},
                  {IORING_SETUP_DEFER_TASKRUN, "defer_taskrun"},
                  {IORING_SETUP_COOP_TASKRUN, "coop_taskrun"}};

}  // namespace

std::string why_no_ring(int error) {
  if (error == ENOSYS) return "io_uring_setup: this kernel has no io_uring";
  if (error == ENOMEM) return "io_uring_setup: no memory for the ring (RLIMIT_MEMLOCK?)";
  if (error != EPERM) return "io_uring_setup";
  std::ifstream file("/proc/sys/kernel/io_uring_disabled");
  if (int disabled = 0; file >> disabled && disabled != 0)
    return "io_uring_setup: the sysctl kernel.io_uring_disabled is " + std::to_string(disabled);
  return "io_uring_setup: forbidden, by a seccomp filter or a security module";
}

Ring::Ring(const Settings& settings) {
  set_up(settings);
  io_uring_register_ring_fd(&ring_);  // a saving alone: where it fails the descriptor serves
  probe_ = io_uring_get_probe_ring(&ring_);
  limit_workers(settings.workers);
}

/// The kernel frees a ring some time after its descriptor is closed. Files and buffers are let go
/// here, so that a file system can be unmounted and memory locked again at once.
Ring::~Ring() {
  register_files({});
  register_buffers({});
  if (limited_) io_uring_register_iowq_max_workers(&ring_, workers_before_);
  if (probe_ != nullptr) io_uring_free_probe(probe_);
  io_uring_queue_exit(&ring_);
}

/// Each step down the ladder is for an older kernel: 6.1, 6.0, 5.19, 5.6. man io_uring_setup.
/// IORING_SETUP_NO_SQARRAY is not for liburing 2.3, which would write to the array.
void Ring::set_up(const Settings& settings) {
  constexpr std::uint32_t kAll = IORING_SETUP_SUBMIT_ALL, kOne = IORING_SETUP_SINGLE_ISSUER;
  const std::uint32_t most = settings.most;
  const std::uint32_t wanted = settings.entries != 0 ? settings.entries : most;
  const auto least = settings.entries != 0 ? kLeastEntries : kLeastAuto;
  const auto entries = std::bit_ceil(std::clamp(wanted, least, kMostEntries));
  const auto completions = std::bit_ceil(std::min(std::max(most, 2 * entries), kMostCompletions));
  const auto attempt = [&](std::uint32_t flags) {
    return try_to_set_up(entries, completions, flags, settings.sqpoll_idle_ms);
  };
  if (settings.sqpoll) {  // which runs its own task work: the flags of TaskRun would be refused
    if (attempt(IORING_SETUP_SQPOLL | kOne | kAll)) return;
    if (attempt(IORING_SETUP_SQPOLL | kAll)) return;
    if (attempt(IORING_SETUP_SQPOLL)) return;
    iodyno::fail(EINVAL, "io_uring_setup: no SQPOLL here");
  }
  const TaskRun asked = settings.task_run;
  if (asked == TaskRun::automatic || asked == TaskRun::defer) {
    if (attempt(IORING_SETUP_DEFER_TASKRUN | kOne | kAll)) return;
    if (asked == TaskRun::defer) iodyno::fail(EINVAL, "io_uring_setup: no DEFER_TASKRUN here");
  }
  if (asked != TaskRun::plain) {
    if (attempt(IORING_SETUP_COOP_TASKRUN | kOne | kAll)) return;
    if (attempt(IORING_SETUP_COOP_TASKRUN | kAll)) return;
    if (asked == TaskRun::coop) iodyno::fail(EINVAL, "io_uring_setup: no COOP_TASKRUN here");
  }
  if (!attempt(kAll) && !attempt(0)) iodyno::fail(EINVAL, why_no_ring(EINVAL));
}

/// False: the kernel does not know one of the flags.
bool Ring::try_to_set_up(std::uint32_t entries, std::uint32_t completions, std::uint32_t flags,
                         std::uint32_t idle_ms) {
  io_uring_params params{};
  params.flags = flags | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
  params.cq_entries = completions;
  params.sq_thread_idle = flags & IORING_SETUP_SQPOLL ? idle_ms : 0;
  const int result = io_uring_queue_init_params(entries, &ring_, &params);
  if (result == -EINVAL) return false;
  if (result < 0) iodyno::fail(-result, why_no_ring(-result));
  return true;
}

/// The workers are those of the thread, not of the ring: the limit is put back at the end.
void Ring::limit_workers(std::uint32_t most) {
  if (most != 0) {
    workers_before_[0] = workers_before_[1] = most;  // exchanged for the limits before
    limited_ = io_uring_register_iowq_max_workers(&ring_, workers_before_) == 0;
  }
  unsigned now[2] = {};  // zeros change nothing
  if (io_uring_register_iowq_max_workers(&ring_, now) == 0) worker_limit_ = now[0];
}

bool Ring::supports(int opcode) const {
  return probe_ != nullptr && io_uring_opcode_supported(probe_, opcode);
}

std::string Ring::description() const {
  std::string text;
  for (const auto& flag : kFlagNames)
    if (ring_.flags & flag.bit) text += std::string(flag.name) + ", ";
  return text + std::to_string(*ring_.sq.kring_entries) + " entries";
}

std::string Ring::workers() const {
  if (worker_limit_ == 0) return "the kernel's limit";
  return (limited_ ? "at most " : "the kernel's limit, ") + std::to_string(worker_limit_);
}

int Ring::register_files(std::span<const int> files) {
  if (files_) io_uring_unregister_files(&ring_);
  const int result =
      files.empty() ? 0 : io_uring_register_files(&ring_, files.data(), unsigned(files.size()));
  files_ = result == 0 && !files.empty();
  return -result;
}

int Ring::register_buffers(std::span<const iovec> buffers) {
  if (buffers_) io_uring_unregister_buffers(&ring_);
  const int result =
      buffers.empty() ? 0
                      : io_uring_register_buffers(&ring_, buffers.data(), unsigned(buffers.size()));
  buffers_ = result == 0 && !buffers.empty();
  return -result;
}

/// Goes to the kernel early; what was prepared ends with a whole chain, so none is cut.
void Ring::make_room(std::uint32_t count) {
  do {
    ++calls_;
    check(io_uring_submit(&ring_), "io_uring_submit");
    if (io_uring_sq_space_left(&ring_) < count) io_uring_sqring_wait(&ring_);  // with SQPOLL
  } while (io_uring_sq_space_left(&ring_) < count);
}

void Ring::submit_and_wait(std::uint32_t completions) {
  ++calls_;
  check(io_uring_submit_and_wait(&ring_, completions), "io_uring_submit_and_wait");
}

void Ring::submit_and_wait_until(std::uint64_t when) {
  ++calls_;
  const std::uint64_t now = iodyno::now();
  if (now >= when || !has(IORING_FEAT_EXT_ARG)) {
    check(io_uring_submit_and_get_events(&ring_), "io_uring_submit_and_get_events");
    return;
  }
  __kernel_timespec timeout{0, 0};
  timeout.tv_sec = std::int64_t((when - now) / 1'000'000'000u);
  timeout.tv_nsec = std::int64_t((when - now) % 1'000'000'000u);
  io_uring_cqe* cqe;
  const int result = io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, &timeout, nullptr);
  if (result != -ETIME) check(result, "io_uring_submit_and_wait_timeout");
}

/// IORING_REGISTER_SYNC_CANCEL (Linux 6.0) waits for what a worker is about. What a device is about
/// can't be cancelled, and keeps its pages.
void Ring::cancel_all() {
  io_uring_sync_cancel_reg all{};
  all.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  all.timeout = {.tv_sec = 10, .tv_nsec = 0};
  io_uring_register_sync_cancel(&ring_, &all);
}

/// A signal, or a shortage that passes when completions are reaped, is not an end.
void Ring::check(int result, const char* what) const {
  if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY)
    iodyno::fail(-result, what);
}
