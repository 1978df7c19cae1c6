#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "report/results.hpp"
#include "run/destination.hpp"
#include "run/process.hpp"
#include "run/progress.hpp"
#include "run/stopping.hpp"
#include "run/time_left.hpp"
#include "scenario/plan.hpp"
#include "trial/directory.hpp"

namespace iodyno::host {

/// Tells of a run as it goes on: what is measured now, the figures so far, the time left. It looks
/// at the plan and at the results, which must outlive it, and changes neither.
class Live {
 public:
  /// Of a plan that is final: what can't be had here is no longer in its groups.
  Live(Progress&, const Plan&, const Results&, const Stopping&, std::uint64_t deadline_ns);

  void begin_group(std::size_t group);
  void begin_block(std::uint64_t block);
  void begin_trial(std::size_t index);
  void end_trial(std::size_t index, std::uint64_t elapsed_ns);
  /// With its figures, where lines stay.
  void end_group();

  /// A step of the host's own, before trials.
  void step(const std::string& what);
  /// Tells while a dataset is made for a trial, called as often as one likes; nothing where nobody
  /// looks.
  Tick making(const Case&);
  void removing(std::uint64_t files);
  /// Tells of a trial that takes long; nothing where nobody looks.
  Watch watch(int run_directory, const Case&, const TrialSpec&);

 private:
  std::string place() const;
  std::string figure(std::size_t index) const;
  std::string left() const;  ///< empty where it is not known, or next to nothing
  void show(const std::string& step, const std::string& running);

  Progress& progress_;
  const Plan& plan_;
  const Results& results_;
  const Stopping& stopping_;
  std::uint64_t deadline_ns_;
  TimeLeft time_left_;
  const Group* group_ = nullptr;  // none between groups
  std::optional<std::uint64_t> block_;
  std::optional<std::size_t> running_;  // the case that runs, or something is made for
  std::uint64_t trial_began_ns_ = 0;
};

}  // namespace iodyno::host
