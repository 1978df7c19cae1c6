// perf_event_open(2) on a tracepoint of the kernel, as far as this process may.
#include "hand_offs.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace engine::uring {

namespace {

/// 0: there is none.
std::uint64_t tracepoint() {
  for (const char* where : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    std::ifstream file(std::string(where) + "/events/io_uring/io_uring_queue_async_work/id");
    if (std::uint64_t id = 0; file >> id) return id;
  }
  return 0;
}

int open_counter(std::uint64_t id) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof attr;
  attr.config = id;
  return int(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

/// How often the workers of this thread were given a processor. They bear its number in their name.
std::uint64_t slices_of_workers() {
  const std::string name = "iou-wrk-" + std::to_string(::gettid());
  std::uint64_t sum = 0;
  std::error_code gone;  // a worker that ends in between
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::ifstream comm(task.path() / "comm"), stat(task.path() / "schedstat");
    std::string who;
    std::uint64_t running, waiting, slices;
    if (comm >> who && who == name && stat >> running >> waiting >> slices) sum += slices;
  }
  return sum;
}

}  // namespace

HandOffs::HandOffs() {
  if (const auto id = tracepoint(); id == 0) {
    why_ = "no tracefs to be read";
  } else if (const int fd = open_counter(id); fd >= 0) {
    counter_ = iodyno::Fd(fd);
    return;
  } else {
    why_ = std::string("perf_event_open: ") + std::strerror(errno);
  }
  slices_before_ = slices_of_workers();
}

HandOffs::Seen HandOffs::seen() const {
  std::uint64_t value = 0;
  if (counter_ < 0) return {slices_of_workers() - slices_before_, why_};
  if (::read(counter_, &value, sizeof value) != sizeof value) return {0, "the counter broke"};
  return {value, ""};
}

}  // namespace engine::uring
