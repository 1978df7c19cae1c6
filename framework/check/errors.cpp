// Each error that a file system can answer, in its own request, while the others succeed.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "check/lab.hpp"
#include "scenario/operation.hpp"

/// Of the runtime of a sanitizer, if there is one.
extern "C" [[gnu::weak]] void __ubsan_handle_dynamic_type_cache_miss(void*, std::uintptr_t,
                                                                     std::uintptr_t);

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kSmall[] = {100, 0, 5000};

/// What stands in the way in every world of these checks.
void make_obstacles(Lab& lab) {
  lab.first.directory("directory");
  lab.first.file("directory/inside", "x");
  lab.first.file("file", "text");
  lab.second.directory("directory");
  lab.second.file("directory/inside", "x");
  lab.second.file("file", "text");
}

/// The request of an operation with another path: the model says what must come of it.
Request with_path(const Work& work, const std::string& path) {
  auto r = work.requests[0];
  r.path = path;
  return r;
}

/// Paths that can't be: none is there; below what is not there; below a file; a directory, or a
/// file, where it must be the other; and a name that is too long.
std::vector<Request> bad_requests(const Work& work, iodyno_op op) {
  std::vector<Request> bad;
  for (const std::string path : {"missing", "nowhere/name", "file/name", "directory", "file"}) {
    auto r = with_path(work, path);
    if (operation(op).second_path) r.path2 = "of-" + std::to_string(bad.size());
    if (op == IODYNO_OP_REPLACE) r.path2 = "temporary-" + std::to_string(bad.size());
    if (op == IODYNO_OP_CREATE || op == IODYNO_OP_MKDIR) {
      if (path == "missing") continue;  // that is not an error
    }
    if (op == IODYNO_OP_SYMLINK || (op == IODYNO_OP_REPLACE && path != "directory")) continue;
    if (operation(op).object == Object::file && path == "file" && operation(op).needs_object)
      continue;
    if (op == IODYNO_OP_STAT && path == "directory") continue;
    if (op == IODYNO_OP_RENAME && path == "directory") continue;  // which is none
    if (op == IODYNO_OP_LIST && path == "directory") continue;
    bad.push_back(r);
  }
  auto too_long = with_path(work, std::string(256, 'l'));
  if (op == IODYNO_OP_SYMLINK) too_long.path = "text", too_long.path2 = std::string(256, 'l');
  if (op == IODYNO_OP_REPLACE) too_long.path = "file", too_long.path2 = std::string(256, 'l');
  bad.push_back(too_long);
  if (operation(op).second_path)
    for (const std::string path2 : {"file", "directory", "nowhere/name", "file/name"}) {
      // Each of its own file: a rename replaces `file`, and takes it away.
      auto r = work.requests[work.requests.size() - 1 - bad.size() % 4];
      r.path2 = path2;
      bad.push_back(r);
    }
  return bad;
}

/// Bad requests among good ones. Those that share a path with a good one can't be in its batch.
void refusals(Lab& lab, iodyno_op op, std::uint32_t depth) {
  make_obstacles(lab);
  auto work = make_work(lab, op, 12, kSmall);
  const auto bad = bad_requests(work, op);
  std::vector<Request> mixed;
  for (std::size_t i = 0; i < 6; ++i) {
    mixed.push_back(work.requests[i]);
    for (std::size_t n = i; n < bad.size(); n += 6) mixed.push_back(bad[n]);
  }
  work.requests = mixed;
  run_and_compare(lab, work, {.opening = {.depth = depth}});
}

void too_short(Lab& lab, iodyno_op op) {
  constexpr std::uint64_t kBlock = 5000;
  auto work =
      make_work(lab, op, 9,
                operation(op).object == Object::block ? std::span(&kBlock, 1) : std::span(kSmall));
  for (std::size_t i = 1; i < work.requests.size(); i += 3) {
    if (operation(op).object == Object::block)
      work.requests[i].offset += 2 * kBlock + 1;
    else
      work.requests[i].length += 1 + i * 5000;
  }
  run_and_compare(lab, work, {.opening = {.depth = 2}});
}

void unknown_requests(Lab& lab, iodyno_op op) {
  auto work = make_work(
      lab, op, 3, operation(op).object == Object::block ? std::span(kSmall, 1) : std::span(kSmall));
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 2});
  require(bench, op);
  if (!work.set.empty()) bench.open_files(work.set, IODYNO_WRITABLE);
  auto strange = work.requests;
  strange[0].op = iodyno_op(31);
  strange[1].flags = 0x8000;
  const auto answer = bench.run(strange);
  for (int i = 0; i < 2; ++i)
    if (answer.completions[std::size_t(i)].error != ENOTSUP)
      failed(std::string(i == 0 ? "an operation that does not exist"
                                : "a request with a flag that does not exist") +
             ": expected ENOTSUP, came " + name_of_error(answer.completions[std::size_t(i)].error));
  if (answer.completions[2].error != 0)
    failed("the request beside them: " + name_of_error(answer.completions[2].error));
}

/// What the user may not do.
void denied(Lab& lab, iodyno_op op) {
  constexpr uid_t kNobody = 65534;
  if (operation(op).object == Object::block) skipped("files are opened before");
  auto work = make_work(lab, op, 3, kSmall);
  // All is the user's but a directory, which not even its owner may enter.
  for (World* world : {&lab.first, &lab.second}) {
    world->directory("locked");
    world->file("locked/file", "x");
    check(fchmodat(world->fd(), "locked", 0, 0), "chmod");
    if (geteuid() != 0) continue;
    check(fchown(world->fd(), kNobody, gid_t(-1)), "chown");
    for (const auto& [path, entry] : world->must)
      check(fchownat(world->fd(), path.c_str(), kNobody, gid_t(-1), AT_SYMLINK_NOFOLLOW), "chown");
  }
  if (geteuid() == 0) check(seteuid(kNobody), "seteuid");
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 2});
  require(bench, op);
  auto& r = work.requests[1];
  r.path = "locked/file";
  if (op == IODYNO_OP_SYMLINK) r.path2 = "locked/name";
  if (op == IODYNO_OP_REPLACE) r.path2 = "locked/new";
  const auto answer = bench.run(work.requests);
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    const int expected = i == 1 ? EACCES : 0, came = answer.completions[i].error;
    if (came != expected)
      failed(
          describe(work.requests[i], i, work.requests.size()) +
          (i == 1 ? ", below a directory that may not be entered" : ", beside one that may not") +
          ": expected " + name_of_error(expected) + ", came " + name_of_error(came));
  }
}

/// On a file system in memory that is soon full.
void full(Lab& lab, iodyno_op op) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    skipped("needs root, for a small file system of its own");
  // By its path: the descriptor is of the mounts that were before.
  const auto at = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(lab.second.fd()));
  if (mount("none", at.c_str(), "tmpfs", 0, "size=1m") != 0)
    skipped("no small file system can be mounted");
  const Fd small = open_at(AT_FDCWD, at.c_str(), O_RDONLY | O_DIRECTORY);
  constexpr std::uint64_t kSize = 100'000;
  auto work = make_work(lab, op, 20, std::span(&kSize, 1));
  const bool first = operation(op).writes;
  Bench bench(lab.plugin, first ? int(small) : lab.first.fd(), small,
              {.depth = 2, .max_batch = 20});
  require(bench, op);
  const auto answer = bench.run(work.requests);
  int good = 0;
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    const int error = answer.completions[i].error;
    if (error != 0 && error != ENOSPC)
      failed(describe(work.requests[i], i, 20) + ", on a file system that is full: expected " +
             "success or ENOSPC, came " + name_of_error(error));
    good += error == 0;
  }
  if (good == 0 || good == 20)
    failed(std::to_string(good) + " of 20 files of 100000 bytes are said to fit into 1 MiB");
  const auto there = contents_of(small);
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    if (answer.completions[i].error != 0) continue;
    const auto found = there.find(first ? work.requests[i].path : work.requests[i].path2);
    const auto must = first ? written_by(work.requests[i], bench.source())
                            : lab.first.must.at(work.requests[i].path).bytes;
    if (found == there.end() || found->second.bytes != must)
      failed(describe(work.requests[i], i, 20) + ": it succeeded, but its file is not whole");
  }
}

/// A write that comes to the greatest size that a file may have is short, and the next one fails.
void too_large(Lab& lab, iodyno_op op) {
  constexpr std::uint64_t kBoth[] = {100'000, 5'000};
  auto work = make_work(lab, op, 8, kBoth);
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 2});
  require(bench, op);
  signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  check(getrlimit(RLIMIT_FSIZE, &before), "getrlimit");
  const rlimit small{50'000, before.rlim_max};
  check(setrlimit(RLIMIT_FSIZE, &small), "setrlimit");
  const auto answer = bench.run(work.requests);
  check(setrlimit(RLIMIT_FSIZE, &before), "setrlimit");
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    const auto& r = work.requests[i];
    const int error = answer.completions[i].error;
    const auto who = describe(r, i, 8) + ", where files have at most 50000 bytes: ";
    if (error != 0 && (error != EFBIG || r.offset + r.length <= small.rlim_cur))
      failed(who + "expected success or EFBIG, came " + name_of_error(error));
    if (error != 0) continue;
    expect(r, lab.first, lab.second, bench.source());
    const World& where = op == IODYNO_OP_COPY ? lab.second : lab.first;
    const auto& path = op == IODYNO_OP_COPY ? r.path2 : r.path;
    if (contents_of(where.fd())[path] != where.must.at(path))
      failed(who + "it succeeded, but its file is not whole");
  }
}

/// No descriptor is left. A ring opens into a table of its own, and needs none.
void no_descriptors(Lab& lab, iodyno_op op) {
  if (__ubsan_handle_dynamic_type_cache_miss)
    skipped("the sanitizer looks at objects through a pipe, and needs descriptors itself");
  auto work = make_work(lab, op, 4, kSmall);
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 2});
  require(bench, op);
  const Fd highest = open_at(AT_FDCWD, "/dev/null", O_RDONLY);
  rlimit before;
  check(getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
  const rlimit none{rlim_t(int(highest)), before.rlim_max};
  check(setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
  auto answer = bench.run(work.requests);
  check(setrlimit(RLIMIT_NOFILE, &before), "setrlimit");
  std::vector<Request> again;
  for (std::size_t i = 0; i < work.requests.size(); ++i) {
    const int error = answer.completions[i].error;
    if (error != 0 && error != EMFILE)
      failed(describe(work.requests[i], i, 4) + ", without a descriptor left: expected EMFILE or " +
             "success, came " + name_of_error(error));
    if (error == 0)
      expect(work.requests[i], lab.first, lab.second, bench.source());
    else
      again.push_back(work.requests[i]);
  }
  if (op == IODYNO_OP_COPY || op == IODYNO_OP_CREATE)
    for (const auto& r : again)  // a copy may have come half way
      unlinkat(op == IODYNO_OP_COPY ? lab.second.fd() : lab.first.fd(), r.path.c_str(), 0);
  run_and_compare(lab, bench, {again, {}});
}

void across(Lab& lab, iodyno_op op) {
  auto work = make_work(lab, op, 6, kSmall);
  if (op == IODYNO_OP_COPY || op == IODYNO_OP_SYMLINK) return run_and_compare(lab, work);
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 2});
  require(bench, op);
  const auto answer = bench.run(work.requests);
  for (std::size_t i = 0; i < work.requests.size(); ++i)
    if (answer.completions[i].error != EXDEV)
      failed(describe(work.requests[i], i, 6) +
             ", onto another file system: expected EXDEV, came " +
             name_of_error(answer.completions[i].error));
  if (const auto wrong = lab.first.difference(); !wrong.empty()) failed("afterwards: " + wrong);
  if (const auto wrong = lab.second.difference(); !wrong.empty()) failed("afterwards: " + wrong);
}

void add_checks(std::vector<Check>& checks, iodyno_op op) {
  const auto& row = operation(op);
  const std::string name(row.name);
  const auto add = [&](const char* what, void (*body)(Lab&, iodyno_op)) -> Check& {
    return checks.emplace_back(Check{name + "/" + what, [=](Lab& lab) { body(lab, op); }});
  };
  add("unknown", unknown_requests);
  if (row.reads || op == IODYNO_OP_COPY) add("too-short", too_short);
  if (row.object == Object::block) return;
  if (row.writes || op == IODYNO_OP_COPY) add("too-large", too_large);
  for (const std::uint32_t depth : {1, 8})
    checks.push_back({name + "/refusals/depth-" + std::to_string(depth),
                      [=](Lab& lab) { refusals(lab, op, depth); }});
  add("denied", denied);
  add("no-descriptors", no_descriptors);
  if (op == IODYNO_OP_CREATE || op == IODYNO_OP_COPY) add("full", full);
  if (row.second_path) add("across", across).two_systems = true;
}

}  // namespace

std::vector<Check> error_checks(const BackendDescription& backend) {
  std::vector<Check> checks;
  for (const auto& row : operations())
    if (backend.ops & IODYNO_BIT(row.op)) add_checks(checks, row.op);
  return checks;
}

}  // namespace iodyno::host::conformance
