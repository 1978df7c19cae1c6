// The source as memory, and write(2) from it: one copy, and no buffer. To map the destination, too,
// is slower on each file system: its pages are made and zeroed one fault at a time.
#include <sys/mman.h>

#include "../common/mapping.hpp"
#include "method.hpp"

namespace engine::copy {

namespace {

class Mapped final : public Method {
 public:
  explicit Mapped(std::uint64_t window) : window_(window) {}

  /// Beyond the end of a file its last page reads as zeroes.
  bool needs_size() const override { return true; }

  /// The kernel reads the mapping, so that what the file has lost in the meantime is an EFAULT or a
  /// short count, and no SIGBUS.
  Progress copy(const Job& job, Extent what) override try {
    for (std::uint64_t at = what.begin; at < what.end;) {
      const std::uint64_t size = window_ == 0 ? what.end - at : std::min(window_, what.end - at);
      const Mapping source(job.from, at, size, PROT_READ, size <= kAtOnce ? MAP_POPULATE : 0);
      const std::uint64_t end = at + size;
      at = write(job.to, source, Extent{at, end});
      if (at < end) return {.at = at};
    }
    return {.at = what.end};
  } catch (const std::system_error& e) {
    // Some file systems have no mappings.
    if (e.code().value() != ENODEV) throw;
    return {.at = what.begin, .refused = ENODEV};
  }

 private:
  static constexpr std::uint64_t kAtOnce = 8 << 20;

  /// Pages are mapped a part at a time, and just before they are read: a fault for each of them
  /// would cost more than their bytes. Returns how far it came.
  static std::uint64_t write(int to, const Mapping& source, Extent what) {
    const auto bytes = source.bytes();
    for (std::uint64_t done = 0; done < bytes.size();) {
      const auto piece = bytes.subspan(done, std::min(bytes.size() - done, kAtOnce));
      if (bytes.size() > kAtOnce) ::madvise(piece.data(), piece.size(), MADV_POPULATE_READ);
      for (std::size_t written = 0; written < piece.size();) {
        const auto rest = piece.subspan(written);
        const ssize_t count =
            ::pwrite(to, rest.data(), rest.size(), off_t(what.begin + done + written));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EFAULT) return what.begin + done + written;
        iodyno::check(count, "pwrite");
        if (count == 0) iodyno::fail(EIO, "pwrite wrote nothing");
        written += std::size_t(count);
      }
      done += piece.size();
    }
    return what.end;
  }

  const std::uint64_t window_;  ///< the most that is mapped at once; 0: all
};

}  // namespace

std::unique_ptr<Method> by_mapping(const Making&, std::uint64_t window) {
  return std::make_unique<Mapped>(window);
}

}  // namespace engine::copy
