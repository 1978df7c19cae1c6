// One server, at which requests queue up, and which stalls once in a while. Its stamps are what
// such a server would give, to the nanosecond, so that a test knows every percentile before; with
// `really` it is one, and stamps what came.
#include <algorithm>
#include <array>
#include <chrono>
#include <iodyno/backend.hpp>
#include <thread>

namespace {

using iodyno::Config;

class Staller {
 public:
  static constexpr auto name = "staller", version = "0.1",
                        summary = "serves one request at a time, and stalls once in a while";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_STAT);
  static constexpr std::uint32_t flags = IODYNO_PACED | IODYNO_SYNTHETIC;
  static constexpr std::int64_t kHour = 3'600'000'000'000;
  static constexpr std::array options{
      iodyno::time("service", 100'000, 0, kHour, "What a request takes."),
      iodyno::time("stall", 200'000'000, 0, kHour, "What a request takes at which it stalls."),
      iodyno::integer("every", 2000, 1, 1'000'000,
                      "One of so many requests: the first of their second half."),
      iodyno::flag("really", false, "Sleeps and stamps, instead of telling what would have been."),
  };

  explicit Staller(const Config& config)
      : service_ns_(std::uint64_t(config.time("service"))),
        stall_ns_(std::uint64_t(config.time("stall"))),
        every_(std::uint64_t(config.integer("every"))),
        really_(config.flag("really")) {}

  void run(const iodyno_batch& batch) {
    auto free_ns = iodyno::now();
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      auto& done = batch.completions[i];
      const auto start_ns = std::max(free_ns, batch.requests[i].not_before_ns);
      free_ns = start_ns + time_of(served_++);
      if (really_) wait_until(free_ns);
      done.error = 0;
      if (batch.flags & IODYNO_UNTIMED) continue;
      done.start_ns = start_ns;
      done.end_ns = really_ ? iodyno::now() : free_ns;
      if (really_) free_ns = done.end_ns;
    }
    wait_until(free_ns);  // the stamps lie inside of run()
  }

 private:
  std::uint64_t time_of(std::uint64_t number) const {
    return number % every_ == every_ / 2 ? stall_ns_ : service_ns_;
  }
  static void wait_until(std::uint64_t when_ns) {
    if (const auto time_ns = iodyno::now(); time_ns < when_ns)
      std::this_thread::sleep_for(std::chrono::nanoseconds(when_ns - time_ns));
  }

  const std::uint64_t service_ns_, stall_ns_, every_;
  const bool really_;
  std::uint64_t served_ = 0;
};

}  // namespace

IODYNO_BACKEND(Staller)
