/// Takes files out of the page cache, so that what is tried for cold data meets cold data.
#pragma once
#include <iodyno/posix.hpp>
#include <span>
#include <string>

namespace engine::automatic {

class Eviction {
 public:
  Eviction(const iodyno::Config& config, std::span<const std::string> open_set)
      : config_(config), open_set_(open_set) {}

  /// The files that these requests name. Where one can't be opened the request will say so.
  void evict(std::span<const iodyno_request> requests);

 private:
  void evict(const char* path) const;

  const iodyno::Config config_;
  const std::span<const std::string> open_set_;
  bool written_back_ = false;
};

}  // namespace engine::automatic
