/// A ring with the requests that it has in flight: a share of the depth, on a thread of its own.
/// All of it is used on that thread, also to make it and to end it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../common/pace.hpp"
#include "../common/ring.hpp"
#include "../common/scratch.hpp"
#include "dontcache.hpp"
#include "punting.hpp"
#include "settings.hpp"
#include "share.hpp"
#include "slot.hpp"

namespace engine::uring {

class Lane {
 public:
  static constexpr std::uint32_t kPage = 4096;
  static constexpr std::size_t kScratch = 1 << 20;
  /// The most that one entry writes: a worker of the kernel does it, so the larger the better.
  static constexpr std::uint32_t kWritePiece = 16 << 20;
  static constexpr std::uint32_t kLongestChain = 7;  ///< a durable copy

  /// What it works with, for notes.
  struct Fact {
    const char* key;
    std::string text;
  };

  Lane(const iodyno::Config& config, const Settings& settings, const PuntingRules& rules,
       Share share);
  Lane(const Lane&) = delete;
  /// What is in flight has come to its end, also where the ring broke.
  ~Lane();

  /// Does requests of a batch as long as there are any. If it throws nothing is in flight.
  void run(const iodyno_batch& batch, Claims& claims);
  /// The open set, which stays the caller's.
  void use_files(std::span<const iodyno::Fd> files);

  std::vector<Fact> facts() const;
  /// The calls into the kernel since the last time.
  std::uint64_t take_calls() { return ring_->take_calls(); }
  /// Whether an odd end of a file went through the page cache, against O_DIRECT.
  bool had_tail() const { return had_tail_; }
  /// How operation `op` is done.
  const Program& program(std::uint32_t op, bool durable) const { return programs_[op][durable]; }
  std::uint32_t by_call() const { return by_call_; }

 private:
  // run.cpp: requests in, completions out.
  void run_all();
  void start_requests();
  bool more() { return next_ != end_ || claims_->claim(next_, end_); }
  void start(std::uint32_t index);
  int refusal(const iodyno_request& r) const;
  std::uint32_t completions_to_wait_for() const;
  void reap();
  void finish(Slot& s);
  void stamp_finished();

  // block.cpp: a block that is one transfer.
  bool start_block(Slot& s);
  void on_block(Slot& s, int result);
  void unfold(Slot& s);

  // steps.cpp: one step after the other.
  void advance(Slot& s);
  bool next_step(const Slot& s, Step& step) const;
  void on_step(Slot& s, int result);
  void settle(Slot& s, std::int64_t result);
  void passed(Slot& s, Step step, std::int64_t result);
  void fail(Slot& s, int error);
  std::int64_t call(const Slot& s, Step step);
  void prepare(io_uring_sqe* e, const Slot& s, Step step);
  void prepare_open(io_uring_sqe* e, const Slot& s, unsigned which, int dir, const char* path,
                    int how_to_open) const;
  void prepare_close(io_uring_sqe* e, const Slot& s, unsigned which) const;
  void aim(io_uring_sqe* e, const Slot& s, unsigned which) const;

  // chain.cpp: a whole program at once.
  struct Chain;
  bool chain(Slot& s);
  void chain_transfer(Slot& s, Step step, Chain& c);
  bool fits_a_chain(const Slot& s) const;
  void on_chain(Slot& s, Tag tag, int result);
  void skip_silent(Slot& s, std::uint8_t step);
  void chained_read(Slot& s, Tag tag, int result);
  void end_of_chain(Slot& s);

  // transfer.cpp: what moves bytes.
  void begin_transfer(Slot& s);
  void end_transfer(Slot& s);
  void fill_parts(Slot& s);
  bool give(Slot& s, Part& p);
  bool give_write(Slot& s, Part& p);
  void write_tail(Slot& s);
  void submit(Slot& s, Part& p);
  void on_part(Slot& s, Part& p, int result);
  void on_read(Slot& s, Part& p);
  void write_copy(Slot& s, Part& p, std::uint64_t size);
  void idle(Slot& s, Part& p);
  void prepare_transfer(io_uring_sqe* e, const Slot& s, const Part& p) const;
  /// How an entry that moves bytes is submitted.
  struct Transfer {
    int opcode;
    std::uint8_t flags;
    int rw_flags;
  };
  Transfer transfer(bool writes) const {
    constexpr int kOpcodes[] = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READ_FIXED,
                                IORING_OP_WRITE_FIXED};
    return {kOpcodes[2 * fixed_buffers_ + writes], std::uint8_t(settings_.async ? IOSQE_ASYNC : 0),
            settings_.dontcache ? kDontCache : 0};
  }

  void deliver(const Slot& s, std::uint64_t at, const std::byte* data, std::uint64_t size) const {
    config_.deliver(std::uint32_t(s.request - batch_->requests), at, {data, size});
  }
  std::uint32_t number(const Slot& s) const { return std::uint32_t(&s - slots_.data()); }
  Part* parts(const Slot& s) { return &parts_[number(s) * std::size_t{transfers_}]; }
  std::byte* buffer(const Slot& s) const { return buffers_ + number(s) * buffer_stride_; }
  /// Bytes over a multiple of what O_DIRECT moves; without it, none.
  std::uint64_t odd(std::uint64_t bytes) const { return bytes & (granule_ - 1); }
  std::uint32_t whole(std::uint32_t bytes) const {
    return std::uint32_t((bytes + granule_ - 1) & ~(granule_ - 1));
  }
  /// Memory to look for the end of a file with.
  std::byte* look(const Slot& s) const { return &scratch_[number(s)][kScratch]; }
  static Step step_of(const Slot& s) { return s.program->steps[s.step]; }

  /// An entry of the ring, and so one completion more to come.
  io_uring_sqe* entry(Slot& s) {
    ring_->reserve(1);
    owe(s, 1);
    return ring_->next();
  }
  void owe(Slot& s, std::uint32_t count) { s.owed += count, owed_ += count; }
  void paid(Slot& s, std::uint32_t count) { s.owed -= count, owed_ -= count; }

  // lane.cpp: what it works with.
  void make_ring(std::uint32_t most, std::uint32_t entries);
  void find_opcodes();
  void plan(const PuntingRules& rules);
  void choose_buffers();
  void register_buffers();
  int register_table();
  void choose_chains();

  const iodyno::Config config_;
  const Settings settings_;
  const Share share_;
  const std::uint32_t depth_;
  const std::uint32_t buffer_size_;  // of each slot
  const std::uint32_t transfers_;    // in flight in one request that is larger,
  const std::uint32_t piece_;        // and the size of each
  const std::uint64_t granule_;      // of what each transfer is a multiple, but the last of a file
  const bool paced_;
  Scratch scratch_;  // a part for each slot, and one for lists; outlives the ring, which may use it
  std::optional<Ring> ring_;
  std::byte* buffers_ = nullptr;
  std::size_t buffer_stride_ = 0;

  std::vector<Slot> slots_;
  std::vector<Part> parts_;
  std::vector<struct statx> stats_;
  Vacancies vacant_;
  Program programs_[IODYNO_OP_COUNT][2];  // the second is durable

  // The ring's table: two descriptors for each slot, then the open set.
  std::vector<int> table_;
  std::span<const iodyno::Fd> set_;
  bool has_table_ = false, set_is_registered_ = false, for_blocks_ = false;
  bool fixed_buffers_ = false, chains_ = false;
  std::uint32_t by_call_ = bit_of(Step::list);  // the steps that are system calls
  std::string files_note_, fixed_note_, chains_note_;

  // The batch that runs.
  const iodyno_batch* batch_ = nullptr;
  Claims* claims_ = nullptr;
  std::uint32_t next_ = 0, end_ = 0;  // of what is claimed and not begun
  std::uint32_t owed_ = 0;  // completions that will come in any case: the most to wait for
  Patience patience_ = Patience::all;  // as long as no request needs less of it
  std::uint64_t clock_ = 0;
  std::uint64_t due_ = 0;  // when the next request may start, if that is what is waited for
  bool timed_ = false, files_are_limited_ = false, had_tail_ = false;
};

}  // namespace engine::uring
