#include "run/probes.hpp"

#include <linux/fs.h>
#include <linux/io_uring.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstring>
#include <iodyno/posix.hpp>
#include <vector>

namespace iodyno::host {
namespace {

constexpr std::size_t kPage = 4096;

/// "yes", or why the probe did not work.
std::string answer(auto probe) {
  try {
    probe();
    return "yes";
  } catch (const std::system_error& e) {
    return "no: " + e.code().message();
  }
}

/// Opening is not proof enough: some file systems refuse only the transfer.
void write_direct(int directory) {
  alignas(kPage) static std::byte page[kPage];
  write_fully(nameless_file(directory, true), page, 0);
}

void clone(int directory) {
  const Fd from = nameless_file(directory);
  write_fully(from, std::vector<std::byte>(kPage), 0);
  const Fd to = nameless_file(directory);
  check(ioctl(to, FICLONE, int(from)), "FICLONE");
}

void make_ring() {
  io_uring_params parameters{};
  const Fd ring(int(syscall(SYS_io_uring_setup, 1, &parameters)), "io_uring_setup");
}

/// Of memory as it comes, in small pages.
double first_touch_ns() {
  constexpr std::size_t kBytes = 16 << 20;
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail(errno, "mmap");
  madvise(memory, kBytes, MADV_NOHUGEPAGE);
  const auto begin = now();
  for (std::size_t at = 0; at < kBytes; at += kPage) static_cast<volatile char*>(memory)[at] = 1;
  const auto end = now();
  munmap(memory, kBytes);
  return double(end - begin) / double(kBytes / kPage);
}

}  // namespace

/// Opening with O_DIRECT makes the file, and may then refuse the flag: it would stay.
Fd nameless_file(int directory, bool direct) {
  constexpr const char* kName = "probe";
  Fd file = open_at(directory, kName, O_RDWR | O_CREAT | O_EXCL, 0600);
  check(unlinkat(directory, kName, 0), kName);
  if (direct) check(fcntl(file, F_SETFL, O_DIRECT), "O_DIRECT");
  return file;
}

std::map<std::string, std::string> probe_facts(int directory, const FileSystem& fs) {
  return {{"o_direct", fs.in_memory ? "no: " + fs.type + " takes the flag and ignores it"
                                    : answer([&] { write_direct(directory); })},
          {"reflink", answer([&] { clone(directory); })},
          {"io_uring", answer(make_ring)},
          {"first_touch_ns", std::to_string(std::uint64_t(first_touch_ns()))}};
}

}  // namespace iodyno::host
