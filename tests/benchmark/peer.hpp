/// Those that are compared: each reads the same blocks of the same file, in the same order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iodyno/posix.hpp>
#include <memory>
#include <string>
#include <vector>

#include "scenario/workload.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {

/// What one pass took, per request.
struct PassTime {
  double real_time_ns = 0;  ///< what a result would say
  double host_ns = 0;       ///< the host's own work beside it
};

class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  virtual ~Peer() = default;
  /// Reads each block once. Throws when a block is not read.
  virtual PassTime pass() = 0;
};

/// A peer by its name. Made when it is needed and no longer kept: a ring that is open makes the
/// descriptors of the whole process dearer.
struct Contestant {
  std::string name;
  std::function<std::unique_ptr<Peer>()> make;
};

constexpr std::uint64_t kBlock = 4096, kSeed = 1;

/// The file, and the order in which its blocks are read. The file is removed at the end.
class Ground {
 public:
  Ground(const std::string& target, std::uint64_t bytes)
      : files_(dataset_of(bytes)),
        parent_(open_at(AT_FDCWD, target.c_str(), O_RDONLY | O_DIRECTORY)),
        name_("peers-" + std::to_string(getpid())) {
    make_directory(parent_, name_);
    try {
      directory_ = open_below(parent_, name_);
      make_dataset(directory_, files_, {}, {});
      phase_.ops = {{IODYNO_OP_READ_BLOCK, 1}};
      phase_.block = kBlock;
      phase_.consume.kind = Consume::Kind::none;
      note_order();
    } catch (...) {
      remove();
      throw;
    }
  }
  Ground(const Ground&) = delete;
  ~Ground() { remove(); }

  const Files& files() const { return files_; }
  /// The phase whose order offsets() is: a peer may change its depth, and whether it is timed.
  const Phase& phase() const { return phase_; }
  const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  int directory() const { return directory_; }
  /// The directory above it, and its name there.
  int parent() const { return parent_; }
  const std::string& name() const { return name_; }
  Fd open() const { return open_at(directory_, files_.path(0).c_str(), O_RDONLY); }

 private:
  static Dataset dataset_of(std::uint64_t bytes) {
    Dataset dataset;
    dataset.size = {bytes, bytes, false};
    return dataset;
  }

  void note_order() {
    Workload workload(phase_, files_, kSeed, 1);
    for (auto batch = workload.next(); !batch.empty(); batch = workload.next())
      for (const auto& request : batch) offsets_.push_back(request.offset);
  }

  void remove() noexcept try {
    remove_tree(parent_, name_);
  } catch (...) {  // nobody could do anything about it
  }

  Files files_;
  Fd parent_, directory_;
  std::string name_;
  Phase phase_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace iodyno::host
