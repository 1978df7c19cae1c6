/// The engine of Linux's first asynchronous interface: io_submit and io_getevents.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <span>
#include <vector>

#include "../common/open_files.hpp"
#include "../common/scratch.hpp"
#include "../common/vacancies.hpp"
#include "context.hpp"

/// A request in flight. What the kernel is told fills the first line of memory.
struct alignas(64) Slot {
  iocb control;  ///< its data points back here
  const iodyno_request* request;
  iodyno_completion* completion;
  std::uint64_t start;   ///< the stamp
  std::uint64_t done;    ///< bytes that are written, or read and handed over
  std::uint64_t filled;  ///< of the piece that is being read
  std::uint64_t want;    ///< the size of that piece
  std::uint32_t how;
  bool syncs;  ///< all of it is written, and is being made durable
};
static_assert(sizeof(iocb) == 64);

/// Blocks of an open set, on the session's thread: as many requests in flight as the depth has, and
/// nothing allocated while they run.
class Aio {
 public:
  static constexpr auto name = "aio", version = "1.0",
                        summary = "libaio: blocks by io_submit and io_getevents, with O_DIRECT";
  static constexpr std::uint64_t ops =
      iodyno::ops(IODYNO_OP_READ_BLOCK, IODYNO_OP_WRITE_BLOCK, IODYNO_OP_FSYNC);
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr const char* kReap[] = {"user", "kernel", nullptr};
  static constexpr const char* kDurable[] = {"fdsync", "dsync", nullptr};
  static constexpr std::array options{
      iodyno::choice("reap", "user", kReap,
                     "Where completions are taken from: the ring that the kernel maps, by the "
                     "`user`, and a call only to wait; or by a call to the `kernel` each time."),
      iodyno::integer("wait", 0, 0, 65536,
                      "How many completions to wait for, 0: as many as suits the cache."),
      iodyno::choice("durable", "fdsync", kDurable,
                     "How a block is made durable: by an `fdsync` behind the write, or by a write "
                     "that is durable itself, `dsync`."),
  };

  explicit Aio(const iodyno::Config& config);
  Aio(const Aio&) = delete;

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);

 private:
  using Request = iodyno_request;

  bool has_fdsync();

  // run.cpp: from requests to completions.
  void run_all();
  void start_requests();
  void start(std::uint32_t index);
  int refusal(const Request& r) const;
  void submit();
  void count_in(std::span<iocb* const> taken);
  void reap();
  std::uint32_t completions_to_wait_for() const;
  void finish(Slot& s, int error);
  void stamp_finished();

  // transfer.cpp: the steps of a request.
  void begin(Slot& s);
  void read_piece(Slot& s);
  void write_piece(Slot& s);
  void move(Slot& s, std::byte* data, std::uint64_t size, std::uint64_t at);
  void sync(Slot& s);
  void on_event(Slot& s, long result);
  void on_read(Slot& s, std::uint64_t count);
  void on_written(Slot& s, std::uint64_t count);
  void sync_by_call(Slot& s);

  static bool writes(const Slot& s) { return s.request->op == IODYNO_OP_WRITE_BLOCK; }
  static bool is_durable(const Slot& s) { return s.request->flags & IODYNO_DURABLE; }
  std::uint32_t number(const Slot& s) const { return std::uint32_t(&s - slots_.data()); }
  /// A multiple of a page, at least one: the host's buffer, or else one of our own.
  std::span<std::byte> buffer(const Slot& s) const;

  static constexpr auto kSyncByCall = "fdatasync, which blocks: IOCB_CMD_FDSYNC: Invalid argument";
  static constexpr std::size_t kScratch = 1 << 20;
  static constexpr std::size_t kPage = 4096;

  const iodyno::Config config_;
  const bool direct_, paced_, by_dsync_;
  const std::uint32_t wait_;
  Scratch scratch_;
  OpenFiles files_;
  std::vector<Slot> slots_;
  std::vector<iocb*> queue_;  // what is prepared and not submitted
  Vacancies vacant_;
  Context context_;              // ends before what it reads into and writes from
  std::uint32_t in_flight_ = 0;  // what the kernel has
  std::uint32_t syncs_ = 0;      // of these, what only a worker of the kernel can end
  bool syncs_by_call_ = false;   // it has no FDSYNC

  // The batch that runs.
  const iodyno_batch* batch_ = nullptr;
  std::uint32_t next_ = 0;
  std::uint64_t clock_ = 0;
  std::uint64_t due_ = 0;  // when the next request may start, if that is what is waited for
  bool timed_ = false;
};
