/// Those that are compared: each does the same requests on the same files, in the same order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iodyno/posix.hpp>
#include <memory>
#include <string>
#include <vector>

#include "place.hpp"
#include "scenario/workload.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {

/// What one pass took, per request.
struct PassTime {
  double real_time_ns = 0;  ///< what a result would say
  double host_ns = 0;       ///< the host's own work beside it
};

/// Whoever does a pass over all requests, in one step or in several.
class Performer {
 public:
  Performer() = default;
  Performer(const Performer&) = delete;
  virtual ~Performer() = default;
  /// What each step took. Throws when a request is not done.
  virtual std::vector<PassTime> perform() = 0;
};

/// One whose pass is of one step.
class Peer : public Performer {
 public:
  virtual PassTime pass() = 0;
  std::vector<PassTime> perform() final { return {pass()}; }
};

/// A performer by its name. Made when it is needed and no longer kept: a ring that is open makes
/// the descriptors of the whole process dearer.
struct Contestant {
  std::string name;
  std::function<std::unique_ptr<Performer>()> make;
};

constexpr std::uint64_t kBlock = 4096, kSeed = 1;

inline Dataset dataset_of(std::uint64_t files, std::uint64_t bytes) {
  Dataset dataset;
  dataset.files = files;
  dataset.size = {bytes, bytes, false};
  return dataset;
}

/// One large file, and the order in which its blocks are read.
class Ground {
 public:
  Ground(const Place& place, std::uint64_t bytes)
      : files_(dataset_of(1, bytes)),
        directory_(open_below(place.directory(), place.new_directory())) {
    make_dataset(directory_, files_, {}, {});
    phase_.ops = {{IODYNO_OP_READ_BLOCK, 1}};
    phase_.block = kBlock;
    Workload workload(phase_, files_, kSeed, 1);
    for (auto batch = workload.next(); !batch.empty(); batch = workload.next())
      for (const auto& request : batch) offsets_.push_back(request.offset);
  }
  Ground(const Ground&) = delete;

  const Files& files() const { return files_; }
  /// The phase whose order offsets() is.
  const Phase& phase() const { return phase_; }
  const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  std::uint64_t bytes() const { return files_.largest(); }
  int directory() const { return directory_; }
  Fd open() const { return open_at(directory_, files_.path(0).c_str(), O_RDONLY); }

 private:
  Files files_;
  Fd directory_;
  Phase phase_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace iodyno::host
