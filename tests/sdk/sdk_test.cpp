// The C++ SDK, seen from the C ABI: what PerRequest promises, options, and errors at the boundary.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <barrier>
#include <fstream>
#include <iodyno/posix.hpp>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "host.hpp"

namespace sdk_test {
namespace {

/// Does what `request.data` says.
enum Act : std::uint64_t {
  kSucceed,
  kThrowErrno,
  kThrowNoErrno,
  kThrowMemory,
  kThrowAnything,
  kMeet
};

struct Probe : iodyno::PerRequest<Probe> {
  static constexpr auto name = "probe", version = "1.0", summary = "what a test needs";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ, IODYNO_OP_DELETE, IODYNO_OP_LINK);
  static constexpr std::uint32_t flags = IODYNO_PACED;
  static constexpr std::array<iodyno_option, 0> options{};

  static inline std::atomic<int> performed;
  static inline std::barrier<>* meeting = nullptr;
  static inline std::mutex mutex;
  static inline std::set<std::uint32_t> slots;

  explicit Probe(const iodyno::Config& c) : PerRequest(c) {
    performed = 0;
    slots.clear();
    if (c.kept() != nullptr) c.note("kept", c.kept());
    c.keep("learned");
    c.unsupported(IODYNO_OP_LINK, "it is a test");
  }
  void run(const iodyno_batch& batch) {
    PerRequest::run(batch);
    config.count("requests", batch.count);
  }
  iodyno::Done perform(const iodyno_request& r, std::uint32_t slot) {
    ++performed;
    switch (r.data) {
      case kThrowErrno: iodyno::fail(ENOENT, "gone");
      case kThrowNoErrno: throw std::system_error(std::error_code());
      case kThrowMemory: throw std::bad_alloc();
      case kThrowAnything: throw 42;
      case kMeet: {
        meeting->arrive_and_wait();
        const std::lock_guard lock(mutex);
        slots.insert(slot);
        return 0;
      }
      default: return {r.length, r.flags & IODYNO_DURABLE ? std::uint32_t{IODYNO_CACHED} : 0u};
    }
  }
};
const iodyno_backend& kProbe = iodyno::Glue<Probe>::descriptor;

std::vector<iodyno_request> some(std::size_t count, Act act = kSucceed) {
  return std::vector<iodyno_request>(count, request(IODYNO_OP_READ, "", 7, act));
}

// --- The pool

/// How often a thread of ours has gone to sleep.
std::uint64_t sleeps_of(pid_t thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string word; status >> word;)
    if (std::uint64_t count; word == "voluntary_ctxt_switches:" && status >> count) return count;
  ADD_FAILURE() << "no such thread";
  return 0;
}

TEST(Pool, WorksOnAsManySlotsAsAreAskedFor) {
  constexpr std::uint32_t kSlots = 6, kAll = 0;
  for (int restart = 0; restart < 2; ++restart) {
    iodyno::Pool pool(kSlots);
    if (restart) pool.restart();
    std::array<pid_t, kSlots> threads{};
    pool.run([&](std::uint32_t slot) { threads[slot] = ::gettid(); });
    EXPECT_EQ(std::set(threads.begin(), threads.end()).size(), kSlots);
    std::mt19937 random(unsigned(restart) + 1);
    for (int round = 0; round < 2000; ++round) {
      std::array<int, kSlots> calls{};
      const auto work = [&](std::uint32_t slot) { calls[slot] += threads[slot] == ::gettid(); };
      const auto active = std::uint32_t(random() % (kSlots + 1));
      if (active == kAll)
        pool.run(work);
      else
        pool.run(work, active);
      for (std::uint32_t slot = 0; slot < kSlots; ++slot)
        ASSERT_EQ(calls[slot], active == kAll || slot < active) << slot << " of " << active;
    }
  }
}

TEST(Pool, DoesNotWakeThoseWhoHaveNothingToDo) {
  iodyno::Pool pool(4);
  std::array<pid_t, 4> threads{};
  pool.run([&](std::uint32_t slot) { threads[slot] = ::gettid(); });
  const auto nothing = [](std::uint32_t) {};
  pool.run(nothing, 2);
  const std::uint64_t before = sleeps_of(threads[2]) + sleeps_of(threads[3]);
  constexpr int kRuns = 2000;
  for (int i = 0; i < kRuns; ++i) pool.run(nothing, 2);
  EXPECT_LT(sleeps_of(threads[2]) + sleeps_of(threads[3]) - before, kRuns / 10);
}

// --- Batches

class PerRequest : public testing::TestWithParam<std::uint32_t> {
 protected:
  Session session{kProbe, {.depth = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Depth, PerRequest, testing::Values(1, 2, 8));

TEST_P(PerRequest, DoesEveryRequestOnceInEveryBatch) {
  ASSERT_EQ(session.status, 0);
  int expected = 0;
  for (const std::size_t count : {1u, 2u, 3u, 1000u}) {
    for (const auto& done : session.run(some(count))) {
      EXPECT_EQ(done.error, 0);
      EXPECT_EQ(done.bytes, 7u);
      EXPECT_EQ(done.how, 0u);
    }
    expected += int(count);
    EXPECT_EQ(Probe::performed, expected);
  }
  EXPECT_EQ(session.counts["requests"], expected);
}

TEST_P(PerRequest, HasAsManyRequestsInFlightAsItsDepth) {
  std::barrier meeting(GetParam());  // a request ends only when `depth` of them have begun
  Probe::meeting = &meeting;
  for (int batch = 0; batch < 50; ++batch) session.run(some(3 * GetParam(), kMeet));
  EXPECT_EQ(Probe::slots.size(), GetParam());
  EXPECT_LT(*Probe::slots.rbegin(), GetParam());
}

TEST_P(PerRequest, ReportsErrorsWhereTheyHappened) {
  auto requests = some(60);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].data = i % 5;  // all but kMeet
  requests[0].flags = IODYNO_DURABLE;
  requests[5].flags = 0x80;
  const auto done = session.run(requests);
  EXPECT_EQ(session.run_status, 0);
  for (std::size_t i = 0; i < done.size(); ++i) {
    const int expected[] = {0, ENOENT, EIO, ENOMEM, EIO};
    EXPECT_EQ(done[i].error, i == 5 ? ENOTSUP : expected[i % 5]) << i;
  }
  EXPECT_EQ(done[0].how, std::uint32_t{IODYNO_CACHED});
}

TEST_P(PerRequest, StampsWithinTheCall) {
  const auto before = iodyno::now();
  const auto done = session.run(some(500));
  const auto after = iodyno::now();
  for (const auto& c : done) {
    EXPECT_LE(before, c.start_ns);
    EXPECT_LE(c.start_ns, c.end_ns);
    EXPECT_LE(c.end_ns, after);
  }
}

TEST_P(PerRequest, LeavesUntimedStampsZero) {
  for (const auto deadline : {std::uint64_t{0}, iodyno::now() + 3'600'000'000'000u})
    for (const auto& c : session.run(some(100), IODYNO_UNTIMED, deadline)) {
      EXPECT_EQ(c.error, 0);
      EXPECT_EQ(c.start_ns, 0u);
      EXPECT_EQ(c.end_ns, 0u);
    }
}

TEST_P(PerRequest, StartsNothingAtTheDeadline) {
  for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_UNTIMED}})
    for (const auto& c : session.run(some(100), flags, iodyno::now())) {
      EXPECT_EQ(c.error, ECANCELED);
      EXPECT_EQ(c.start_ns, 0u);
      EXPECT_EQ(c.end_ns, 0u);
    }
  EXPECT_EQ(Probe::performed, 0);
}

TEST_P(PerRequest, KeepsToThePace) {
  Session paced{kProbe, {.depth = GetParam(), .flags = IODYNO_PACED}};
  auto requests = some(20);
  const auto base = iodyno::now();
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].not_before_ns = base + i * 200'000;
  const auto done = paced.run(requests);
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].error, 0);
    EXPECT_GE(done[i].start_ns, requests[i].not_before_ns);
  }
  EXPECT_GE(iodyno::now(), requests.back().not_before_ns);
  paced.run(requests, IODYNO_UNTIMED);  // all are late by now: no wait, no stamp
}

TEST_P(PerRequest, DoesNotWaitForWhatTheDeadlineForbids) {
  Session paced{kProbe, {.depth = GetParam(), .flags = IODYNO_PACED}};
  auto requests = some(40);
  const auto hour = std::uint64_t{3'600'000'000'000};
  const auto base = iodyno::now();
  for (std::size_t i = 20; i < 40; ++i) requests[i].not_before_ns = base + 2 * hour;
  const auto done = paced.run(requests, 0, base + hour);  // ends now, or the test times out
  for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i].error, i < 20 ? 0 : ECANCELED);
}

TEST(PerRequestAlone, ReadsTheClockOnceForEachRequest) {
  Session session{kProbe, {}};
  const auto done = session.run(some(100));
  for (std::size_t i = 1; i < done.size(); ++i) EXPECT_EQ(done[i].start_ns, done[i - 1].end_ns);
}

int threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return int(std::distance(begin(tasks), end(tasks)));
}

/// In a child with memory for a few stacks: open() must fail, and leave no thread. Returns 0 if so.
int open_without_memory_for_threads() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  const rlim_t memory = pages * kPage + 64 * 1024 * 1024;
  const rlimit limit{memory, memory};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return 10;
  const Session session{kProbe, {.depth = 1000, .buffer_size = 0}};
  if (session.status != EAGAIN) return 11;
  if (std::string(session.error.text).find(" of 1000") == std::string::npos) return 12;
  return threads_of_this_process() == 1 ? 0 : 13;
}

TEST(PerRequestAlone, GivesUpWhenAThreadCannotStart) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer needs more address space than the test allows";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer needs more address space than the test allows";
#endif
#endif
  const pid_t child = ::fork();
  if (child == 0) ::_exit(open_without_memory_for_threads());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(PerRequestAlone, OpensAndClosesWithoutABatch) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Session(kProbe, {.depth = 4}).status, 0);
}

TEST(Boundary, TellsWhatDoesNotWorkHere) {
  const Session session{kProbe, {.kept = "of before"}};
  EXPECT_EQ(session.ops, iodyno::ops(IODYNO_OP_READ, IODYNO_OP_DELETE));
  EXPECT_EQ(session.unsupported.at(IODYNO_OP_LINK), "it is a test");
  EXPECT_EQ(session.notes.at("kept"), "of before");
  EXPECT_EQ(session.kept, "learned");
}

TEST(Boundary, RefusesUnknownFlags) {
  EXPECT_EQ(Session(kProbe, {.flags = IODYNO_DIRECT}).status, ENOTSUP);
  EXPECT_EQ(Session(kProbe, {.flags = IODYNO_SYNTHETIC}).status, ENOTSUP);
  Session session{kProbe, {}};
  session.run(some(1), 0x40);
  EXPECT_EQ(session.run_status, ENOTSUP);
  EXPECT_EQ(kProbe.open_files, nullptr);
}

/// A backend without operations that breaks where it is told to.
struct Breaks {
  static constexpr auto name = "breaks", version = "1.0", summary = "fails at each call";
  static constexpr std::uint64_t ops = 0;
  static constexpr std::uint32_t flags = 0;
  static constexpr std::array options{
      iodyno::flag("at-once", false, "Throw from the constructor.")};
  explicit Breaks(const iodyno::Config& c) {
    if (c.flag("at-once")) throw std::runtime_error("at once");
  }
  ~Breaks() noexcept(false) { throw std::runtime_error("at the end"); }
  void run(const iodyno_batch&) { throw std::system_error(std::error_code(), "in between"); }
};

TEST(Boundary, NoExceptionPasses) {
  const iodyno_backend& backend = iodyno::Glue<Breaks>::descriptor;
  Session session{backend, {}};  // its destructor calls close()
  EXPECT_EQ(session.status, 0);
  session.run(some(1));
  EXPECT_EQ(session.run_status, EIO);
  EXPECT_EQ(session.error.code, EIO);
  EXPECT_NE(std::string(session.error.text).find("in between"), std::string::npos);
  const Session failed{backend, {.options = {{"at-once", {.i = 1}}}}};
  EXPECT_EQ(failed.status, EIO);
  EXPECT_STREQ(failed.error.text, "at once");
}

/// Every type of option, and two mistakes.
struct Options {
  static constexpr auto name = "options", version = "1.0", summary = "has one of each";
  static constexpr std::uint64_t ops = 0;
  static constexpr std::uint32_t flags = 0;
  static constexpr const char* kColours[] = {"red", "green", nullptr};
  static constexpr std::array options{
      iodyno::flag("flag", true, "A flag."),
      iodyno::integer("integer", -3, -10, 10, "An integer."),
      iodyno::real("real", 0.5, 0, 1, "A real."),
      iodyno::text("text", "word", "A text."),
      iodyno::choice("choice", "green", kColours, "A choice."),
      iodyno::size("size", 4096, 0, 1 << 20, "A size."),
      iodyno::time("time", 5000, 0, 0, "A time."),
      iodyno::text("get", "", "What to ask for in the wrong way."),
  };
  explicit Options(const iodyno::Config& c) {
    const std::string get = c.text("get");
    if (get == "type") c.integer("flag");
    if (get == "name") c.size("nothing");
    if (get == "raw") c.option("real");
    const auto note = [&](const char* key, const std::string& value) {
      c.note(key, value.c_str());
    };
    note("flag", c.flag("flag") ? "on" : "off");
    note("integer", std::to_string(c.integer("integer")));
    note("real", std::to_string(c.real("real")));
    note("text", c.text("text"));
    note("choice", std::string(c.choice("choice")));
    note("size", std::to_string(c.size("size")));
    note("time", std::to_string(c.time("time")));
    note("raw", std::to_string(c.option("choice")));
  }
  void run(const iodyno_batch&) {}
};
const iodyno_backend& kOptions = iodyno::Glue<Options>::descriptor;

TEST(Option, HasItsDefault) {
  const Session session{kOptions, {}};
  const std::map<std::string, std::string> expected{
      {"flag", "on"},      {"integer", "-3"}, {"real", "0.500000"}, {"text", "word"},
      {"choice", "green"}, {"size", "4096"},  {"time", "5000"},     {"raw", "1"}};
  EXPECT_EQ(session.notes, expected);
}

TEST(Option, HasTheValueGiven) {
  const Session session{kOptions,
                        {.options = {{"flag", {.i = 0}},
                                     {"integer", {.i = 9}},
                                     {"real", {.r = 0.25}},
                                     {"text", {.s = "other"}},
                                     {"choice", {.i = 0}},
                                     {"size", {.i = 1}},
                                     {"time", {.i = 2}}}}};
  const std::map<std::string, std::string> expected{
      {"flag", "off"},   {"integer", "9"}, {"real", "0.250000"}, {"text", "other"},
      {"choice", "red"}, {"size", "1"},    {"time", "2"},        {"raw", "0"}};
  EXPECT_EQ(session.notes, expected);
}

TEST(Option, AskedForInTheWrongWaySaysSo) {
  const auto text_of = [](const char* get) {
    const Session session{kOptions, {.options = {{"get", {.s = get}}}}};
    EXPECT_EQ(session.status, EINVAL);
    return std::string(session.error.text);
  };
  EXPECT_NE(text_of("type").find("option flag has the type flag"), std::string::npos);
  EXPECT_NE(text_of("name").find("no option nothing"), std::string::npos);
  EXPECT_NE(text_of("raw").find("option real is not an integer"), std::string::npos);
}

TEST(Option, IsARowOfTheTable) {
  const std::span rows(kOptions.options, kOptions.option_count);
  EXPECT_EQ(rows[1].type, std::uint32_t{IODYNO_INT});
  EXPECT_EQ(rows[1].min.i, -10);
  EXPECT_EQ(rows[2].max.r, 1.0);
  EXPECT_EQ(rows[4].fallback.i, 1);
  EXPECT_STREQ(rows[4].choices[0], "red");
  EXPECT_EQ(rows[5].type, std::uint32_t{IODYNO_SIZE});
  EXPECT_EQ(rows[6].type, std::uint32_t{IODYNO_TIME});
}

TEST(Fd, ReportsTheErrorOfClose) {
  iodyno::Fd fd(::dup(STDERR_FILENO));
  ::close(fd);  // behind its back
  EXPECT_THROW(fd.close(), std::system_error);
  iodyno::Fd from(::dup(STDERR_FILENO));
  const iodyno::Fd to(std::move(from));
  EXPECT_EQ(from, -1);
  EXPECT_GE(to, 0);
  EXPECT_THROW(iodyno::open_at(AT_FDCWD, "/no/such/file", O_RDONLY), std::system_error);
}

}  // namespace
}  // namespace sdk_test
