/// newcomer: reads whole files by pread, one thread for each request in flight.
#include <algorithm>
#include <array>
#include <iodyno/posix.hpp>
#include <vector>

class Engine : public iodyno::PerRequest<Engine> {
 public:
  static constexpr auto name = "newcomer";
  static constexpr auto version = "1.0";
  static constexpr auto summary = "open, pread to the end, close";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ);
  static constexpr std::uint32_t flags = IODYNO_PACED;  // PerRequest keeps the pace
  static constexpr std::array options{
      iodyno::flag("sequential", false, "Say POSIX_FADV_SEQUENTIAL of each file.")};

  explicit Engine(const iodyno::Config& c) : PerRequest(c), sequential_(c.flag("sequential")) {
    if (c.raw().buffers == nullptr) own_.resize(c.depth() * kPiece);
  }

  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot) {
    if (r.op != IODYNO_OP_READ) iodyno::fail(ENOTSUP, "unknown operation");
    const iodyno::Fd file = iodyno::open_at(config.dir(), r.path, O_RDONLY);
    if (sequential_) ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    std::uint64_t done = 0;
    while (done < r.length) {  // IODYNO_SIZE_UNKNOWN is more than any file has
      const auto room = buffer(slot);
      const auto want = std::size_t(std::min<std::uint64_t>(r.length - done, room.size()));
      const auto count = iodyno::read_fully(file, room.first(want), done);
      if (count > 0) deliver(r, done, room.first(count));
      done += count;
      if (count < want) break;  // the end of the file
    }
    if (done < r.length && r.length != IODYNO_SIZE_UNKNOWN) iodyno::fail(ENODATA);
    return done;
  }

 private:
  std::span<std::byte> buffer(std::uint32_t slot) {
    return own_.empty() ? config.buffer(slot) : std::span(own_).subspan(slot * kPiece, kPiece);
  }

  static constexpr std::size_t kPiece = 65536;  // a multiple of 4096, as each piece delivered is
  bool sequential_;
  std::vector<std::byte> own_;  // only where the host gives no buffers
};

IODYNO_BACKEND(Engine)
