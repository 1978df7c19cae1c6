#include "trial/expected.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "scenario/content.hpp"
#include "scenario/workload.hpp"
#include "trial/consumer.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kPiece = 4096;

class Checksum {
 public:
  explicit Checksum(const Content& content) : source_(kSourceSize + kPiece) {
    fill_source(std::span(source_).first(kSourceSize), content);
    std::copy_n(source_.begin(), kPiece, source_.begin() + kSourceSize);  // no piece wraps
  }

  /// Of so many bytes of a file as the host made it, from an offset on.
  std::uint64_t of(std::uint64_t file, std::uint64_t offset, std::uint64_t length) const {
    std::uint64_t sum = 0;
    for (std::uint64_t at = 0; at < length; at += kPiece) {
      const auto where = (source_base(file, 0) + offset + at) % kSourceSize;
      sum += checksum(at, std::span(source_).subspan(where, std::min(kPiece, length - at)));
    }
    return sum;
  }

 private:
  std::vector<std::byte> source_;
};

}  // namespace

std::uint64_t expected_checksum(const Phase& phase, const Files& files, const Content& content,
                                std::uint64_t seed) {
  const Checksum checksum(content);
  Workload workload(phase, files, seed, 0);
  std::uint64_t sum = 0, file = 0;
  for (auto batch = workload.next(); !batch.empty(); batch = workload.next())
    for (const auto& request : batch) {
      sum += request.op == IODYNO_OP_READ
                 ? checksum.of(file, 0, files.size(file))
                 : checksum.of(request.file, request.offset, request.length);
      ++file;
    }
  return sum;
}

}  // namespace iodyno::host
