// What a session leaves behind in its process, and what it refuses.
#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>

#include "check/lab.hpp"
#include "scenario/operation.hpp"
#include "scenario/random.hpp"

/// Of the runtime of a sanitizer, if there is one.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kSmall[] = {100, 0, 5000};

std::size_t entries_of(const char* directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory), closedir);
  std::size_t count = 0;
  while (readdir(stream.get())) ++count;
  return count;
}

/// Whether memory is allocated by the runtime of a sanitizer.
bool sanitized() { return __sanitizer_get_current_allocated_bytes != nullptr; }

/// What has been allocated and not freed.
std::uint64_t allocated_bytes() {
  if (sanitized()) return __sanitizer_get_current_allocated_bytes();
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// How large the process is. A sanitizer keeps what is freed, in a part of the address space that
/// it has from the beginning: there only the address space as a whole tells of what was mapped.
std::uint64_t process_kib() {
  const std::string field = sanitized() ? "VmSize:" : "VmRSS:";
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == field && status >> kib) return kib;
  }
  return 0;
}

struct Resources {
  std::size_t descriptors = entries_of("/proc/self/fd"), threads = entries_of("/proc/self/task");
};

/// A sanitizer begins a thread of its own with the first one of a process, and keeps it.
Resources resources_before() {
  if (sanitized()) std::thread([] {}).join();
  return {};
}

/// The kernel takes a moment to end the threads of a ring.
void compare_resources(const Resources& before, const std::string& after_what) {
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    const Resources is;
    if (is.descriptors <= before.descriptors && is.threads <= before.threads) return;
    usleep(10'000);
  }
  const Resources is;
  if (is.descriptors > before.descriptors)
    failed("after " + after_what + " " + std::to_string(is.descriptors - before.descriptors) +
           " more descriptors are open than before");
  failed("after " + after_what + " there are " + std::to_string(is.threads - before.threads) +
         " more threads than before");
}

/// All operations that a lab can have done, on files of their own.
void do_everything(Lab& lab, Bench& bench, std::size_t count) {
  for (const auto& row : operations()) {
    if (!lab.has(row.op) || !(bench.ops() & IODYNO_BIT(row.op))) continue;
    auto work = make_work(lab, row.op, count,
                          row.object == Object::block ? std::span(kSmall, 1) : std::span(kSmall));
    run_and_compare(lab, bench, work);
    if (!work.set.empty()) bench.open_files({}, 0);
    for (World* world : {&lab.first, &lab.second}) {
      const auto there = contents_of(world->fd());
      for (auto at = there.rbegin(); at != there.rend(); ++at)
        unlinkat(world->fd(), at->first.c_str(),
                 at->second.kind == Entry::Kind::directory ? AT_REMOVEDIR : 0);
      world->must.clear();
    }
  }
}

void open_and_close(Lab& lab) {
  constexpr int kTimes = 100, kWarm = 10;
  constexpr std::uint64_t kGrowthKib = 4096, kGrowthBytes = 65536;
  const auto once = [&] {
    Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 4, .max_batch = 16});
    do_everything(lab, bench, 3);
    bench.close();
  };
  const auto before = resources_before();
  std::uint64_t process = 0, allocated = 0;
  for (int i = 0; i < kTimes; ++i) {
    once();
    if (i == kWarm) process = process_kib(), allocated = allocated_bytes();
  }
  compare_resources(before, std::to_string(kTimes) + " sessions");
  const auto sessions = std::to_string(kTimes - kWarm) + " sessions ";
  if (const auto is = allocated_bytes(); is > allocated + kGrowthBytes)
    failed(sessions + "left " + std::to_string((is - allocated) / 1024) + " KiB of memory in use");
  if (const auto is = process_kib(); is > process + (sanitized() ? 16 : 1) * kGrowthKib)
    failed(sessions + "made memory grow by " + std::to_string((is - process) / 1024) + " MiB");
}

/// Requests that fail in their first step, and those that fail when they have opened something.
std::vector<Request> failing_requests(Lab& lab, const Bench& bench) {
  lab.first.directory("directory");
  lab.first.file("file", "text");
  lab.second.file("file", "text");
  std::vector<Request> all;
  for (const auto& row : operations()) {
    if (!lab.has(row.op) || !(bench.ops() & IODYNO_BIT(row.op)) || row.object == Object::block)
      continue;
    if (row.needs_object && row.op != IODYNO_OP_REPLACE)
      all.push_back({.op = row.op, .path = "missing", .path2 = "never", .length = 10});
    if (row.op == IODYNO_OP_CREATE || row.op == IODYNO_OP_MKDIR)
      all.push_back({.op = row.op, .path = "file", .length = 10});
    if (row.op == IODYNO_OP_READ) all.push_back({.op = row.op, .path = "file", .length = 10});
    if (row.op == IODYNO_OP_READ) all.push_back({.op = row.op, .path = "directory", .length = 10});
    if (row.op == IODYNO_OP_COPY)
      all.push_back({.op = row.op, .path = "file", .path2 = "file", .length = 4});
    if (row.op == IODYNO_OP_LIST) all.push_back({.op = row.op, .path = "file", .length = 10});
  }
  if (all.empty()) skipped("it has no operation that can fail here");
  return all;
}

/// Also when requests fail. Threads may come while a session is open, and must go with it.
void failures_leak_nothing(Lab& lab) {
  if (lab.synthetic()) skipped("what does no I/O does not fail");
  const auto at_first = resources_before();
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 4, .max_batch = 1000});
  const auto some = failing_requests(lab, bench);
  std::vector<Request> requests;
  for (int i = 0; i < 40; ++i) requests.insert(requests.end(), some.begin(), some.end());
  bench.run(requests);
  const Resources before;
  for (int i = 0; i < 50; ++i)
    for (const auto& c : bench.run(requests).completions)
      if (c.error == 0) failed("a request that can't be done succeeded");
  const auto many = std::to_string(50 * requests.size()) + " failed requests";
  if (const Resources is; is.descriptors > before.descriptors)
    failed("after " + many + " " + std::to_string(is.descriptors - before.descriptors) +
           " more descriptors are open than before");
  bench.close();
  compare_resources(at_first, many);
}

/// Another lab with the same plugin, below the directories of the first.
Lab part_of(const Lab& lab, std::uint64_t number) {
  const auto name = "part-" + std::to_string(number);
  return {lab.plugin, World(lab.first.fd(), name), World(lab.second.fd(), name + "-second"),
          lab.seed, number};
}

/// Each on a thread of its own, as a session belongs to the thread that opened it.
void two_at_once(Lab& lab) {
  std::string broken[2];
  const auto work = [&](int which) {
    try {
      Lab mine = part_of(lab, std::uint64_t(which) + 1);
      Bench bench(mine.plugin, mine.first.fd(), mine.second.fd(), {.depth = 2, .max_batch = 32});
      for (int i = 0; i < 5; ++i) do_everything(mine, bench, 20);
    } catch (const std::exception& e) {
      broken[which] = e.what();
    }
  };
  std::thread second([&] { work(1); });
  work(0);
  second.join();
  for (const auto& what : broken)
    if (!what.empty()) failed("beside another session: " + what);
}

/// Two sessions of one thread, of which the batches take turns.
void turns(Lab& lab) {
  const auto op = lab.has(IODYNO_OP_READ) ? IODYNO_OP_READ : IODYNO_OP_CREATE;
  if (!lab.has(op)) skipped("it neither reads nor creates files");
  Lab one = part_of(lab, 1), two = part_of(lab, 2);
  const auto first = make_work(one, op, 30, kSmall), second = make_work(two, op, 30, kSmall);
  Bench a(lab.plugin, one.first.fd(), one.second.fd(), {.depth = 2, .max_batch = 10}),
      b(lab.plugin, two.first.fd(), two.second.fd(), {.depth = 4, .max_batch = 10});
  for (long at = 0; at < 30; at += 10) {
    const auto part = [at](const Work& work) {
      return Work{{work.requests.begin() + at, work.requests.begin() + at + 10}, {}};
    };
    run_and_compare(two, b, part(second));
    run_and_compare(one, a, part(first));
  }
}

void refuses(Lab& lab, const Opening& opening, const char* what) {
  try {
    const Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), opening);
  } catch (const Refused& e) {
    if (e.code != ENOTSUP)
      failed(std::string(what) + ": expected ENOTSUP, came " + name_of_error(e.code));
    return;
  }
  failed(std::string(what) + ": expected ENOTSUP, and the session opened");
}

void unknown_flags(Lab& lab) {
  refuses(lab, {.flags = 1u << 31}, "a flag of the session that does not exist");
  const auto& descriptor = lab.plugin.descriptor();
  for (const std::uint32_t flag : {IODYNO_DIRECT, IODYNO_PACED})
    if (!(descriptor.flags & flag))
      refuses(lab, {.flags = flag}, "a flag of the session that its descriptor has not");
  if (descriptor.open_files != nullptr) {
    Bench bench(lab.plugin, lab.first.fd(), lab.second.fd());
    if (const int status = bench.open_files({}, 1u << 31); status != ENOTSUP)
      failed("a flag of open_files() that does not exist: expected ENOTSUP, came " +
             name_of_error(status));
  }
  // A batch that failed is the last of its session.
  for (const auto& row : operations()) {
    if (!lab.has(row.op)) continue;
    const auto work = make_work(lab, row.op, 1, std::span(kSmall, 1));
    Bench bench(lab.plugin, lab.first.fd(), lab.second.fd());
    require(bench, row.op);
    if (!work.set.empty()) bench.open_files(work.set, IODYNO_WRITABLE);
    if (const int status = bench.run(work.requests, 1u << 31).status; status != ENOTSUP)
      failed("a flag of the batch that does not exist: expected ENOTSUP, came " +
             name_of_error(status));
    return;
  }
}

/// A later host has a larger config.
void later_host(Lab& lab) {
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(),
              {.depth = 2, .max_batch = 32, .larger = 64});
  do_everything(lab, bench, 5);
}

/// What belongs to the process is not a plugin's to change.
struct Surroundings {
  std::string directory, locale;
  mode_t mask;
  sigset_t signals;
  void (*handlers[32])(int);

  Surroundings() {
    char path[4096];
    directory = getcwd(path, sizeof path) ? path : "";
    locale = std::setlocale(LC_ALL, nullptr);
    umask(mask = umask(0));
    pthread_sigmask(SIG_SETMASK, nullptr, &signals);
    for (int i = 1; i < 32; ++i) {
      struct sigaction action {};
      sigaction(i, nullptr, &action);
      handlers[i] = action.sa_handler;
    }
  }
};

void compare_surroundings(const Surroundings& before, const Surroundings& after) {
  if (after.directory != before.directory)
    failed("it changed the working directory to " + after.directory);
  if (after.locale != before.locale) failed("it changed the locale to " + after.locale);
  if (after.mask != before.mask) failed("it changed the umask");
  for (int i = 1; i < 32; ++i) {
    if (sigismember(&after.signals, i) != sigismember(&before.signals, i))
      failed(std::string("it changed whether SIG") + sigabbrev_np(i) + " is blocked");
    if (after.handlers[i] != before.handlers[i])
      failed(std::string("it changed the handler of SIG") + sigabbrev_np(i));
  }
}

/// Not even for the time of a session: others run beside it.
void surroundings(Lab& lab) {
  const Surroundings before;
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), {.depth = 4, .max_batch = 32});
  do_everything(lab, bench, 10);
  compare_surroundings(before, {});
  bench.close();
  compare_surroundings(before, {});
}

/// A seeded mixture: batches of random length, of random operations on random files.
void at_random(Lab& lab, std::uint64_t seed) {
  std::uint64_t draws = 0;
  const auto draw = [&](std::uint64_t bound) { return below(mix(seed, ++draws), bound); };
  const std::uint64_t sizes[] = {draw(10'000), draw(100), draw(70'000), draw(5'000)};
  std::vector<Work> all;
  std::vector<iodyno_op> ops;
  for (const auto& row : operations())
    if (lab.has(row.op) && row.object == Object::file) ops.push_back(row.op);
  if (ops.empty()) skipped("it has no operation on files");
  Opening opening{
      .depth = std::uint32_t(1 + draw(16)), .max_batch = 64, .buffer_size = 4096 * (1 + draw(8))};
  Bench bench(lab.plugin, lab.first.fd(), lab.second.fd(), opening);
  for (int round = 0; round < 20; ++round) {
    Work mixed;
    const auto length = 1 + draw(64);
    for (std::uint64_t i = 0; i < length; ++i) {
      const auto op = ops[draw(ops.size())];
      if (!(bench.ops() & IODYNO_BIT(op))) continue;
      // Names of their own: requests of a batch are independent of one another.
      const auto name = "r" + std::to_string(round) + "-" + std::to_string(i);
      auto one = make_work(lab, op, 1, std::span(&sizes[draw(4)], 1)).requests[0];
      if (const auto at = lab.first.must.find(one.path); at != lab.first.must.end()) {
        check(renameat(lab.first.fd(), one.path.c_str(), lab.first.fd(), name.c_str()));
        lab.first.must[name] = at->second;
        lab.first.must.erase(one.path);
      }
      one.path = name;
      if (operation(op).second_path) one.path2 = name;
      if (op == IODYNO_OP_REPLACE) one.path2 = name + ".new";
      if (draw(10) == 0) one.path = "missing-" + name;
      mixed.requests.push_back(std::move(one));
    }
    run_and_compare(lab, bench, mixed, draw(2) == 0 ? IODYNO_UNTIMED : 0);
  }
}

}  // namespace

std::vector<Check> session_checks(const BackendDescription&) {
  std::vector<Check> checks{{"session/opened-100-times", open_and_close},
                            {"session/failures-leak-nothing", failures_leak_nothing},
                            {"session/two-at-once", two_at_once},
                            {"session/turns", turns},
                            {"session/unknown-flags", unknown_flags},
                            {"session/later-host", later_host},
                            {"session/surroundings", surroundings}};
  for (int i = 1; i <= 5; ++i)
    checks.push_back({"random/" + std::to_string(i),
                      [i](Lab& lab) { at_random(lab, mix(lab.seed, std::uint64_t(i))); }});
  for (auto& check : checks) check.in_memory = true;
  return checks;
}

}  // namespace iodyno::host::conformance
