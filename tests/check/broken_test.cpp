// One backend after the other that is wrong in one way, and the check that must see it.
#include <gtest/gtest.h>

#include <algorithm>

#include "check/fixture.hpp"

namespace iodyno::test {
namespace {

struct Broken {
  std::string name, check, result, text;  ///< what the check must say
  std::string limit = "60 s";             ///< of the check
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

const Broken kBroken[] = {
    // What is read and written.
    {"short-read-unseen", "read/too-short", "fail", "expected ENODATA"},
    {"wrong-byte-read", "read/batch-of-7", "fail", "they differ from byte 50 on"},
    {"wrong-byte-written", "create/batch-of-7", "fail", "they differ from byte 50 on"},
    {"writes-past-end", "create/batch-of-7", "fail", "expected 100 bytes, came 101"},
    {"leaves-old-tail", "rewrite/batch-of-7", "fail", "expected 0 bytes, came 5000"},
    {"overwrite-truncates", "overwrite/batch-of-7", "fail", "expected 100 bytes, came 0"},
    {"append-overwrites", "append/batch-of-7", "fail", "afterwards, below the first directory"},
    {"create-over-old", "create/refusals/depth-1", "fail", "expected EEXIST"},
    {"copy-over-old", "copy/refusals/depth-1", "fail", "expected EEXIST"},
    {"rename-keeps-old", "rename/refusals/depth-1", "fail", "came EEXIST"},
    {"stale-buffer", "read/batch-of-7", "fail", "they differ from byte 0 on"},
    {"delivers-twice", "read/batch-of-1", "fail", "was delivered twice"},
    {"delivers-nothing", "read/batch-of-1", "fail", "expected 100 bytes, came 0"},
    {"delivers-odd-offset", "read/batch-of-7", "fail", "which is no multiple of 4096"},
    {"delivers-beyond", "read/batch-of-1", "fail", "beyond the 100 bytes of the request"},
    {"delivers-to-neighbour", "read/batch-of-7", "fail", "request 2 of 7"},
    {"delivers-for-nobody", "read/batch-of-1", "fail", "there is none"},
    {"delivers-in-close", "read/batch-of-1", "fail", "deliver() was called outside of run()"},
    {"delivers-after-end", "read/batch-of-1", "fail", "was delivered after its end"},
    {"skips-empty", "create/batch-of-7", "fail", "must be there, and is not"},
    {"one-buffer-only", "read/sizes/depth-1", "fail", "expected 20480 bytes, came 16384"},
    {"short-write-unseen", "create/too-large", "fail", "its file is not whole"},
    {"ignores-data", "create/batch-of-7", "fail", "they differ from byte 0 on"},
    {"does-not-wrap", "create/sizes/depth-1", "fail", "came EFAULT"},
    {"unknown-size-is-none", "copy/unknown-sizes/depth-1", "fail", "came 0"},
    {"cuts-long-names", "create/names", "fail", "must be there, and is not"},
    {"counts-dots", "list/batch-of-1", "fail", "expected 0 bytes to be counted, came 2"},
    {"stat-believes", "stat/batch-of-7", "fail", "bytes to be counted"},
    {"list-believes", "list/batch-of-7", "fail", "bytes to be counted"},
    {"stat-of-link", "stat/links", "fail", "bytes to be counted"},
    {"private-files", "create/modes", "fail", "expected mode 0644, came 0600"},
    {"counts-no-bytes", "read/batch-of-1", "fail", "bytes to be counted, came 0"},
    {"append-counts-all", "append/batch-of-7", "fail", "bytes to be counted"},
    {"opens-set-backwards", "read_block/batch-of-7", "fail", "they differ from byte 0 on"},
    {"keeps-old-set", "open-files", "fail", "when the set is empty: expected EBADF"},
    // SIGSEGV, or SIGABRT of its own where something else is by now in the place of the path.
    {"remembers-paths", "read/batch-of-1", "crashed", " in close()"},
    {"remembers-data", "create/batches", "fail", "they differ from byte 0 on"},
    // Errors.
    {"wrong-errno", "read/refusals/depth-1", "fail", "expected ENOENT"},
    {"negative-errno", "stat/refusals/depth-1", "fail", "-2, which is no errno value"},
    {"strange-errno", "stat/refusals/depth-1", "fail", "4711, which is no errno value"},
    {"eacces-is-eperm", "read/denied", "fail", "expected EACCES"},
    {"forgets-completion", "create/batch-of-7", "fail", "it was never completed"},
    {"gives-up", "read/refusals/depth-1", "fail", "expected success"},
    {"fails-the-batch", "read/refusals/depth-1", "fail", "run() failed"},
    {"claims-link", "link/batch-of-1", "fail", "expected success, came ENOTSUP"},
    {"reports-more", "read/batch-of-1", "fail", "that the descriptor has not: link"},
    {"takes-session-flags", "session/unknown-flags", "fail", "a flag of the session"},
    {"takes-batch-flags", "session/unknown-flags", "fail", "a flag of the batch"},
    {"takes-set-flags", "session/unknown-flags", "fail", "a flag of open_files()"},
    {"takes-request-flags", "read/unknown", "fail", "a request with a flag"},
    {"takes-any-op", "read/unknown", "fail", "an operation that does not exist"},
    {"open-says-nothing", "read/batch-of-1", "fail", "said nothing"},
    {"open-says-two", "read/batch-of-1", "fail", "its error says EIO"},
    {"open-says-all-is-well", "read/batch-of-1", "fail", "open() succeeded, and filled in"},
    {"set-says-nothing", "open-files", "fail", "said nothing"},
    {"refuses-later-host", "session/later-host", "fail", "a config of another size"},
    {"calls-it-otherwise", "descriptor", "warn", "another-name"},
    // Time.
    {"ignores-deadline", "deadline/past/untimed/depth-1", "fail", "though the deadline was over"},
    {"cancels-early", "deadline/far/depth-1", "fail", "before the deadline"},
    {"starts-early", "pace/depth-1", "fail", "before its time"},
    {"waits-in-vain", "pace/deadline", "crashed", "it hung for 1 s in run()", "1s"},
    {"stamps-before-run", "stamps/timed/depth-1", "fail", "outside of the window of run()"},
    {"stamps-after-run", "stamps/timed/depth-1", "fail", "outside of the window of run()"},
    {"stamps-untimed", "stamps/untimed/depth-1", "fail", "the batch is untimed"},
    {"stamps-cancelled", "deadline/past/timed/depth-1", "fail", "it was never started"},
    {"stamps-too-deep", "stamps/timed/depth-8", "fail", "500 requests were in flight at once"},
    {"stamps-two-deep", "stamps/timed/depth-1", "fail", "2 requests were in flight at once"},
    {"ends-before-start", "stamps/timed/depth-1", "fail", "it ends before it starts"},
    // What ends a process.
    {"crashes-on-load", "load", "crashed", "SIGSEGV in entry()"},
    {"crashes-in-open", "read/batch-of-1", "crashed", "SIGSEGV in open()"},
    {"crashes-in-run", "read/batch-of-1", "crashed", "SIGSEGV in run()"},
    {"crashes-in-close", "read/batch-of-1", "crashed", "SIGSEGV in close()"},
    {"crashes-at-most", "option/chunk/1 MiB", "crashed", "SIGSEGV in open()"},
    {"hangs-in-run", "read/batch-of-1", "crashed", "it hung for 500 ms in run()", "500ms"},
    {"hangs-in-close", "read/batch-of-1", "crashed", "it hung for 500 ms in close()", "500ms"},
    {"exits", "read/batch-of-1", "crashed", "exit status 0 in run()"},
    {"writes-requests", "read/batch-of-1", "crashed", "SIGSEGV in run()"},
    {"writes-past-completions", "read/batch-of-1", "crashed", "SIGSEGV in run()"},
    {"writes-before-completions", "read/batch-of-1", "fail", "before the array of completions"},
    {"writes-source", "read/batch-of-1", "fail", "it wrote to the source"},
    {"reads-past-buffers", "read/batch-of-1", "crashed", "SIGSEGV in open()"},
    // What it leaves behind.
    {"leaks-by-request", "session/opened-100-times", "fail", "more descriptors are open"},
    {"leaks-by-failure", "session/failures-leak-nothing", "fail", "more descriptors are open"},
    {"leaks-by-session", "session/opened-100-times", "fail", "100 more descriptors are open"},
    {"leaks-set", "session/opened-100-times", "fail", "more descriptors are open"},
    {"leaks-memory", "session/opened-100-times", "fail", "of memory in use"},
    {"leaks-mapping", "session/opened-100-times", "fail", "memory grow"},
    {"leaves-thread", "session/opened-100-times", "fail", "100 more threads"},
    {"changes-directory", "session/surroundings", "fail", "the working directory to /"},
    {"changes-umask", "session/surroundings", "fail", "the umask"},
    {"changes-handler", "session/surroundings", "fail", "the handler of SIGPIPE"},
    {"blocks-signal", "session/surroundings", "fail", "whether SIGUSR1 is blocked"},
    {"changes-locale", "session/surroundings", "fail", "the locale to C.UTF-8"},
    {"changes-for-a-session", "session/surroundings", "fail", "the umask"},
    {"prints", "read/batch-of-1", "fail", "standard output: hello"},
    {"mutters", "read/batch-of-1", "warn", "standard error: warning: something"},
    {"notes-from-thread", "read/batch-of-1", "fail", "note() was called on a thread other"},
    {"counts-in-close", "read/batch-of-1", "fail", "count() was called outside of run()"},
    {"shares-directory", "session/turns", "fail", "they differ from byte 0 on"},
    {"shares-buffer", "session/two-at-once", "fail", "beside another session"},
};

class EachBroken : public CheckOf, public testing::WithParamInterface<Broken> {};

TEST_P(EachBroken, IsCaught) {
  const auto& broken = GetParam();
  const auto found = check(
      {broken_backend(broken.name), "--filter", exactly(broken.check), "--timeout", broken.limit});
  ASSERT_EQ(found.ended.status, broken.result == "warn" ? 0 : 3) << found.ended.err;
  const auto finding = found.finding(broken.check);
  EXPECT_EQ(finding.at("result"), broken.result) << finding;
  EXPECT_TRUE(contains(finding.at("text"), broken.text)) << finding;
  EXPECT_EQ(found.report.at("checks").size(), broken.check == "load" ? 1u : 2u);
  EXPECT_EQ(entries_of(target()), before());
}

INSTANTIATE_TEST_SUITE_P(Broken, EachBroken, testing::ValuesIn(kBroken), [](const auto& row) {
  auto name = row.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Broken, EachHasItsRow) {
  std::set<std::string> made, named = {"none"};
  for (const auto& name : names_in(BROKEN_BACKENDS)) {
    constexpr std::string_view kBegin = "libiodyno-broken-", kEnd = ".so";
    if (name.starts_with(kBegin))
      made.insert(name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size()));
  }
  for (const auto& broken : kBroken) named.insert(broken.name);
  EXPECT_EQ(made, named);
  EXPECT_GE(named.size(), 36u);
}

}  // namespace
}  // namespace iodyno::test
