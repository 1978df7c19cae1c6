#include "trial/expected.hpp"

#include <algorithm>

#include "scenario/content.hpp"
#include "scenario/workload.hpp"
#include "trial/consumer.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kPiece = 4096;

/// Of so many bytes of a file as the host made it, from an offset on.
std::uint64_t checksum_of(const Source& source, std::uint64_t file, std::uint64_t offset,
                          std::uint64_t length) {
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < length; at += kPiece)
    sum += checksum(at, source.bytes(file, 0, offset + at, std::min(kPiece, length - at)));
  return sum;
}

}  // namespace

std::uint64_t expected_checksum(const Phase& phase, const Files& files, const Content& content,
                                std::uint64_t seed) {
  const Source source(content);
  Workload workload(phase, files, seed, 0);
  std::uint64_t sum = 0, file = 0;
  for (auto batch = workload.next(); !batch.empty(); batch = workload.next())
    for (const auto& request : batch) {
      sum += request.op == IODYNO_OP_READ
                 ? checksum_of(source, file, 0, files.size(file))
                 : checksum_of(source, request.file, request.offset, request.length);
      ++file;
    }
  return sum;
}

}  // namespace iodyno::host
