/// iodyno's own path to a backend: a session of a plugin, and the clock of a trial.
#pragma once
#include <map>

#include "peer.hpp"
#include "trial/measure.hpp"

namespace iodyno::host {

/// A backend with its options, and how it is asked.
struct Engine {
  const char* plugin;
  std::map<std::string, std::string> options = {};  ///< the others have their defaults
  std::uint32_t depth = 1;
  bool timed = false;
  Consume::Kind consume = Consume::Kind::none;
};

class EngineSession {
 public:
  EngineSession(const Engine& engine, const Phase& phase, const Files& files, int directory,
                int second_directory)
      : files_(files),
        phase_(phase_of(engine, phase)),
        plugin_(engine.plugin),
        session_(plugin_, settings(engine, directory, second_directory)) {}

  void open_files(const std::vector<std::string>& paths) { session_.open_files(paths, false); }

  /// All requests of an operation.
  PassTime run(iodyno_op op) {
    phase_.ops = {{op, 1}};
    Workload workload(phase_, files_, kSeed, 1);
    Sample sample;
    measure(session_, workload, phase_, {.files = &files_}, sample);
    if (!sample.error.empty()) fail(EIO, sample.error);
    if (!sample.invalid.empty()) fail(EIO, sample.invalid[0]);
    return {sample.real_time_ns(), double(sample.host_ns) / double(sample.requests)};
  }

 private:
  static Phase phase_of(const Engine& engine, Phase phase) {
    phase.depth = engine.depth;
    phase.timed = engine.timed;
    phase.consume.kind = engine.consume;
    return phase;
  }

  SessionSettings settings(const Engine& engine, int directory, int second_directory) const {
    SessionSettings all{.depth = engine.depth,
                        .max_batch = std::uint32_t(batch_size(phase_, files_)),
                        .directory = directory,
                        .second_directory = second_directory,
                        .expect = CacheState::warm,
                        .block_bytes = phase_.block,
                        .consume = phase_.consume};
    for (const auto& option : plugin_.description().options) {
      const auto given = engine.options.find(option.name);
      all.options.push_back(given == engine.options.end()
                                ? option.fallback
                                : parse_option(option, {.text = given->second}).value.value());
    }
    return all;
  }

  const Files& files_;
  Phase phase_;
  const Plugin plugin_;
  Session session_;
};

}  // namespace iodyno::host
