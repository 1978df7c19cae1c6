#include "run/live.hpp"

#include <algorithm>
#include <iodyno/posix.hpp>

#include "report/format.hpp"
#include "report/gbench.hpp"
#include "report/statistics.hpp"
#include "report/text.hpp"

namespace iodyno::host {
namespace {

/// Of the cases that run; 0 of the others.
std::vector<std::uint64_t> guesses(const Plan& plan) {
  std::vector<std::uint64_t> all_ns(plan.cases.size());
  for (const auto& group : plan.groups)
    for (const auto index : group.cases) all_ns[index] = trial_estimate_ns(plan, plan.cases[index]);
  return all_ns;
}

/// "1.20 GB of 4.29 GB, 812 MB/s".
std::string bytes_text(std::uint64_t bytes, std::uint64_t total, std::uint64_t more,
                       std::uint64_t meanwhile_ns) {
  auto text = format_rate(double(bytes), "B") + " of " + format_rate(double(total), "B");
  if (meanwhile_ns > 0)
    text += ", " + format_rate(double(more) * 1e9 / double(meanwhile_ns), "B/s");
  return text;
}

/// What a worker does in a stage, as a word behind the backend's; nothing where it is measured.
std::string doing(const std::string& stage) {
  if (stage == "run") return "";
  if (stage == "rehearse") return " rehearsing";
  if (stage == "settle" || stage == "calm") return " settling";
  if (stage == "drain") return " draining";
  if (stage == "verify") return " verifying";
  if (stage == "close") return " closing";
  return " preparing";  // load, open, layout, memory, look, cache
}

/// "read depth 32".
std::string name_of(const Case& c) {
  auto name = c.phase;
  for (const auto& text : point_texts(c.point)) name += " " + text;
  return clean_text(name);
}

}  // namespace

Live::Live(Progress& progress, const Plan& plan, const Results& results, const Stopping& stopping,
           std::uint64_t deadline_ns)
    : progress_(progress),
      plan_(plan),
      results_(results),
      stopping_(stopping),
      deadline_ns_(deadline_ns),
      time_left_(guesses(plan), stopping.repetitions) {}

void Live::begin_group(std::size_t group) {
  group_ = &plan_.groups[group];
  block_.reset();
}

void Live::begin_block(std::uint64_t block) {
  block_ = block;
  // With a precision to reach there may be more blocks than were due at first.
  for (const auto index : group_->cases)
    if (!has_failed(results_.cases[index])) time_left_.goes_on(index);
}

void Live::begin_trial(std::size_t index) {
  running_ = index;
  trial_began_ns_ = now();
  show("", figure(index));
}

void Live::end_trial(std::size_t index, std::uint64_t elapsed_ns) {
  time_left_.took(index, elapsed_ns);
  if (has_failed(results_.cases[index])) time_left_.is_over(index);
  running_.reset();
}

void Live::end_group() {
  std::string line;
  for (const auto index : group_->cases) {
    time_left_.is_over(index);
    line += (line.empty() ? ": " : ", ") + figure(index);
  }
  line = plan_.scenario.name + "/" + name_of(plan_.cases[group_->cases.front()]) + line;
  if (const auto rest = left(); !rest.empty()) line += "; " + rest;
  progress_.say_if_plain(line);
  group_ = nullptr;
}

void Live::step(const std::string& what) { show(what, ""); }

Tick Live::making(const Case& c) {
  if (!progress_.is_live()) return {};
  return [this, began = now(), files = Files(c.dataset, plan_.tree)](std::uint64_t done,
                                                                     std::uint64_t bytes) {
    if (!progress_.is_due()) return;
    const auto count = files.count() == 1 ? "" : std::to_string(done) + " files, ";
    show("making " + count + bytes_text(bytes, files.total_bytes(), bytes, now() - began), "");
  };
}

void Live::removing(std::uint64_t files) {
  if (progress_.is_due()) show("removing files " + std::to_string(files), "");
}

Watch Live::watch(int run_directory, const Case& c, const TrialSpec& spec) {
  if (!progress_.is_live()) return {};
  struct Look {
    std::uint64_t when_ns = 0, bytes = 0;
  };
  return [this, backend = plan_.backends[c.backend].choice.label,
          destination = Destination(run_directory, c, spec),
          before = Look()](const std::string& stage, std::uint64_t elapsed_ns) mutable {
    auto text = backend + doing(stage) + " " + span_text(elapsed_ns);
    if (stage == "run" && destination.total_bytes() > 0) {
      const Look look{now(), destination.bytes()};
      const bool has_rate = before.when_ns != 0 && look.bytes >= before.bytes;
      text += ", " + bytes_text(look.bytes, destination.total_bytes(), look.bytes - before.bytes,
                                has_rate ? look.when_ns - before.when_ns : 0);
      before = look;
    }
    show("", text);
  };
}

/// "read depth 32 · block 4 of 10".
std::string Live::place() const {
  auto text = name_of(plan_.cases[group_->cases.front()]);
  if (block_)
    text += " · block " + std::to_string(*block_ + 1) +
            (stopping_.precision ? " of at most " : " of ") + std::to_string(stopping_.most());
  return text;
}

/// "posix 2.27 us": the median so far.
std::string Live::figure(std::size_t index) const {
  const auto& result = results_.cases[index];
  std::vector<double> real_time_ns;
  for (const auto& sample : result.samples) {
    if (!sample.error.empty()) return result.backend + " failed";
    if (!sample.invalid.empty()) return result.backend + " invalid";
    real_time_ns.push_back(sample.real_time_ns());
  }
  if (real_time_ns.empty()) return result.backend;
  return result.backend + " " + format_duration(median(real_time_ns));
}

std::string Live::left() const {
  const auto time = now();
  auto left_ns =
      time_left_.ns(running_.value_or(plan_.cases.size()), running_ ? time - trial_began_ns_ : 0);
  if (!left_ns) return {};
  if (deadline_ns_ != 0) left_ns = std::min(*left_ns, std::max(deadline_ns_, time) - time);
  constexpr std::uint64_t kHalfSecond = 500'000'000;
  return *left_ns < kHalfSecond ? "" : span_text(*left_ns) + " left";
}

/// `running`: the text in place of the figure of the case that runs.
void Live::show(const std::string& step, const std::string& running) {
  if (!progress_.is_live()) return;
  if (!group_) return progress_.now(step);
  LiveLine line{.what = place(), .figures = {}, .running = {}, .left = left()};
  if (!step.empty()) line.what += " · " + step;
  for (const auto index : group_->cases) {
    const bool is_it = step.empty() && index == running_;
    if (is_it) line.running = line.figures.size();
    line.figures.push_back(is_it ? running : figure(index));
  }
  progress_.show(line);
}

}  // namespace iodyno::host
