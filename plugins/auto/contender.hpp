/// A candidate with a session of its own: an engine that is at work below us.
#pragma once
#include <cstdint>
#include <iodyno/config.hpp>
#include <span>
#include <string>
#include <vector>

#include "candidates.hpp"
#include "front.hpp"

namespace engine::automatic {

class Contender {
 public:
  /// Opens the engine as we were opened, with the candidate's options and depth. Throws what the
  /// engine says.
  Contender(const Candidate& candidate, const iodyno::Config& ours);
  Contender(const Contender&) = delete;
  ~Contender();

  std::string label() const { return candidate_.label(config_.queue_depth); }
  std::uint64_t ops() const { return ops_; }
  Front& front() { return front_; }
  /// Why an operation does not work here; empty: nothing was said.
  std::string why_not(std::uint32_t op) const {
    const auto found = front_.reasons().find(op);
    return found == front_.reasons().end() ? "" : found->second;
  }

  /// The set of open files; empty: none.
  void open_files(std::span<const std::string> paths, std::uint32_t flags);
  void run(const iodyno_batch& batch);

 private:
  const Candidate& candidate_;
  Front front_;
  std::vector<iodyno_value> options_;
  iodyno_config config_;
  iodyno_session* session_ = nullptr;
  std::uint64_t ops_ = 0;
};

}  // namespace engine::automatic
