/// The engine of io_uring.
#pragma once
#include <array>
#include <cstdint>
#include <iodyno/backend.hpp>
#include <iodyno/posix.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lane.hpp"
#include "punting_report.hpp"

namespace engine::uring {

/// Lanes, each a ring on a thread of its own, the first on the session's. All requests of the
/// depth are in flight. A small file is one chain of entries: open, one transfer of just its size,
/// close. Nothing is allocated while requests run.
class Uring {
 public:
  static constexpr auto name = "uring", version = "1.0",
                        summary = "io_uring: linked chains, direct descriptors, registered files";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr std::array options{
      iodyno::integer("rings", 0, 0, 64,
                      "Rings, each with a thread of its own and a share of the depth; 0: one for "
                      "each processor, if each gets 8 of the depth."),
      iodyno::choice("task_run", "auto", Settings::kTaskRun,
                     "When the kernel finishes requests: `defer` only when completions are waited "
                     "for, `coop` at the next call, `plain` at once; auto takes the first that the "
                     "kernel has."),
      iodyno::flag("chains", true,
                   "Submit open, transfer and close of a small file together, linked; without it "
                   "one after the other."),
      iodyno::flag("registered_files", true, "Keep files in the ring's own table; chains need it."),
      iodyno::choice("fixed_buffers", "auto", Settings::kFixed,
                     "Register buffers with the kernel; auto: with O_DIRECT."),
      iodyno::integer("transfers", 4, 1, 64,
                      "Transfers in flight within one request that is larger than its buffer."),
      iodyno::integer("wait", 0, 0, 65536,
                      "How many completions to wait for, 0: as many as suits the operation and "
                      "the cache."),
      iodyno::integer("workers", 0, 0, 1024,
                      "The most kernel threads for what blocks; 0: the kernel's own limit."),
      iodyno::integer("entries", 0, 0, 32768, "Entries of the submission queue; 0: for the depth."),
      iodyno::flag("async", false, "Hand every transfer to a kernel thread at once."),
      iodyno::flag("dontcache", false,
                   "Have the page cache let go of what was transferred (RWF_DONTCACHE)."),
      iodyno::flag("sqpoll", false,
                   "A kernel thread looks for submissions, and takes a core to itself."),
      iodyno::time("sqpoll_idle", 10'000'000, 1'000'000, 10'000'000'000,
                   "After which idle time that thread sleeps."),
  };

  explicit Uring(const iodyno::Config& config);
  Uring(const Uring&) = delete;
  ~Uring();

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);

 private:
  void require_what_was_asked_for() const;
  void make_lanes();
  void end_lanes() noexcept;
  void on_each_lane(auto work);
  void note() const;

  const iodyno::Config config_;
  const Settings settings_;
  const PuntingRules rules_;
  std::vector<iodyno::Fd> files_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // each made, used and ended on its thread of the pool
  iodyno::Pool pool_;
  PuntingReport punting_;
  bool noted_tail_ = false;
};

}  // namespace engine::uring
