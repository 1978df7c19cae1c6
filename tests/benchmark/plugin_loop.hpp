/// The same blocks on iodyno's own path: a session of a plugin, and the clock of a trial.
#pragma once
#include "peer.hpp"
#include "trial/measure.hpp"

namespace iodyno::host {

class PluginLoop : public Peer {
 public:
  PluginLoop(const Ground& ground, const char* plugin, std::uint32_t depth, bool timed)
      : files_(ground.files()),
        phase_(phase_of(ground, depth, timed)),
        plugin_(plugin),
        session_(plugin_, settings(ground)) {
    session_.open_files({files_.path(0)}, false);
  }

  PassTime pass() override {
    Workload workload(phase_, files_, kSeed, 1);
    Sample sample;
    measure(session_, workload, phase_, {.files = &files_}, sample);
    if (!sample.error.empty()) fail(EIO, sample.error);
    if (!sample.invalid.empty()) fail(EIO, sample.invalid[0]);
    return {sample.real_time_ns(), double(sample.host_ns) / double(sample.requests)};
  }

 private:
  static Phase phase_of(const Ground& ground, std::uint32_t depth, bool timed) {
    Phase phase = ground.phase();
    phase.depth = depth;
    phase.timed = timed;
    return phase;
  }

  SessionSettings settings(const Ground& ground) const {
    SessionSettings all{.depth = std::uint32_t(phase_.depth),
                        .max_batch = std::uint32_t(batch_size(phase_, files_)),
                        .directory = ground.directory(),
                        .second_directory = ground.directory(),
                        .expect = CacheState::warm,
                        .block_bytes = kBlock,
                        .consume = phase_.consume};
    for (const auto& option : plugin_.description().options) all.options.push_back(option.fallback);
    return all;
  }

  const Files& files_;
  const Phase phase_;
  const Plugin plugin_;
  Session session_;
};

}  // namespace iodyno::host
