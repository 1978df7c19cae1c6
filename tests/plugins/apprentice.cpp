// Learns for as many rehearsals as it is told to, and notes what it was given.
#include <array>
#include <iodyno/backend.hpp>
#include <string>

namespace {

class Apprentice {
 public:
  static constexpr auto name = "apprentice", version = "1.0", summary = "keeps what it has learned";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_SYNTHETIC | IODYNO_CALIBRATES;
  static constexpr std::array options{
      iodyno::integer("batches", 1, 0, 1000, "Keeps in this batch of a rehearsal; 0: never.")};

  explicit Apprentice(const iodyno::Config& config) : config_(config) {
    if (config.kept() != nullptr) kept_ = config.kept();
  }

  void open_files(std::span<const char* const>, std::uint32_t) {}

  void run(const iodyno_batch& batch) {
    for (auto& done : std::span(batch.completions, batch.count)) done.error = 0;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const iodyno_request& r = batch.requests[i];
      batch.completions[i].bytes = r.op == IODYNO_OP_STAT ? 0 : r.length;
      if (!(batch.flags & IODYNO_UNTIMED))
        batch.completions[i].start_ns = batch.completions[i].end_ns = iodyno::now();
    }
    if (!(batch.flags & IODYNO_REHEARSAL)) return;
    config_.note("rehearsals", std::to_string(++rehearsals_).c_str());
    config_.note("requests", std::to_string(requests_ += batch.count).c_str());
    config_.note("kept", kept_.c_str());
    if (rehearsals_ == config_.integer("batches"))
      config_.keep((kept_ + std::to_string(batch.requests[0].op) + ";").c_str());
  }

 private:
  const iodyno::Config config_;
  std::string kept_;
  std::int64_t rehearsals_ = 0, requests_ = 0;
};

}  // namespace

IODYNO_BACKEND(Apprentice)
