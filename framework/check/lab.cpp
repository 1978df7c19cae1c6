#include "check/lab.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "report/gbench.hpp"
#include "scenario/operation.hpp"
#include "scenario/random.hpp"

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kSomeDirectories = 1000;  // so many have something in them
constexpr std::uint32_t kKnownHow = IODYNO_SHARED | IODYNO_FALLBACK | IODYNO_CACHED | IODYNO_PUNTED;

class Maker {
 public:
  Maker(Lab& lab, iodyno_op op, std::span<const std::uint64_t> sizes)
      : lab_(lab), op_(op), sizes_(sizes) {}

  Work make(std::size_t count) {
    if (operation(op_).object == Object::block) return blocks(count);
    for (std::size_t i = 0; i < count; ++i) add(i);
    return std::move(work_);
  }

 private:
  void add(std::size_t i) {
    const auto size = sizes_[i % sizes_.size()];
    Request r{.op = op_, .path = name(i)};
    const auto& row = operation(op_);
    if (row.writes) r.length = size, r.data = i * 7 % 33 * kPage;
    if (row.second_path) r.path2 = r.path;
    switch (op_) {
      case IODYNO_OP_CREATE:
      case IODYNO_OP_MKDIR:
      case IODYNO_OP_SYMLINK: break;
      case IODYNO_OP_RMDIR: lab_.first.directory(r.path); break;
      case IODYNO_OP_LIST: {
        lab_.first.directory(r.path);
        const std::size_t entries = i < kSomeDirectories ? i % 5 : 0;
        for (std::size_t n = 0; n < entries; ++n)
          lab_.first.file(r.path + "/" + std::to_string(n), "");
        r.length = expectation(i, entries);
        break;
      }
      case IODYNO_OP_STAT:
        lab_.first.file(r.path, text(size, i));
        r.length = expectation(i, size);
        break;
      case IODYNO_OP_OVERWRITE:  // what lies behind stays
        lab_.first.file(r.path, text(size + i % 2 * 100, i));
        break;
      case IODYNO_OP_REWRITE: lab_.first.file(r.path, text(size + i % 3 * 5000, i)); break;
      case IODYNO_OP_REPLACE:
        lab_.first.file(r.path, text(i % 3 * 100, i));
        r.path2 = r.path + ".new";
        break;
      case IODYNO_OP_APPEND:
        r.offset = sizes_[(i + 1) % sizes_.size()];
        lab_.first.file(r.path, text(r.offset, i));
        break;
      default:
        lab_.first.file(r.path, text(size, i));
        if (op_ == IODYNO_OP_READ || op_ == IODYNO_OP_COPY) r.length = size;
    }
    work_.requests.push_back(std::move(r));
  }

  /// Of three files, each block of its own.
  Work blocks(std::size_t count) {
    constexpr std::size_t kFiles = 3;
    const auto block = std::max<std::uint64_t>(1, std::ranges::max(sizes_));
    for (std::size_t f = 0; f < kFiles; ++f) {
      work_.set.push_back("set-" + std::to_string(f));
      lab_.first.file(work_.set.back(), text((count / kFiles + 1) * block, f));
    }
    for (std::size_t i = 0; i < count; ++i) {
      Request r{.op = op_, .file = std::uint32_t(i % kFiles)};
      if (op_ != IODYNO_OP_FSYNC) {
        r.offset = i / kFiles * block;
        r.length = block;
      }
      if (op_ == IODYNO_OP_WRITE_BLOCK) r.data = i * 5 % 33 * kPage;
      work_.requests.push_back(std::move(r));
    }
    return std::move(work_);
  }

  /// What the host expects is for information: it may be right, unknown, or wrong.
  static std::uint64_t expectation(std::size_t i, std::uint64_t is) {
    return i % 3 == 0 ? is : i % 3 == 1 ? is + 1 : IODYNO_SIZE_UNKNOWN;
  }

  /// Of a file.
  std::string text(std::uint64_t size, std::uint64_t i) const {
    return text_of(size, mix(lab_.number, i));
  }

  static std::string name(std::size_t i) { return "f" + std::to_string(i); }

  Lab& lab_;
  const iodyno_op op_;
  const std::span<const std::uint64_t> sizes_;
  Work work_;
};

/// A request that fails may leave its new file behind, in part.
void allow_remains(World& world, const std::string& path) {
  struct stat status;
  if (world.must.contains(path) || fstatat(world.fd(), path.c_str(), &status, 0) != 0) return;
  if (S_ISREG(status.st_mode)) world.must[path] = contents_of(world.fd()).at(path);
}

std::string list_errors(const std::vector<int>& errors) {
  std::string text;
  for (const int error : errors) text += (text.empty() ? "" : " or ") + name_of_error(error);
  return text;
}

void compare_one(const Request& r, const Expected& expected, const iodyno_completion& c,
                 const std::string& delivered, const std::string& who) {
  if (c.error == IODYNO_PENDING) failed(who + ": it was never completed");
  if (!expected.errors.empty()) {
    if (std::ranges::find(expected.errors, c.error) == expected.errors.end())
      failed(who + ": expected " + list_errors(expected.errors) + ", came " +
             name_of_error(c.error));
    return;
  }
  if (c.error != 0) failed(who + ": expected success, came " + name_of_error(c.error));
  if (c.bytes != expected.bytes)
    failed(who + ": expected " + std::to_string(expected.bytes) + " bytes to be counted, came " +
           std::to_string(c.bytes));
  if (c.how & ~kKnownHow) failed(who + ": `how` has bits that have no meaning");
  if (!operation(r.op).reads && !delivered.empty())
    failed(who + ": it delivered bytes of an operation that reads nothing");
  if (const auto wrong = first_difference(expected.delivered, delivered); !wrong.empty())
    failed(who + ": what was delivered: " + wrong);
}

}  // namespace

Work make_work(Lab& lab, iodyno_op op, std::size_t count, std::span<const std::uint64_t> sizes) {
  return Maker(lab, op, sizes).make(count);
}

void require(const Bench& bench, iodyno_op op) {
  if (bench.ops() & IODYNO_BIT(op)) return;
  const auto why = bench.why_not(op);
  skipped("the backend says that " + std::string(operation(op).name) + " does not work here" +
          (why.empty() ? "" : ": " + why));
}

void compare_stamps(const std::vector<Request>& requests, const Answer& answer,
                    std::uint32_t batch_flags, std::uint32_t depth) {
  std::vector<std::pair<std::uint64_t, int>> events;  // at the same time, ends come first
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& c = answer.completions[i];
    const auto who = describe(requests[i], i, requests.size());
    if ((batch_flags & IODYNO_UNTIMED) || c.error == ECANCELED) {
      if (c.start_ns != 0 || c.end_ns != 0)
        failed(who + ": it has stamps, though " +
               (c.error == ECANCELED ? "it was never started" : "the batch is untimed"));
      continue;
    }
    if (c.start_ns < answer.began_ns || c.end_ns > answer.ended_ns)
      failed(who + ": a stamp lies outside of the window of run(): it began " +
             std::to_string(std::int64_t(c.start_ns - answer.began_ns)) +
             " ns after run(), and ended " +
             std::to_string(std::int64_t(answer.ended_ns - c.end_ns)) + " ns before it returned");
    if (c.end_ns < c.start_ns) failed(who + ": it ends before it starts");
    if (c.end_ns > c.start_ns) events.insert(events.end(), {{c.start_ns, 1}, {c.end_ns, -1}});
  }
  std::ranges::sort(events);
  std::int64_t in_flight = 0, most = 0;
  for (const auto& [when, change] : events) most = std::max(most, in_flight += change);
  if (most > std::int64_t{depth})
    failed("the stamps say that " + std::to_string(most) +
           " requests were in flight at once, at a depth of " + std::to_string(depth));
}

void run_and_compare(Lab& lab, Bench& bench, const Work& work, std::uint32_t batch_flags) {
  if (!work.set.empty()) {
    const bool writes = work.requests.empty() || operation(work.requests[0].op).writes;
    if (const int error = bench.open_files(work.set, writes ? IODYNO_WRITABLE : 0))
      failed("open_files() of files that are there: " + name_of_error(error));
  }
  std::vector<Expected> expected;
  for (const auto& request : work.requests)
    expected.push_back(expect(request, lab.first, lab.second, bench.source(), work.set));
  const auto answer = bench.run(work.requests, batch_flags);
  if (answer.status != 0) failed("run() failed: " + name_of_error(answer.status));
  if (lab.synthetic()) return compare_stamps(work.requests, answer, batch_flags, bench.depth());
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    compare_one(work.requests[i], expected[i], answer.completions[i], answer.delivered[i],
                describe(work.requests[i], i, work.requests.size()));
    if (expected[i].errors.empty()) continue;
    if (work.requests[i].op == IODYNO_OP_COPY)
      allow_remains(lab.second, work.requests[i].path2);
    else if (work.requests[i].op == IODYNO_OP_CREATE)
      allow_remains(lab.first, work.requests[i].path);
  }
  compare_stamps(work.requests, answer, batch_flags, bench.depth());
  if (const auto wrong = lab.first.difference(); !wrong.empty())
    failed("afterwards, below the first directory: " + wrong);
  if (const auto wrong = lab.second.difference(); !wrong.empty())
    failed("afterwards, below the second directory: " + wrong);
}

void run_and_compare(Lab& lab, const Work& work, const How& how) {
  auto opening = how.opening;
  opening.max_batch = std::uint32_t(std::max<std::size_t>(1, work.requests.size()));
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), opening);
  for (const auto& request : work.requests) require(bench, request.op);
  run_and_compare(lab, bench, work, how.batch_flags);
  if (!work.set.empty()) bench.open_files({}, 0);
  bench.close();
}

}  // namespace iodyno::host::conformance
