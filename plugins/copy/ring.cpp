// io_uring: each piece is a read and a write of the same buffer, linked, so that the kernel goes
// from one to the other by itself; several pieces are in flight, each with a buffer of its own.
#include "../common/ring.hpp"

#include <optional>
#include <system_error>
#include <vector>

#include "../common/scratch.hpp"
#include "method.hpp"

namespace engine::copy {

namespace {

/// A range of a file on its way. What a short transfer leaves goes on alone.
struct Piece {
  std::uint64_t at = 0;
  std::uint32_t want = 0;     ///< bytes to move; 0: the piece is idle
  std::uint32_t filled = 0;   ///< of them read
  std::uint32_t written = 0;  ///< of those written
  std::uint32_t entries = 0;  ///< in flight
  int read_result = 0, write_result = 0;
};

/// Of one request, on the ring of its slot.
class Transfer {
 public:
  Transfer(Ring& ring, std::span<Piece> pieces, std::span<std::byte> buffers, bool fixed,
           const Job& job, Extent what)
      : ring_(ring),
        pieces_(pieces),
        buffers_(buffers),
        each_(std::uint32_t(buffers.size() / pieces.size())),
        fixed_(fixed),
        job_(job),
        next_(what.begin),
        end_(what.end) {}

  /// Returns 0 or an errno value, with nothing in flight any more. Throws if the ring breaks.
  int run() {
    for (auto& piece : pieces_) piece = {};
    while (fill()) {
      ring_.submit_and_wait(1);
      ring_.reap([this](std::uint64_t tag, int result) { take(tag, result); });
    }
    return error_;
  }

 private:
  /// Gives each idle piece its share of what is left. False: nothing is in flight any more.
  bool fill() {
    bool busy = false;
    for (auto& piece : pieces_) {
      if (piece.want == 0 && error_ == 0 && next_ < end_) {
        piece = {.at = next_, .want = std::uint32_t(std::min<std::uint64_t>(each_, end_ - next_))};
        next_ += piece.want;
        submit_pair(piece);
      }
      busy |= piece.want != 0;
    }
    return busy;
  }

  void submit_pair(Piece& p) {
    ring_.reserve(2);
    p.filled = p.written = 0;
    io_uring_sqe* read =
        prepare(p, fixed_ ? IORING_OP_READ_FIXED : IORING_OP_READ, job_.from, Extent{0, p.want});
    read->flags |= IOSQE_IO_LINK;
    read->user_data = tag(p, false);
    submit_write(p, p.want);
    p.entries = 2;
  }
  void submit_write(Piece& p, std::uint32_t until) {
    ring_.reserve(1);
    io_uring_sqe* write = prepare(p, fixed_ ? IORING_OP_WRITE_FIXED : IORING_OP_WRITE, job_.to,
                                  Extent{p.written, until});
    write->user_data = tag(p, true);
    p.entries = 1;
  }
  io_uring_sqe* prepare(const Piece& p, int operation, int fd, Extent part) const {
    io_uring_sqe* e = ring_.next();
    const auto* const data = buffers_.data() + std::size_t(index_of(p)) * each_ + part.begin;
    io_uring_prep_rw(operation, e, fd, data, unsigned(part.size()), p.at + part.begin);
    e->buf_index = 0;  // all buffers of a slot are registered as one
    return e;
  }

  std::ptrdiff_t index_of(const Piece& p) const { return &p - pieces_.data(); }
  std::uint64_t tag(const Piece& p, bool writes) const {
    return std::uint64_t(index_of(p)) * 2 + writes;
  }

  void take(std::uint64_t tag, int result) {
    Piece& p = pieces_[tag / 2];
    (tag % 2 == 0 ? p.read_result : p.write_result) = result;
    if (--p.entries != 0) return;
    if (p.filled == 0)
      end_of_pair(p);
    else
      end_of_write(p);
  }

  void end_of_pair(Piece& p) {
    if (p.read_result < 0)
      return p.read_result == -ECANCELED ? give_up(p, EIO) : again(p, -p.read_result);
    if (p.read_result == 0) return give_up(p, ENODATA);
    p.filled = std::uint32_t(p.read_result);
    if (p.filled < p.want) return submit_write(p, p.filled);  // and not what was linked to it
    end_of_write(p);
  }
  void end_of_write(Piece& p) {
    const int result = p.write_result;
    // A link may be cut although the read was whole: then the write goes alone.
    if (result == 0 || (result < 0 && result != -ECANCELED && !passes(-result)))
      return give_up(p, result == 0 ? EIO : -result);
    if (result > 0) p.written += std::uint32_t(result);
    if (p.written < p.filled) return submit_write(p, p.filled);
    p.at += p.filled;
    p.want -= p.filled;
    if (p.want != 0) submit_pair(p);
  }
  void again(Piece& p, int error) {
    if (!passes(error)) return give_up(p, error);
    submit_pair(p);
  }
  void give_up(Piece& p, int error) {
    if (error_ == 0) error_ = error;
    p.want = 0;
  }
  static bool passes(int error) { return error == EINTR || error == EAGAIN; }

  Ring& ring_;
  const std::span<Piece> pieces_;
  const std::span<std::byte> buffers_;
  const std::uint32_t each_;
  const bool fixed_;
  const Job& job_;
  std::uint64_t next_;
  const std::uint64_t end_;
  int error_ = 0;
};

class Rings final : public Method {
 public:
  explicit Rings(const Making& m)
      : pool_(m.pool),
        granule_(m.granule()),
        buffers_(m.config.depth(), m.in_flight * m.buffer),
        lanes_(m.config.depth()) {
    std::vector<std::exception_ptr> failed(m.config.depth());
    pool_.run([&](std::uint32_t slot) {
      try {
        lanes_[slot].set_up(m, buffers_[slot]);
      } catch (...) {
        failed[slot] = std::current_exception();
      }
    });
    for (const auto& error : failed)
      if (error) {
        tear_down();
        std::rethrow_exception(error);
      }
    say(m);
  }
  ~Rings() override { tear_down(); }

  Progress copy(const Job& job, Extent what) override {
    Lane& lane = lanes_[job.slot];
    if (!lane.ring) return {.at = what.begin, .refused = EOPNOTSUPP};
    const Extent even{what.begin, what.end / granule_ * granule_};
    if (even.begin < even.end) {
      const int error = transfer(lane, job, even);
      if (is_refusal(error)) return {.at = what.begin, .refused = error};
      if (error != 0) iodyno::fail(error, "a transfer by io_uring");
    }
    return copy_by_hand(job.from, job.to, {std::max(even.begin, even.end), what.end},
                        buffers_[job.slot], granule_);
  }

 private:
  /// Of one slot, and of its thread: the kernel allows no other one.
  struct Lane {
    std::optional<Ring> ring;
    std::vector<Piece> pieces;
    bool fixed = false;
    int why_not_fixed = 0;

    void set_up(const Making& m, std::span<std::byte> buffer) {
      ring.emplace(Ring::Settings{.most = 2 * m.in_flight});
      pieces.resize(m.in_flight);
      if (!m.direct) return;
      const iovec all{buffer.data(), buffer.size()};
      why_not_fixed = ring->register_buffers(std::span(&all, 1));
      fixed = why_not_fixed == 0;
    }
  };

  /// A ring that breaks may have transfers in flight: none may go on when the files are closed.
  int transfer(Lane& lane, const Job& job, Extent what) try {
    return Transfer(*lane.ring, lane.pieces, buffers_[job.slot], lane.fixed, job, what).run();
  } catch (...) {
    lane.ring->cancel_all();
    lane.ring.reset();
    throw;
  }

  void tear_down() {
    pool_.run([this](std::uint32_t slot) { lanes_[slot].ring.reset(); });
  }

  void say(const Making& m) const {
    m.config.note("ring", lanes_[0].ring->description().c_str());
    m.config.note("in_flight", std::to_string(m.in_flight).c_str());
    if (!m.direct) return m.config.note("fixed_buffers", "off: used with O_DIRECT alone");
    int why = 0;
    for (const Lane& lane : lanes_)
      if (!lane.fixed) why = lane.why_not_fixed;
    const auto text = std::generic_category().message(why);
    m.config.note("fixed_buffers", why == 0 ? "on" : ("off: " + text).c_str());
  }

  iodyno::Pool& pool_;
  const std::size_t granule_;
  Scratch buffers_;
  std::vector<Lane> lanes_;
};

}  // namespace

std::unique_ptr<Method> by_ring(const Making& making) { return std::make_unique<Rings>(making); }

}  // namespace engine::copy
