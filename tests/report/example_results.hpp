#pragma once
#include <cstdint>
#include <string>

#include "report/results.hpp"

namespace iodyno::host::example {

/// A trial of 100 requests that took `real_time_ns` each, half of it on the CPU.
inline Sample sample(std::uint32_t block, std::uint64_t real_time_ns) {
  Sample sample;
  sample.block = block;
  sample.requests = 100;
  sample.bytes = 100 * 4096;
  sample.wall_ns = 100 * real_time_ns;
  sample.cpu_ns = sample.wall_ns / 2;
  sample.setup_ns = 5000;
  sample.host_ns = 200;
  for (int i = 0; i < 100; ++i) sample.latency.record(real_time_ns);
  return sample;
}

/// A case of three quiet trials: 1000, 1010 and 1020 ns.
inline CaseResult quiet_case(const std::string& phase, const std::string& backend) {
  CaseResult result;
  result.name = "tiny/" + phase + "/backend:" + backend + "/depth:1/real_time";
  result.phase = phase;
  result.backend = backend;
  result.point = {{"depth", "1"}};
  for (std::uint32_t block = 0; block < 3; ++block) {
    result.samples.push_back(sample(block, 1000 + 10 * block));
    result.samples.back().name = result.name;
  }
  return result;
}

inline Results results(std::vector<CaseResult> cases) {
  Results results;
  results.scenario = "tiny";
  results.repetitions = 3;
  results.cases = std::move(cases);
  return results;
}

}  // namespace iodyno::host::example
