/// The programs that somebody writes who has to copy one large file: by the kernel, through a
/// buffer, or by two threads that have a half each.
#pragma once
#include <atomic>
#include <thread>

#include "peer.hpp"
#include "trial/memory.hpp"

namespace iodyno::host {

class CopyLoop : public Peer {
 public:
  enum class Way { copy_file_range, read_write, two_threads };

  CopyLoop(const Place& place, const Ground& ground, Way way)
      : ground_(ground),
        path_(ground.files().path(0)),
        directory_(open_below(place.directory(), place.new_directory())),
        way_(way),
        memory_(2 * kBuffer) {}

  PassTime pass() override {
    const auto start = now();
    {
      const Fd from = ground_.open();
      Fd to = open_at(directory_, path_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
      copy(from, to);
      to.close();
    }
    const auto end = now();
    check(unlinkat(directory_, path_.c_str(), 0), "unlink");
    return {double(end - start)};
  }

 private:
  static constexpr std::size_t kBuffer = 512 << 10;

  void copy(int from, int to) {
    const auto size = ground_.bytes();
    if (way_ == Way::copy_file_range) return in_kernel(from, to, size);
    if (way_ == Way::read_write) return through_buffer(from, to, 0, size, 0);
    check(fallocate(to, 0, 0, off_t(size)), "fallocate");
    const auto half = size / 2 / kBlock * kBlock;
    std::atomic<bool> good = false;
    {
      const std::jthread other([&] {
        try {
          through_buffer(from, to, half, size, 1);
          good = true;
        } catch (const std::exception&) {  // told below
        }
      });
      through_buffer(from, to, 0, half, 0);
    }
    if (!good) fail(EIO, "the second half");
  }

  static void in_kernel(int from, int to, std::uint64_t size) {
    for (std::uint64_t done = 0; done < size;) {
      const auto count = check(copy_file_range(from, nullptr, to, nullptr, size - done, 0), "copy");
      if (count == 0) fail(ENODATA, "copy");
      done += std::uint64_t(count);
    }
  }

  void through_buffer(int from, int to, std::uint64_t at, std::uint64_t end, std::size_t which) {
    const auto buffer = memory_.bytes().subspan(which * kBuffer, kBuffer);
    while (at < end) {
      const auto count = read_fully(from, buffer.first(std::min(kBuffer, end - at)), at);
      if (count == 0) fail(ENODATA, "copy");
      write_fully(to, buffer.first(count), at);
      at += count;
    }
  }

  const Ground& ground_;
  const std::string path_;
  Fd directory_;
  const Way way_;
  Memory memory_;
};

}  // namespace iodyno::host
