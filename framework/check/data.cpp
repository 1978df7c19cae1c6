// What is read, written and left behind: of every operation, for files of all sizes, in batches of
// all lengths, at several depths.
#include <sys/stat.h>

#include "check/lab.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host::conformance {
namespace {

// Empty, one byte, odd, a block, and more than the buffer of a slot holds.
constexpr std::uint64_t kSizes[] = {0, 1, 4095, 4096, 4097, 8192, 20480, 65536 + 7, (1 << 20) + 3};
constexpr std::uint64_t kSmall[] = {100, 0, 1, 4096, 5000};
constexpr std::uint64_t kTiny[] = {10, 0};

/// A block has one size in a piece of work; these take several buffers, one, and part of one.
constexpr std::uint64_t kBlocks[] = {1, 4096, 1000, 20480, 65536};

void sizes(Lab& lab, iodyno_op op, const How& how) {
  if (operation(op).object != Object::block)
    return run_and_compare(lab, make_work(lab, op, std::size(kSizes), kSizes), how);
  for (const auto block : kBlocks) {
    if ((how.opening.flags & IODYNO_DIRECT) && block % 4096 != 0) continue;
    auto work = make_work(lab, op, 12, std::span(&block, 1));
    run_and_compare(lab, work, how);
    for (const auto& path : work.set) {
      unlinkat(lab.first.fd(), path.c_str(), 0);
      lab.first.must.erase(path);
    }
  }
}

void many(Lab& lab, iodyno_op op, std::size_t count, std::uint32_t depth,
          std::span<const std::uint64_t> sizes) {
  if (operation(op).object == Object::block) sizes = sizes.first(1);
  run_and_compare(lab, make_work(lab, op, count, sizes), {.opening = {.depth = depth}});
}

void unknown_sizes(Lab& lab, iodyno_op op, std::uint32_t depth) {
  auto work = make_work(lab, op, std::size(kSizes), kSizes);
  for (auto& request : work.requests) request.length = IODYNO_SIZE_UNKNOWN;
  run_and_compare(lab, work, {.opening = {.depth = depth}});
}

void durable(Lab& lab, iodyno_op op) {
  auto work =
      make_work(lab, op, 20,
                operation(op).object == Object::block ? std::span(kSmall, 1) : std::span(kSmall));
  for (auto& request : work.requests) request.flags = IODYNO_DURABLE;
  run_and_compare(lab, work, {.opening = {.depth = 3}});
}

void direct(Lab& lab, iodyno_op op, std::uint32_t depth) try {
  sizes(lab, op, {.opening = {.depth = depth, .flags = IODYNO_DIRECT}});
} catch (const Refused& e) {
  skipped(std::string("open() with IODYNO_DIRECT: ") + e.what());
}

/// Paths are bytes: of 255, not all of them UTF-8.
void names(Lab& lab, iodyno_op op) {
  auto work = make_work(lab, op, 2, kSmall);
  const std::string names[] = {std::string(255, 'n'), "\xff\xfe\x80 \t\n'\"\\"};
  for (int i = 0; i < 2; ++i) {
    auto& r = work.requests[std::size_t(i)];
    const auto at = lab.first.must.find(r.path);
    if (at != lab.first.must.end()) {
      if (renameat(lab.first.fd(), r.path.c_str(), lab.first.fd(), names[i].c_str()) != 0)
        skipped("the file system does not take such a name: " + name_of_error(errno));
      Contents moved;  // what lies below a directory moves along
      for (const auto& [path, entry] : lab.first.must)
        moved[path == r.path                   ? names[i]
              : path.starts_with(r.path + "/") ? names[i] + path.substr(r.path.size())
                                               : path] = entry;
      lab.first.must = std::move(moved);
    }
    r.path = names[i];
    if (operation(op).second_path) r.path2 = names[i];
    if (op == IODYNO_OP_REPLACE) r.path2 = i == 0 ? std::string(255, 'm') : names[i] + ".new";
  }
  run_and_compare(lab, work);
}

/// What is new has the mode that the header says, less the umask: as one that is made beside it.
void modes(Lab& lab, iodyno_op op) {
  const bool is_directory = op == IODYNO_OP_MKDIR;
  const auto work = make_work(lab, op, 3, kSmall);
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd());
  require(bench, op);
  constexpr mode_t kMasks[] = {0, 022, 0137};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& r = work.requests[i];
    World& where = op == IODYNO_OP_COPY ? lab.second : lab.first;
    const auto before = umask(kMasks[i]);
    const auto answer = bench.run({r});
    const auto beside = "beside-" + r.path;
    if (is_directory)
      check(mkdirat(where.fd(), beside.c_str(), 0755));
    else
      open_at(where.fd(), beside.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644).close();
    umask(before);
    const auto who = describe(r, i, 3);
    if (answer.completions[0].error != 0)
      failed(who + ": " + name_of_error(answer.completions[0].error));
    const auto mode_of = [&](const std::string& path) {
      struct stat status;
      check(fstatat(where.fd(), path.c_str(), &status, 0), path.c_str());
      char text[16];
      std::snprintf(text, sizeof text, "%04o", status.st_mode & 07777);
      return std::string(text);
    };
    const auto must = mode_of(beside), is = mode_of(op == IODYNO_OP_COPY ? r.path2 : r.path);
    if (is != must) failed(who + ": expected mode " + must + ", came " + is);
  }
}

/// Of a link: what it leads to.
void links(Lab& lab, iodyno_op op) {
  auto work = make_work(lab, op, 1, kSmall);
  auto& r = work.requests[0];
  check(symlinkat(r.path.c_str(), lab.first.fd(), "link"));
  const auto size = lab.first.must[r.path].bytes.size();
  r.path = "link";
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd());
  require(bench, op);
  const auto answer = bench.run({r});
  const auto& c = answer.completions[0];
  if (c.error != 0) failed(describe(r, 0, 1) + ": " + name_of_error(c.error));
  if (c.bytes != size)
    failed(describe(r, 0, 1) + ": expected " + std::to_string(size) +
           " bytes to be counted, came " + std::to_string(c.bytes));
}

/// Again and again in one session: nothing of a batch may stay for the next one.
void batches(Lab& lab, iodyno_op op) {
  const auto sizes =
      operation(op).object == Object::block ? std::span(kSmall, 1) : std::span(kSmall);
  const auto all = make_work(lab, op, 30, sizes);
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 4, .max_batch = 7});
  require(bench, op);
  for (std::size_t begin = 0; begin < 30;) {
    const auto count = std::min<std::size_t>(1 + begin % 7, 30 - begin);
    Work some{{all.requests.begin() + long(begin), all.requests.begin() + long(begin + count)},
              all.set};
    run_and_compare(lab, bench, some, begin % 2 == 0 ? IODYNO_UNTIMED : 0);
    begin += count;
  }
}

/// Files of the set are replaced, closed, and not there.
void open_sets(Lab& lab) {
  const std::uint64_t block = 100;
  const auto op = lab.has(IODYNO_OP_READ_BLOCK) ? IODYNO_OP_READ_BLOCK : IODYNO_OP_WRITE_BLOCK;
  auto work = make_work(lab, op, 6, std::span(&block, 1));
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd());
  require(bench, op);
  run_and_compare(lab, bench, work);
  std::swap(work.set[0], work.set[2]);
  run_and_compare(lab, bench, work);
  if (const int error = bench.open_files({work.set[0], "is-not-there"}, 0); error != ENOENT)
    failed("open_files() of a file that is not there: expected ENOENT, came " +
           name_of_error(error));
  if (const int error = bench.run({work.requests[0]}).completions[0].error; error != EBADF)
    failed("a request after open_files() had failed, when the set is empty: expected EBADF, came " +
           name_of_error(error));
  run_and_compare(lab, bench, work);
  if (const int error = bench.open_files({}, 0))
    failed("open_files() of no file: " + name_of_error(error));
  if (const int error = bench.run({work.requests[0]}).completions[0].error; error != EBADF)
    failed("a request after all files of the set were closed: expected EBADF, came " +
           name_of_error(error));
}

void add_checks(std::vector<Check>& checks, iodyno_op op, const BackendDescription& backend) {
  const std::string name(operation(op).name);
  const auto add = [&](const std::string& what, std::function<void(Lab&)> body) -> Check& {
    return checks.emplace_back(Check{name + "/" + what, std::move(body)});
  };
  for (const std::uint32_t depth : {1, 2, 64})
    add("sizes/depth-" + std::to_string(depth),
        [=](Lab& lab) { sizes(lab, op, {.opening = {.depth = depth}}); });
  add("untimed", [=](Lab& lab) { sizes(lab, op, {.batch_flags = IODYNO_UNTIMED}); });
  add("rehearsal", [=](Lab& lab) {
    sizes(lab, op, {.opening = {.depth = 2}, .batch_flags = IODYNO_UNTIMED | IODYNO_REHEARSAL});
  });
  add("no-buffers", [=](Lab& lab) { sizes(lab, op, {.opening = {.depth = 2, .buffer_size = 0}}); });
  for (const std::size_t count : {0, 1, 7})
    add("batch-of-" + std::to_string(count), [=](Lab& lab) { many(lab, op, count, 2, kSmall); });
  for (const std::uint32_t depth : {1, 64})
    add("batch-of-1000/depth-" + std::to_string(depth),
        [=](Lab& lab) { many(lab, op, 1'000, depth, kSmall); });
  add("batch-of-100000", [=](Lab& lab) { many(lab, op, 100'000, 2, kTiny); }).in_memory = true;
  add("batches", [=](Lab& lab) { batches(lab, op); });
  if (op == IODYNO_OP_READ || op == IODYNO_OP_COPY)
    for (const std::uint32_t depth : {1, 4})
      add("unknown-sizes/depth-" + std::to_string(depth),
          [=](Lab& lab) { unknown_sizes(lab, op, depth); });
  if (operation(op).writes || op == IODYNO_OP_COPY)
    add("durable", [=](Lab& lab) { durable(lab, op); });
  if (backend.flags & IODYNO_DIRECT)
    for (const std::uint32_t depth : {1, 4})
      add("direct/depth-" + std::to_string(depth), [=](Lab& lab) { direct(lab, op, depth); });
  if (operation(op).object != Object::block) add("names", [=](Lab& lab) { names(lab, op); });
  if (op == IODYNO_OP_CREATE || op == IODYNO_OP_COPY || op == IODYNO_OP_MKDIR ||
      op == IODYNO_OP_REPLACE)
    add("modes", [=](Lab& lab) { modes(lab, op); });
  if (op == IODYNO_OP_STAT) add("links", [=](Lab& lab) { links(lab, op); });
}

}  // namespace

std::vector<Check> data_checks(const BackendDescription& backend) {
  std::vector<Check> checks;
  for (const auto& row : operations())
    if (backend.ops & IODYNO_BIT(row.op)) add_checks(checks, row.op, backend);
  if (backend.ops & (IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_WRITE_BLOCK)))
    checks.push_back({"open-files", open_sets});
  return checks;
}

}  // namespace iodyno::host::conformance
