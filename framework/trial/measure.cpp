#include "trial/measure.hpp"

#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>
#include <vector>

#include "scenario/operation.hpp"
#include "trial/failure.hpp"
#include "trial/usage.hpp"

namespace iodyno::host {
namespace {

class Clock {
 public:
  Clock(Session& session, Workload& workload, const Phase& phase, const MeasureSettings& settings,
        Sample& sample)
      : session_(session),
        workload_(workload),
        phase_(phase),
        settings_(settings),
        sample_(sample),
        completions_(workload.batch_max()) {
    batch_.size = sizeof batch_;
    if (settings.rehearsal) batch_.flags |= IODYNO_REHEARSAL;
    timed_ = phase.timed && !settings.rehearsal;
    if (!timed_) batch_.flags |= IODYNO_UNTIMED;
  }

  std::uint64_t run() {
    session_.consumer().reset();
    const auto wall_before_ns = sample_.wall_ns, before = now();
    begin_at(before);
    bool full = true;
    while (full && sample_.error.empty()) {
      if (batch_.deadline_ns != 0 && now() >= batch_.deadline_ns) break;
      full = run_batch();
    }
    sample_.host_ns += now() - before - (sample_.wall_ns - wall_before_ns);
    if (settings_.sync_directory >= 0) sync();
    check_delivery();
    if (timed_ && sample_.wall_ns > 0)
      sample_.achieved_depth = double(latencies_ns_) / double(sample_.wall_ns);
    return std::min(begun_, first_undone_);
  }

 private:
  /// From when the trial's time, and its schedule, are counted.
  void begin_at(std::uint64_t when) {
    began_ = counted_until_ = when;
    auto last = UINT64_MAX;
    if (phase_.time_ns) last = when + *phase_.time_ns;
    if (settings_.cap_ns != 0) last = std::min(last, when + settings_.cap_ns);
    batch_.deadline_ns = last == UINT64_MAX ? 0 : last;
  }

  bool run_batch() {
    const auto requests = workload_.next();
    if (requests.empty()) return false;
    for (auto& completion : std::span(completions_).first(requests.size()))
      completion = {.error = IODYNO_PENDING};
    batch_.count = std::uint32_t(requests.size());
    batch_.requests = requests.data();
    batch_.completions = completions_.data();

    const auto usage_before = usage_.begin();
    if (phase_.rate) schedule(requests);
    const auto start = now();
    session_.run(batch_);
    const auto end = now();
    add_usage(sample_, usage_before, usage_.end());
    // A schedule goes on while the host makes the next batch: what falls due then would else be
    // served in less time than it came in, and its rate be exceeded. So all of an open loop's time
    // counts, from its first request, for which run() had to wait. CPU time is of run(), as ever.
    sample_.wall_ns += end - (phase_.rate && counted_until_ < end ? counted_until_ : start);
    counted_until_ = end;
    check_batch(requests, start, end);
    return true;
  }

  /// The first request is not due before the backend can have it: the host has done all else, and
  /// what is left to be done here takes less than this for each request.
  void schedule(std::span<iodyno_request> requests) {
    const std::uint64_t lead_ns = 10 * requests.size();
    if (begun_ == 0) begin_at(now() + lead_ns);
    for (auto& request : requests) request.not_before_ns += began_;
    // Or not: a build with sanitizers, or somebody else had the CPU. Once more, with more time.
    if (const auto time = now(); begun_ == 0 && time > began_) {
      const auto later_ns = 2 * (time - began_) + lead_ns;
      begin_at(began_ + later_ns);
      for (auto& request : requests) request.not_before_ns += later_ns;
    }
  }

  void check_batch(std::span<const iodyno_request> requests, std::uint64_t start,
                   std::uint64_t end) {
    std::uint64_t latencies_ns = 0, good = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto& request = requests[i];
      const auto& completion = completions_[i];
      if (completion.error != 0) [[unlikely]] {
        first_undone_ = std::min(first_undone_, begun_ + i);
        if (!(completion.error == ECANCELED && was_late(request, end)))
          note_failure(request, completion.error);
        continue;
      }
      ++good;
      if (completion.how != 0) [[unlikely]]
        count_how(completion.how);
      check_bytes(request, completion, begun_ + i);
      if (!timed_) continue;
      if (completion.start_ns < start || completion.end_ns > end ||
          completion.end_ns < completion.start_ns) [[unlikely]]
        lie("a time stamp lies outside the window of run()");
      record_latency(request, completion);
      latencies_ns += completion.end_ns - completion.start_ns;
    }
    begun_ += requests.size();
    sample_.requests += good;
    latencies_ns_ += latencies_ns;
    if (timed_ && double(latencies_ns) > 1.001 * double(phase_.depth) * double(end - start))
      lie("its time stamps say that more requests were in flight than the depth");
    if (failed_ > 0) report_failures(requests.size());
  }

  /// In an open loop a request that had to wait for its turn is late from when it was due; what it
  /// took by itself stands beside that.
  void record_latency(const iodyno_request& request, const iodyno_completion& completion) {
    const auto service_ns = completion.end_ns - std::min(completion.start_ns, completion.end_ns);
    if (!phase_.rate) return sample_.latency.record(service_ns);
    sample_.service.record(service_ns);
    sample_.latency.record(completion.end_ns - std::min(request.not_before_ns, completion.end_ns));
  }

  void count_how(std::uint32_t how) {
    sample_.shared += (how & IODYNO_SHARED) != 0;
    sample_.fallback += (how & IODYNO_FALLBACK) != 0;
    sample_.cached += (how & IODYNO_CACHED) != 0;
    sample_.punted += (how & IODYNO_PUNTED) != 0;
  }

  /// `number`: of the request in the trial. Operations on files go through them in order.
  void check_bytes(const iodyno_request& request, const iodyno_completion& completion,
                   std::uint64_t number) {
    const auto& row = operation(iodyno_op(request.op));
    const bool moves = row.reads || row.writes || row.counts_bytes;
    if (!moves && !(request.op == IODYNO_OP_STAT && settings_.files)) return;
    auto expected = request.length;
    // Where the host does not know the size, either, only what is delivered is held against it.
    if (expected == IODYNO_SIZE_UNKNOWN)
      expected = settings_.files ? settings_.files->size(number) : completion.bytes;
    if (completion.bytes != expected) [[unlikely]]
      lie("a completion counts " + std::to_string(completion.bytes) + " bytes instead of " +
          std::to_string(expected));
    if (!moves) return;
    sample_.bytes += completion.bytes;
    if (row.reads) delivery_due_ += completion.bytes;
  }

  /// Whether the deadline can have been a reason not to begin a request.
  bool was_late(const iodyno_request& request, std::uint64_t end) const {
    const auto deadline = batch_.deadline_ns;
    return deadline != 0 && (end >= deadline || (phase_.rate && request.not_before_ns >= deadline));
  }

  void note_failure(const iodyno_request& request, int error) {
    if (failed_++ > 0) return;
    const auto& row = operation(iodyno_op(request.op));
    first_failure_ = std::string(row.name) + " ";
    first_failure_ += request.path ? std::string(request.path)
                                   : "block at " + std::to_string(request.offset) + " of file " +
                                         std::to_string(request.file);
    first_failure_ +=
        ": " + (error == IODYNO_PENDING ? "it was never completed" : errno_text(error));
  }

  void report_failures(std::size_t requests) {
    sample_.error = first_failure_ + "; " + std::to_string(failed_) + " of " +
                    std::to_string(requests) + " requests of the batch failed";
  }

  /// A backend whose figures can't be true. Told once for each kind.
  void lie(std::string how) {
    auto& reasons = sample_.invalid;
    if (reasons.size() < 8 && std::ranges::find(reasons, how) == reasons.end())
      reasons.push_back(std::move(how));
  }

  void check_delivery() {
    if (settings_.rehearsal || settings_.synthetic) return;
    const auto delivered = session_.consumer().bytes();
    if (delivered != delivery_due_ && sample_.error.empty())
      lie("it counts " + std::to_string(delivery_due_) + " bytes read, but handed over " +
          std::to_string(delivered));
  }

  void sync() {
    const auto usage_before = usage_.begin();
    const auto start = now();
    check(syncfs(settings_.sync_directory), "syncfs");
    sample_.wall_ns += now() - start;
    add_usage(sample_, usage_before, usage_.end());
  }

  Session& session_;
  Workload& workload_;
  const Phase& phase_;
  const MeasureSettings& settings_;
  Sample& sample_;
  std::vector<iodyno_completion> completions_;
  UsageMeter usage_;
  iodyno_batch batch_{};
  bool timed_ = false;
  std::uint64_t began_ = 0, counted_until_ = 0;  // when
  std::uint64_t begun_ = 0, first_undone_ = UINT64_MAX;
  std::uint64_t latencies_ns_ = 0, failed_ = 0, delivery_due_ = 0;
  std::string first_failure_;
};

}  // namespace

std::uint64_t measure(Session& session, Workload& workload, const Phase& phase,
                      const MeasureSettings& settings, Sample& sample) {
  return Clock(session, workload, phase, settings, sample).run();
}

}  // namespace iodyno::host
