#include "ring_loop.hpp"

#include <liburing.h>

#include <system_error>

#include "trial/memory.hpp"

namespace iodyno::host {
namespace {

void check_ring(int result, const char* what) {
  if (result < 0) fail(-result, what);
}

class Ring {
 public:
  explicit Ring(unsigned depth) {
    constexpr unsigned kFlags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    check_ring(io_uring_queue_init(depth, &ring_, kFlags), "io_uring_setup");
    if (const int result = io_uring_register_ring_fd(&ring_); result < 0) {
      io_uring_queue_exit(&ring_);
      check_ring(result, "io_uring_register_ring_fd");
    }
  }
  Ring(const Ring&) = delete;
  ~Ring() { io_uring_queue_exit(&ring_); }
  io_uring* get() { return &ring_; }

 private:
  io_uring ring_{};
};

class RingLoop : public Peer {
 public:
  RingLoop(const Ground& ground, unsigned depth, Buffers buffers)
      : offsets_(ground.offsets()),
        file_(ground.open()),
        depth_(depth),
        buffers_(buffers),
        memory_(depth * kBlock),
        ring_(depth) {
    const int file = file_;
    check_ring(io_uring_register_files(ring_.get(), &file, 1), "io_uring_register_files");
    if (buffers_ == Buffers::plain) return;
    const iovec all{memory_.bytes().data(), memory_.bytes().size()};
    check_ring(io_uring_register_buffers(ring_.get(), &all, 1), "io_uring_register_buffers");
  }

  PassTime pass() override {
    const auto start = now();
    for (std::size_t done = 0; done < offsets_.size(); done += depth_)
      read(
          std::span(offsets_).subspan(done, std::min<std::size_t>(depth_, offsets_.size() - done)));
    return {double(now() - start) / double(offsets_.size())};
  }

 private:
  void read(std::span<const std::uint64_t> offsets) {
    auto* to = memory_.bytes().data();
    for (const auto offset : offsets) {
      io_uring_sqe* const sqe = io_uring_get_sqe(ring_.get());
      if (buffers_ == Buffers::fixed)
        io_uring_prep_read_fixed(sqe, 0, to, kBlock, offset, 0);
      else
        io_uring_prep_read(sqe, 0, to, kBlock, offset);
      sqe->flags |= IOSQE_FIXED_FILE;
      to += kBlock;
    }
    check_ring(io_uring_submit_and_wait(ring_.get(), unsigned(offsets.size())), "io_uring_enter");
    unsigned head, seen = 0;
    io_uring_cqe* cqe;
    io_uring_for_each_cqe(ring_.get(), head, cqe) {
      if (cqe->res != int(kBlock)) fail(EIO, "read of the ring");
      ++seen;
    }
    if (seen != offsets.size()) fail(EIO, "completions are missing");
    io_uring_cq_advance(ring_.get(), seen);
  }

  const std::vector<std::uint64_t>& offsets_;
  Fd file_;
  const unsigned depth_;
  const Buffers buffers_;
  Memory memory_;
  Ring ring_;
};

}  // namespace

std::string ring_refusal() try {
  Ring ring(1);
  return "";
} catch (const std::system_error& e) {
  return e.what();
}

std::unique_ptr<Peer> make_ring_loop(const Ground& ground, unsigned depth, Buffers buffers) {
  return std::make_unique<RingLoop>(ground, depth, buffers);
}

}  // namespace iodyno::host
