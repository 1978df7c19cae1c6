/// The engine of an application in C++20: standalone Asio, its files on io_uring, coroutines.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <iodyno/posix.hpp>
#include <span>

#include "../common/open_files.hpp"
#include "../common/scratch.hpp"
#include "task.hpp"

/// How a request came out.
struct Outcome {
  int error = 0;  ///< an errno value
  std::uint32_t how = 0;
  std::uint64_t bytes = 0;
};

/// What a coroutine works with, which has one request after the other. Asio has one read and one
/// write of a file object in flight, so each has its own objects, also of a file that all have
/// open.
struct Slot {
  explicit Slot(asio::io_context& context)
      : file(context), to(context), block(context), timer(context) {}

  File file, to;  ///< of a request on whole files
  File block;     ///< one of the open set
  Timer timer;
  std::uint32_t which = 0;  ///< of the set, if `block` is open
  std::span<std::byte> buffer;
};

/// A coroutine for each slot of the queue, all on one io_context. Beside what Asio allocates, and
/// recycles, nothing is allocated while requests run.
class Asio {
 public:
  static constexpr auto name = "asio", version = "1.0",
                        summary = "standalone Asio: coroutines, and files on io_uring";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED;
  static constexpr std::array options{
      iodyno::integer("threads", 1, 1, 64, "Threads that run the io_context."),
  };

  explicit Asio(const iodyno::Config& config);
  Asio(const Asio&) = delete;
  ~Asio() { let_go_of_the_set(); }

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);

 private:
  using Request = iodyno_request;

  // asio.cpp
  void make_slots();
  void note() const;
  void let_go_of_the_set();

  // run.cpp: what coroutines do.
  Task<void> work(Slot& s);
  Task<void> wait_until(Slot& s, std::uint64_t due);
  Task<Outcome> perform(Slot& s, const Request& r);
  Outcome perform_at_once(Slot& s, const Request& r);
  void on_end(std::exception_ptr thrown);

  // files.cpp: whole files, and the open set.
  Task<Outcome> read_file(Slot& s, const Request& r);
  Task<Outcome> write_file(Slot& s, const Request& r, const char* path, int how_to_open);
  Task<Outcome> replace(Slot& s, const Request& r);
  Task<Outcome> copy_file(Slot& s, const Request& r);
  Task<Outcome> read_block(Slot& s, const Request& r);
  Task<Outcome> write_block(Slot& s, const Request& r);
  Outcome sync_file(Slot& s, const Request& r);
  static int sync(File& file);
  int aim(Slot& s, std::uint32_t which) const;

  // transfer.cpp: what moves bytes.
  Task<Outcome> read(Slot& s, File& file, const Request& r, std::uint64_t offset);
  Task<Outcome> write(File& file, const Request& r, std::uint64_t offset, std::size_t granule);
  Task<Outcome> copy(Slot& s, const Request& r);
  Task<Outcome> fill(File& file, std::span<std::byte> room, std::uint64_t offset);
  Task<Outcome> put(File& file, std::span<const std::byte> data, std::uint64_t offset,
                    std::size_t granule);
  std::size_t whole(std::size_t size) const { return (size + granule_ - 1) / granule_ * granule_; }

  static constexpr int kNotAtOnce = -1;  ///< no errno value
  static constexpr std::size_t kScratch = 1 << 20;
  static constexpr std::size_t kPage = 4096;

  const iodyno::Config config_;
  const std::uint32_t threads_;
  const int direct_;           // O_DIRECT or 0
  const std::size_t granule_;  // of what each transfer is a multiple, but the last of a file
  std::uint32_t how_to_read_ = 0, how_to_write_ = 0;  // IODYNO_PUNTED, where that is certain
  std::uint32_t how_to_copy_ = 0;
  Scratch scratch_;
  OpenFiles set_;
  asio::io_context context_;
  std::deque<Slot> slots_;  // they can't be moved
  iodyno::Pool pool_;

  // The batch that runs.
  const iodyno_batch* batch_ = nullptr;
  std::atomic<bool> broke_ = false, had_tail_ = false;
  std::exception_ptr thrown_;  // by the coroutine that broke first
  bool noted_tail_ = false;
  alignas(64) std::atomic<std::uint64_t> next_ = 0;  // all threads write to it
};
