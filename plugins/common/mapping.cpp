#include "mapping.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <mutex>
#include <string>

constinit thread_local Caught* Caught::innermost_ = nullptr;

namespace {

const std::uint64_t kPage = std::uint64_t(::sysconf(_SC_PAGESIZE));

std::mutex mutex;
unsigned users = 0;            ///< under the mutex
struct sigaction before = {};  ///< the handler; written only while ours is not installed

/// As if the handler before had been called by the kernel.
void forward(int signal, siginfo_t* info, void* context) {
  const bool sent = info->si_code <= 0;  // by a process, so that to return is not to do it again
  if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(signal);
  if (sent && before.sa_handler == SIG_IGN) return;
  ::signal(signal, SIG_DFL);
  if (sent) ::raise(signal);
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (info->si_code != BUS_ADRERR || !Caught::serve_any(address)) forward(signal, info, context);
  errno = error;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) && action.sa_sigaction == on_bus_error;
}

}  // namespace

BusErrors::BusErrors() {
  const std::lock_guard lock(mutex);
  if (users++ != 0) return;
  struct sigaction now = {};
  ::sigaction(SIGBUS, nullptr, &now);
  if (is_ours(now)) return;  // it was not the last when it was to go, see below
  before = now;
  struct sigaction ours = {};
  ours.sa_sigaction = on_bus_error;
  ours.sa_mask = before.sa_mask;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_NODEFER | SA_RESTART));
  ::sigaction(SIGBUS, &ours, nullptr);
}

/// Who has come after us keeps our handler as the one to go on with, and it has nobody to serve.
BusErrors::~BusErrors() {
  const std::lock_guard lock(mutex);
  if (--users != 0) return;
  struct sigaction now = {};
  ::sigaction(SIGBUS, nullptr, &now);
  if (is_ours(now)) ::sigaction(SIGBUS, &before, nullptr);
}

bool Caught::serve_any(std::uintptr_t address) noexcept {
  for (Caught* caught = innermost_; caught != nullptr; caught = caught->outer_)
    if (caught->serve(address)) return true;
  return false;
}

/// Marked before it is replaced: who sees the zeroes sees the mark. Nothing but system calls is
/// safe here, and mmap(2) by its number is one even where a sanitizer has its own.
bool Caught::replace(std::uintptr_t address, std::uintptr_t end, Faults& faults) noexcept {
  const std::uintptr_t page = page_of(address);
  std::uintptr_t lowest = faults.lowest.load();
  while (page < lowest && !faults.lowest.compare_exchange_weak(lowest, page)) {
  }
  faults.count.fetch_add(1);
  const auto result = ::syscall(SYS_mmap, page, end - page, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0l);
  return std::uintptr_t(result) == page;
}

std::uint64_t page_of(std::uint64_t offset) { return offset & ~(kPage - 1); }

Mapping::Mapping(int fd, std::uint64_t offset, std::uint64_t length, int protection, int flags,
                 void* where) {
  const std::uint64_t begin = page_of(offset), size = offset - begin + length;
  void* memory = ::mmap(where, size, protection, MAP_SHARED | flags, fd, off_t(begin));
  if (memory == MAP_FAILED) {
    const int error = errno;
    if (where != nullptr) ::munmap(where, size);
    iodyno::fail(error, error != ENOMEM ? "mmap" : "mmap: vm.max_map_count, or RLIMIT_AS");
  }
  all_ = {static_cast<std::byte*>(memory), size};
  bytes_ = all_.subspan(offset - begin);
}

int Mapping::advise(int advice) const noexcept {
  return ::madvise(all_.data(), all_.size(), advice) < 0 ? errno : 0;
}

void fail_as_read(int fd, std::uint64_t end) {
  struct stat s;
  iodyno::check(::fstat(fd, &s), "fstat");
  if (std::uint64_t(s.st_size) < end) iodyno::fail(ENODATA, "the file has become shorter");
  iodyno::fail(EIO, "a page could not be read");
}
