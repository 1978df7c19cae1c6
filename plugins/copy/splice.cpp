// Pages go from the page cache of one file into a pipe, and from there into the other file.
#include <array>
#include <cstdio>
#include <vector>

#include "method.hpp"

namespace engine::copy {

namespace {

/// A pipe of its own for each slot.
class Pipe {
 public:
  /// As large as may be, up to `wanted` bytes.
  explicit Pipe(std::uint64_t wanted) {
    int ends[2];
    iodyno::check(::pipe2(ends, O_CLOEXEC), "pipe");
    out_ = iodyno::Fd(ends[0]);
    in_ = iodyno::Fd(ends[1]);
    constexpr std::uint64_t kLeast = 65536;  // which each pipe has from the start
    for (; wanted > kLeast; wanted /= 2)
      if (::fcntl(in_, F_SETPIPE_SZ, int(wanted)) >= 0) break;
    size_ = std::size_t(iodyno::check(::fcntl(in_, F_GETPIPE_SZ), "F_GETPIPE_SZ"));
  }
  std::size_t size() const { return size_; }

  /// As copy_file_range(2).
  ssize_t move(int from, int to, std::uint64_t at, std::size_t count) {
    drain();
    off_t in = off_t(at), out = off_t(at);
    const auto want = std::min(count, size_);
    const ssize_t filled = ::splice(from, &in, in_, nullptr, want, SPLICE_F_MOVE);
    if (filled <= 0) return filled;
    for (filled_ = std::size_t(filled); filled_ > 0;) {
      const ssize_t moved = ::splice(out_, nullptr, to, &out, filled_, SPLICE_F_MOVE);
      if (moved > 0)
        filled_ -= std::size_t(moved);
      else if (moved == 0)
        return errno = EIO, -1;
      else if (errno != EINTR)
        return out > off_t(at) ? out - off_t(at) : -1;
    }
    return filled;
  }

 private:
  /// Throws away what a failure has left.
  void drain() {
    std::array<std::byte, 4096> room;
    while (filled_ > 0)
      filled_ -= std::size_t(iodyno::retry(
          [&] { return ::read(out_, room.data(), std::min(room.size(), filled_)); }, "read"));
  }

  iodyno::Fd out_, in_;
  std::size_t size_, filled_ = 0;
};

class Splice final : public Method {
 public:
  explicit Splice(const Making& m) {
    pipes_.reserve(m.config.depth());
    for (std::uint32_t slot = 0; slot < m.config.depth(); ++slot) pipes_.emplace_back(m.buffer);
    const auto least = std::ranges::min_element(pipes_, {}, &Pipe::size)->size();
    m.config.note("pipe", (std::to_string(least / 1024) + " KiB").c_str());
  }

  Progress copy(const Job& job, Extent what) override {
    Pipe& pipe = pipes_[job.slot];
    return copy_by_calls(what, "splice", [&](std::uint64_t at, std::size_t count) {
      return pipe.move(job.from, job.to, at, count);
    });
  }

 private:
  std::vector<Pipe> pipes_;
};

}  // namespace

std::unique_ptr<Method> by_splice(const Making& making) { return std::make_unique<Splice>(making); }

}  // namespace engine::copy
