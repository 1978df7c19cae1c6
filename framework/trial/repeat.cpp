#include "trial/repeat.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/directory.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kCompared = 1'000, kGranule = 4096;

/// What is handed over of one request.
struct Watched {
  bool compared = false;
  std::uint64_t bytes = 0;
  std::vector<bool> seen;  ///< of the 4 KiB granules, where it is compared
};

/// Looks at all that a batch hands over. see() comes from any thread.
class Watch {
 public:
  Watch(int directory, const Files& files) : directory_(directory), files_(files) {}

  void begin(std::span<const iodyno_request> requests) {
    requests_ = requests;
    watched_.assign(requests.size(), {});
  }
  void compare(std::size_t request) { watched_[request].compared = true; }

  void see(std::uint32_t request, std::uint64_t offset, std::span<const std::byte> piece) {
    const std::lock_guard lock(mutex_);
    if (!fault_.empty()) return;
    if (request >= watched_.size()) return wrong("a piece of request " + std::to_string(request));
    auto& watched = watched_[request];
    watched.bytes += piece.size();
    if (!watched.compared) return;
    try {
      hold_against_file(requests_[request], watched, offset, piece);
    } catch (const std::exception& e) {  // it goes no further than to the plugin
      wrong(failure_text(e));
    }
  }

  /// After the batch. Each must have got all of its bytes.
  void end(std::span<const iodyno_completion> completions) {
    for (std::size_t i = 0; i < requests_.size() && fault_.empty(); ++i) {
      const auto& done = completions[i];
      if (done.error != 0)
        wrong(path_of(requests_[i]) + ": " + errno_text(done.error));
      else if (requests_[i].length == IODYNO_SIZE_UNKNOWN && done.bytes != size_of(requests_[i]))
        wrong(path_of(requests_[i]) + ": " + std::to_string(done.bytes) + " bytes were read of " +
              std::to_string(size_of(requests_[i])));
      else if (watched_[i].bytes != done.bytes)
        wrong(path_of(requests_[i]) + ": " + std::to_string(done.bytes) +
              " bytes were counted, and " + std::to_string(watched_[i].bytes) + " handed over");
    }
  }

  const std::string& fault() const { return fault_; }

 private:
  void hold_against_file(const iodyno_request& r, Watched& watched, std::uint64_t offset,
                         std::span<const std::byte> piece) {
    if (offset % kGranule != 0)
      return wrong(path_of(r) + ": a piece begins at " + std::to_string(offset));
    const Fd fd = open_file_below(directory_, path_of(r), O_RDONLY);
    const auto base = r.op == IODYNO_OP_READ_BLOCK ? r.offset : 0;
    const auto size = std::uint64_t(check(lseek(fd, 0, SEEK_END)));
    if (base + offset + piece.size() > size)
      return wrong(path_of(r) + ": bytes were handed over that lie behind its end");
    for (auto at = offset / kGranule; at * kGranule < offset + piece.size(); ++at) {
      if (at >= watched.seen.size()) watched.seen.resize(at + 1);
      if (watched.seen[at])
        return wrong(path_of(r) + ": what is at " + std::to_string(at * kGranule) +
                     " came more than once");
      watched.seen[at] = true;
    }
    for (std::uint64_t done = 0; done < piece.size(); done += buffer_.size()) {
      const auto part = piece.subspan(done, std::min(buffer_.size(), piece.size() - done));
      const auto room = std::span(buffer_).first(part.size());
      const auto there = room.first(
          on_path("read", path_of(r), [&] { return read_fully(fd, room, base + offset + done); }));
      const auto same = std::uint64_t(std::ranges::mismatch(there, part).in2 - part.begin());
      if (same < part.size())
        return wrong(path_of(r) + ": byte " + std::to_string(base + offset + done + same) +
                     " is not what the file has there");
    }
  }

  std::string path_of(const iodyno_request& r) const {
    return r.path ? r.path : files_.path(r.file);
  }
  std::uint64_t size_of(const iodyno_request& r) const {
    const Fd fd = open_file_below(directory_, path_of(r), O_RDONLY);
    return std::uint64_t(check(lseek(fd, 0, SEEK_END)));
  }
  void wrong(std::string what) { fault_ = std::move(what); }

  const int directory_;
  const Files& files_;
  std::span<const iodyno_request> requests_;
  std::vector<Watched> watched_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(Source::kPieceMax);
  std::string fault_;
  std::mutex mutex_;
};

/// The step's phase, as far as it reads, and as often as is looked at.
Phase reading(const DoneStep& step) {
  Phase phase = step.phase;
  phase.rate.reset();
  if (!on_open_files(phase)) return phase;
  std::erase_if(phase.ops, [](const Share& s) { return !operation(s.op).reads; });
  if (phase.ops.empty() || phase.consume.kind == Consume::Kind::checksum) return phase;
  phase.time_ns.reset();
  phase.order = {};
  phase.count = std::max(kCompared, step.files.count());
  return phase;
}

class Repeat {
 public:
  Repeat(Session& session, const DoneStep& step)
      : session_(session), step_(step), phase_(reading(step)), watch_(step.directory, step.files) {}

  std::string fault() {
    if (!any_operation(phase_, &Operation::reads)) return {};
    session_.watch(
        [this](auto request, auto offset, auto piece) { watch_.see(request, offset, piece); });
    Workload workload(phase_, step_.files, step_.seed, step_.version);
    const auto total = std::max<std::uint64_t>(workload.total().value_or(kCompared), 1);
    const Permutation lots(total, mix(step_.seed));
    const auto began = now();
    const auto cap_ns = phase_.time_ns ? *phase_.time_ns : step_.cap_ns;
    for (std::uint64_t number = 0; watch_.fault().empty();) {
      if (cap_ns != 0 && now() - began >= cap_ns) break;
      const auto batch = workload.next();
      if (batch.empty()) break;
      requests_.clear();
      chosen_.clear();
      for (const auto& request : batch) {
        if (operation(iodyno_op(request.op)).reads) take(request, number, total, lots);
        ++number;
      }
      run();
    }
    session_.watch({});
    return watch_.fault();
  }

 private:
  void take(iodyno_request request, std::uint64_t number, std::uint64_t total,
            const Permutation& lots) {
    // The first requests on blocks go to each file once.
    const bool block = request.op == IODYNO_OP_READ_BLOCK;
    if (block && phase_.consume.kind != Consume::Kind::checksum && number < step_.files.count() &&
        step_.files.size(number) >= request.length) {
      request.file = std::uint32_t(number);
      request.offset %= step_.files.size(number) / request.length * request.length;
    }
    const bool all = total <= kCompared || phase_.consume.kind == Consume::Kind::checksum;
    if (all || number >= total || lots.at(number) < wanted()) chosen_.push_back(requests_.size());
    requests_.push_back(request);
  }

  /// So many of all requests that 1,000 of them read.
  std::uint64_t wanted() const {
    std::uint64_t all = 0, reads = 0;
    for (const auto& share : phase_.ops) {
      all += share.weight;
      if (operation(share.op).reads) reads += share.weight;
    }
    return (kCompared * all + reads - 1) / reads;
  }

  void run() {
    if (requests_.empty()) return;
    completions_.assign(requests_.size(), {.error = IODYNO_PENDING});
    watch_.begin(requests_);
    for (const auto i : chosen_) watch_.compare(i);
    iodyno_batch batch{};
    batch.size = sizeof batch;
    batch.count = std::uint32_t(requests_.size());
    batch.flags = IODYNO_UNTIMED;
    batch.requests = requests_.data();
    batch.completions = completions_.data();
    session_.run(batch);
    watch_.end(completions_);
  }

  Session& session_;
  const DoneStep& step_;
  const Phase phase_;
  Watch watch_;
  std::vector<iodyno_request> requests_;
  std::vector<iodyno_completion> completions_;
  std::vector<std::size_t> chosen_;
};

}  // namespace

std::string read_fault(Session& session, const DoneStep& step) {
  return Repeat(session, step).fault();
}

}  // namespace iodyno::host
