/// Plain system calls by as many threads, in such groups and with such buffers as turn out best.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <vector>

#include "../common/copier.hpp"
#include "../common/open_files.hpp"
#include "../common/scratch.hpp"
#include "../common/transfer.hpp"
#include "tuners.hpp"

class Adaptive : public iodyno::PerRequest<Adaptive> {
 public:
  static constexpr auto name = "adaptive", version = "1.0",
                        summary =
                            "plain system calls; finds out how many threads, how large "
                            "groups and buffers are best";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED | IODYNO_CALIBRATES;
  static constexpr std::int64_t kLeastBuffer = 16 << 10, kGreatestBuffer = 16 << 20;
  static constexpr std::array options{
      iodyno::flag("tune", true,
                   "Find out while it works how to run; without it, threads, group and buffer stay "
                   "as they are said to begin with."),
      iodyno::integer(
          "threads", 0, 0, 4096,
          "How many threads work at once, to begin with; 0: one for each core, or where "
          "the cache is to be cold as many as the depth."),
      iodyno::integer("most_threads", 0, 0, 4096, "The most threads; 0: as many as the depth."),
      iodyno::integer("group", 1, 1, 4096,
                      "How many requests a thread has begun at once, to begin with."),
      iodyno::integer("most_group", 64, 1, 4096, "The largest group."),
      iodyno::size("buffer", 256 << 10, kLeastBuffer, kGreatestBuffer,
                   "The bytes of one transfer, to begin with; in whole pages."),
      iodyno::size("most_buffer", 1 << 20, kLeastBuffer, kGreatestBuffer, "The largest buffer."),
      iodyno::size("memory", 256 << 20, 64 << 10, std::int64_t{1} << 40,
                   "The most bytes of all buffers and of what is read ahead, at once."),
  };

  explicit Adaptive(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot);

 private:
  using Request = iodyno_request;
  /// Some of the requests of a batch.
  struct Part {
    std::uint32_t begin, end;
  };
  /// What of a request is done ahead of the rest of it.
  struct Begun {
    iodyno::Fd file;
    int error = 0;
    bool started = false;
  };

  /// A rehearsal's files were written just before: they say nothing of cold ones.
  bool rehearsals_mislead() const { return config.raw().expect == IODYNO_COLD; }

  // epochs.cpp: a batch, cut into parts that can be compared.
  std::uint32_t size_of_epoch(const Tuner& tuner, std::uint32_t left) const;
  void run_epoch(const iodyno_batch& batch, Part part, Tuner& tuner);
  void learn(const iodyno_batch& batch, Part part, std::uint64_t ns, Tuner& tuner);
  void populate(const Settings& settings);
  void report(const Tuner& tuner);
  void keep();

  // groups.cpp: requests that one thread has begun at once.
  void run_groups(const iodyno_batch& batch, std::uint32_t slot) noexcept;
  bool begin(const iodyno_batch& batch, std::uint32_t index, Begun& begun, bool first) noexcept;
  bool start(const iodyno_batch& batch, std::uint32_t index, Begun& begun) noexcept;
  void finish(const iodyno_batch& batch, std::uint32_t index, Begun& begun,
              std::uint32_t slot) noexcept;
  void ask_for(const Request& r, const Begun& begun) const;
  Part next_part(std::uint32_t most);

  // adaptive.cpp: what is done for each request.
  iodyno::Fd open_source(const Request& r) const;
  iodyno::Done go_on(const Request& r, int file, std::uint32_t slot, std::uint32_t index);
  iodyno::Done rest_of(const Request& r, std::uint32_t slot);
  std::span<std::byte> room(std::uint32_t slot) const {
    return scratch_[slot].first(settings_.buffer);
  }

  const bool may_tune_;
  bool tunes_ = false;  ///< in the batch that runs
  const Bounds bounds_;
  Tuners tuners_;
  Scratch scratch_;
  Copier copier_;
  OpenFiles files_;
  std::vector<Begun> begun_;  ///< for each thread as many as its group has

  // Of the epoch that runs.
  Settings settings_;
  const iodyno_request* requests_ = nullptr;
  std::uint32_t end_ = 0, chunk_ = 1;
  alignas(64) std::atomic<std::uint32_t> next_ = 0;  // all threads write to it

  // What is only told of after a batch.
  alignas(64) std::atomic<bool> had_tail_ = false;
  bool noted_tail_ = false;
  bool has_kept_ = false;
  std::vector<std::uint64_t> populated_;  ///< bytes of each buffer that have memory
  Settings populated_for_;
  std::uint64_t epochs_ = 0, moves_ = 0, findings_ = 0;  ///< of a batch
  Settings noted_;
};
