// When things happen: deadlines, paces, and what a backend says of it.
#include <algorithm>

#include "check/lab.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kSmall[] = {100};
constexpr std::uint64_t kMillisecond = 1'000'000;

/// The cheapest operation of a backend that leaves something to see.
iodyno_op some_operation(const Lab& lab) {
  for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_DELETE, IODYNO_OP_OVERWRITE, IODYNO_OP_READ,
                        IODYNO_OP_WRITE_BLOCK, IODYNO_OP_READ_BLOCK, IODYNO_OP_COPY})
    if (lab.has(op)) return op;
  for (const auto& row : operations())
    if (lab.has(row.op)) return row.op;
  skipped("it has no operation");
}

struct Ready {
  Ready(Lab& lab, std::size_t count, const Opening& opening)
      : work(make_work(lab, some_operation(lab), count, kSmall)),
        bench(lab.plugin, lab.first.fd(), lab.second.fd(), opening) {
    require(bench, work.requests[0].op);
    if (!work.set.empty()) bench.open_files(work.set, IODYNO_WRITABLE);
  }
  Work work;
  Bench bench;
};

void stamps(Lab& lab, std::uint32_t depth, std::uint32_t flags) {
  Ready ready(lab, 500, {.depth = depth, .max_batch = 500});
  const auto answer = ready.bench.run(ready.work.requests, flags);
  for (std::size_t i = 0; i < answer.completions.size(); ++i)
    if (answer.completions[i].error != 0)
      failed(describe(ready.work.requests[i], i, 500) + ": " +
             name_of_error(answer.completions[i].error));
  compare_stamps(ready.work.requests, answer, flags, depth);
}

/// Of a batch with a deadline: what was done must be whole, what was not must be untouched.
void compare_cut(Lab& lab, const Ready& ready, const Answer& answer, std::uint32_t flags,
                 std::uint64_t deadline_ns) {
  const auto& requests = ready.work.requests;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& c = answer.completions[i];
    const auto who = describe(requests[i], i, requests.size());
    if (c.error != 0 && c.error != ECANCELED)
      failed(who + ": expected success or ECANCELED, came " + name_of_error(c.error));
    if (c.error == 0) {
      if (!(flags & IODYNO_UNTIMED) && c.start_ns >= deadline_ns)
        failed(who + ": it was started " + std::to_string(c.start_ns - deadline_ns) +
               " ns after the deadline");
      expect(requests[i], lab.first, lab.second, ready.bench.source(), ready.work.set);
    } else if (answer.ended_ns < deadline_ns && requests[i].not_before_ns < deadline_ns) {
      failed(who + ": it was cancelled " + std::to_string(deadline_ns - answer.ended_ns) +
             " ns before the deadline");
    }
  }
  if (lab.synthetic()) return;
  if (const auto wrong = lab.first.difference(); !wrong.empty())
    failed("afterwards, below the first directory: " + wrong);
  if (const auto wrong = lab.second.difference(); !wrong.empty())
    failed("afterwards, below the second directory: " + wrong);
}

void deadline(Lab& lab, std::int64_t in_ns, std::uint32_t flags, std::uint32_t depth) {
  constexpr std::size_t kRequests = 20'000;
  Ready ready(lab, kRequests, {.depth = depth, .max_batch = kRequests});
  const auto when = now() + std::uint64_t(in_ns);
  const auto answer = ready.bench.run(ready.work.requests, flags, when);
  compare_stamps(ready.work.requests, answer, flags, depth);
  compare_cut(lab, ready, answer, flags, when);
  const auto done = std::ranges::count(answer.completions, 0, &iodyno_completion::error);
  if (in_ns <= 0 && done > 0)
    failed(std::to_string(done) + " requests were done though the deadline was over");
}

void paced(Lab& lab, std::uint32_t depth) {
  constexpr std::size_t kRequests = 50;
  constexpr auto kEvery = kMillisecond / 2;
  Ready ready(lab, kRequests, {.depth = depth, .flags = IODYNO_PACED, .max_batch = kRequests});
  const auto begin = now() + kMillisecond;
  for (std::size_t i = 0; i < kRequests; ++i)
    ready.work.requests[i].not_before_ns = begin + i * kEvery;
  const auto answer = ready.bench.run(ready.work.requests);
  compare_stamps(ready.work.requests, answer, 0, depth);
  for (std::size_t i = 0; i < kRequests; ++i) {
    const auto& c = answer.completions[i];
    const auto who = describe(ready.work.requests[i], i, kRequests);
    if (c.error != 0) failed(who + ": " + name_of_error(c.error));
    if (c.start_ns < ready.work.requests[i].not_before_ns)
      failed(who + ": it was started " +
             std::to_string(ready.work.requests[i].not_before_ns - c.start_ns) +
             " ns before its time");
  }
}

/// What is due after the deadline is cancelled at once, and not waited for.
void paced_deadline(Lab& lab) {
  constexpr std::size_t kRequests = 20;
  Ready ready(lab, kRequests, {.depth = 2, .flags = IODYNO_PACED, .max_batch = kRequests});
  const auto begin = now(), when = begin + 5 * kMillisecond;
  for (std::size_t i = 0; i < kRequests; ++i)
    ready.work.requests[i].not_before_ns = i < 10 ? begin : begin + 3'600'000 * kMillisecond;
  const auto answer = ready.bench.run(ready.work.requests, 0, when);
  compare_cut(lab, ready, answer, 0, when);
  for (std::size_t i = 10; i < kRequests; ++i)
    if (answer.completions[i].error != ECANCELED)
      failed(describe(ready.work.requests[i], i, kRequests) +
             ", due after the deadline: expected ECANCELED, came " +
             name_of_error(answer.completions[i].error));
}

}  // namespace

std::vector<Check> time_checks(const BackendDescription& backend) {
  std::vector<Check> checks;
  for (const std::uint32_t depth : {1, 8}) {
    const auto at_depth = "/depth-" + std::to_string(depth);
    checks.push_back({"stamps/timed" + at_depth, [=](Lab& lab) { stamps(lab, depth, 0); }});
    checks.push_back(
        {"stamps/untimed" + at_depth, [=](Lab& lab) { stamps(lab, depth, IODYNO_UNTIMED); }});
    for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_UNTIMED}}) {
      const std::string how = flags ? "/untimed" : "/timed";
      checks.push_back({"deadline/past" + how + at_depth, [=](Lab& lab) {
                          deadline(lab, -std::int64_t(kMillisecond), flags, depth);
                        }});
      checks.push_back({"deadline/midway" + how + at_depth, [=](Lab& lab) {
                          deadline(lab, std::int64_t(5 * kMillisecond), flags, depth);
                        }});
    }
    checks.push_back({"deadline/far" + at_depth, [=](Lab& lab) {
                        deadline(lab, std::int64_t(3'600'000 * kMillisecond), 0, depth);
                      }});
    if (backend.flags & IODYNO_PACED)
      checks.push_back({"pace" + at_depth, [=](Lab& lab) { paced(lab, depth); }});
  }
  if (backend.flags & IODYNO_PACED) checks.push_back({"pace/deadline", paced_deadline});
  for (auto& check : checks) check.in_memory = true;
  return checks;
}

}  // namespace iodyno::host::conformance
