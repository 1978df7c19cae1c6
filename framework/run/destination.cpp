#include "run/destination.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kFilesMost = 64;  // to look at more takes time that others have a use for

/// Where the files come to be; empty where none are made.
std::string directory_of(const Case& c, const TrialSpec& spec) {
  if (c.lifecycle() || c.steps[0].ops.size() != 1) return {};
  const auto op = c.steps[0].ops[0].op;
  if (op == IODYNO_OP_COPY) return spec.second_directory;
  return op == IODYNO_OP_CREATE ? spec.directory : "";
}

}  // namespace

Destination::Destination(int run_directory, const Case& c, const TrialSpec& spec)
    : run_directory_(run_directory) {
  const auto directory = directory_of(c, spec);
  if (directory.empty()) return;
  const Files files(c.dataset, spec.tree);
  if (files.count() > kFilesMost) return;
  for (std::uint64_t i = 0; i < files.count(); ++i)
    paths_.push_back(directory + "/" + files.path(i));
  total_bytes_ = files.total_bytes();
}

std::uint64_t Destination::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& path : paths_) {
    struct statx found;
    // Without a question to a server, which would first have to be sent all that was written.
    if (statx(run_directory_, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
              STATX_SIZE | STATX_BLOCKS, &found) == 0)
      sum += std::min(std::uint64_t(found.stx_size), std::uint64_t(found.stx_blocks) * 512);
  }
  return sum;
}

}  // namespace iodyno::host
