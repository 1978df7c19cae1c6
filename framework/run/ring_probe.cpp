#include "run/ring_probe.hpp"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <fstream>
#include <iodyno/posix.hpp>

namespace iodyno::host {
namespace {

constexpr std::size_t kBufferBytes = 16 << 20;

struct Named {
  unsigned value;
  const char* name;
};

/// By number where headers may be older than the kernel.
constexpr Named kOperations[] = {
    {IORING_OP_READ, "READ"},
    {IORING_OP_WRITE, "WRITE"},
    {IORING_OP_READ_FIXED, "READ_FIXED"},
    {IORING_OP_WRITE_FIXED, "WRITE_FIXED"},
    {IORING_OP_FSYNC, "FSYNC"},
    {IORING_OP_OPENAT, "OPENAT"},
    {IORING_OP_CLOSE, "CLOSE"},
    {IORING_OP_STATX, "STATX"},
    {IORING_OP_FALLOCATE, "FALLOCATE"},
    {IORING_OP_SPLICE, "SPLICE"},
    {IORING_OP_RENAMEAT, "RENAMEAT"},
    {IORING_OP_UNLINKAT, "UNLINKAT"},
    {IORING_OP_MKDIRAT, "MKDIRAT"},
    {IORING_OP_SYMLINKAT, "SYMLINKAT"},
    {IORING_OP_LINKAT, "LINKAT"},
    {55, "FTRUNCATE"},
};

/// What is asked for when a ring is set up.
constexpr Named kModes[] = {
    {IORING_SETUP_IOPOLL, "IOPOLL"},
    {IORING_SETUP_SQPOLL, "SQPOLL"},
    {1U << 8, "COOP_TASKRUN"},
    {1U << 12, "SINGLE_ISSUER"},
    {(1U << 12) | (1U << 13), "DEFER_TASKRUN"},
};

constexpr Named kFeatures[] = {
    {IORING_FEAT_NODROP, "NODROP"},   {IORING_FEAT_SQPOLL_NONFIXED, "SQPOLL_NONFIXED"},
    {IORING_FEAT_EXT_ARG, "EXT_ARG"}, {1U << 11, "CQE_SKIP"},
    {1U << 12, "LINKED_FILE"},
};

/// A descriptor, or -1 and errno.
int set_up(unsigned flags, io_uring_params& parameters) {
  parameters = {};
  parameters.flags = flags;
  return int(syscall(SYS_io_uring_setup, 4, &parameters));
}

void ask_for_operations(int ring, RingAbilities& to) {
  constexpr std::size_t kCount = 256;
  alignas(io_uring_probe)
      std::byte memory[sizeof(io_uring_probe) + kCount * sizeof(io_uring_probe_op)]{};
  auto* probe = reinterpret_cast<io_uring_probe*>(memory);
  const bool told = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PROBE, probe, kCount) == 0;
  to.operations = std::size(kOperations);
  for (const auto& [number, name] : kOperations)
    if (!told || number > probe->last_op || !(probe->ops[number].flags & IO_URING_OP_SUPPORTED))
      to.absent.emplace_back(name);
}

int register_buffers(int ring) {
  void* memory =
      mmap(nullptr, kBufferBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  const iovec buffer{memory, kBufferBytes};
  const int error =
      syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1) == 0 ? 0 : errno;
  munmap(memory, kBufferBytes);
  return error;
}

}  // namespace

RingAbilities probe_ring() {
  RingAbilities found;
  io_uring_params parameters;
  const int raw = set_up(0, parameters);
  if (raw < 0) {
    found.error = errno;
    return found;
  }
  const Fd ring(raw);
  ask_for_operations(ring, found);
  for (const auto& [flag, name] : kFeatures)
    if (!(parameters.features & flag)) found.absent_modes.emplace_back(name);
  for (const auto& [flags, name] : kModes) {
    io_uring_params ignored;
    const int other = set_up(flags, ignored);
    if (other < 0)
      found.absent_modes.emplace_back(name);
    else
      close(other);
  }
  found.buffers_error = register_buffers(ring);
  return found;
}

bool has_seccomp_filter() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Seccomp:")) return line.ends_with("2");
  return false;
}

}  // namespace iodyno::host
