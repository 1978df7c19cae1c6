// A run that is killed while its files are put in place has lost nothing, at whichever call.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>

#include "run/earlier.hpp"
#include "run/output.hpp"
#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

const Results kNone{
    .scenario = "s", .baseline = "b", .cases = {{.name = "s/p/backend:b/real_time"}}};

bool changes_directories(std::uint64_t call) {
  static const std::set<std::uint64_t> kCalls = {
#ifdef SYS_rename  // which newer machines do without
      SYS_rename,   SYS_link,      SYS_unlink, SYS_rmdir,    SYS_mkdir,
#endif
      SYS_renameat, SYS_renameat2, SYS_linkat, SYS_unlinkat, SYS_mkdirat};
  return kCalls.contains(call);
}

/// Waits until a traced process is about to change directories for the n-th time. False when it
/// has ended before.
bool run_up_to(pid_t process, int nth) {
  for (int status = 0;;) {
    if (ptrace(PTRACE_SYSCALL, process, 0, 0) != 0) return false;
    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) return false;
    __ptrace_syscall_info info = {};
    ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && changes_directories(info.entry.nr) && --nth == 0)
      return true;
  }
}

/// Calls in a process of its own, which is killed before the n-th change that `then` makes of a
/// directory, and after a look. False when that has ended by itself; nothing where it can't be
/// watched.
std::optional<bool> kill_at(int nth, const std::function<std::function<void()>()>& prepare,
                            const std::function<void()>& look) {
  const pid_t process = fork();
  if (process == 0) {
    const auto then = prepare();
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(77);
    raise(SIGSTOP);
    then();
    _exit(0);
  }
  int status = 0;
  if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) return {};
  // Else nobody can tell calls from other stops.
  ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACESYSGOOD);
  const bool is_there = run_up_to(process, nth);
  if (is_there) {
    look();
    kill(process, SIGKILL);
    waitpid(process, &status, 0);
  }
  return is_there;
}

/// Which run is killed as it puts its files in place.
struct Case {
  const char* name;
  bool interrupted, beside;  ///< a whole set that is there
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class Killed : public testing::TestWithParam<Case> {};

TEST_P(Killed, AtAnyCallHasLostNothing) {
  const auto [name, interrupted, beside] = GetParam();
  int nth = 1;
  for (bool goes_on = true; goes_on; ++nth) {
    SCOPED_TRACE(nth);
    test::TempDir dir;
    const auto place = dir / "out/s";
    if (beside) Output(dir / "out", "s").finish(kNone, false);
    const auto make = [&] {
      auto output = std::make_shared<Output>(dir / "out", "s");
      Sample one;
      one.name = "s/p/backend:b/real_time";
      output->append(one);
      output->remember(begun_text({.id = "1", .facts = {}, .continues = {}, .resumptions = {}}));
      return [output, interrupted = interrupted] { output->finish(kNone, interrupted); };
    };
    // Another that ends now has to wait, so that their files are not mixed.
    const auto killed = kill_at(nth, make, [&] {
      const Fd directory = open_at(AT_FDCWD, place.c_str(), O_RDONLY | O_DIRECTORY);
      EXPECT_NE(flock(directory, LOCK_EX | LOCK_NB), 0);
    });
    if (!killed) GTEST_SKIP() << "no process can be traced here";
    goes_on = *killed;
    const auto earlier = find_earlier(place);
    if (!earlier && !interrupted) {
      EXPECT_TRUE(fs::exists(place / "results.json"));
      EXPECT_NE(test::read_text(place / "samples.jsonl"), "") << "the set is whole, or can be made";
      continue;
    }
    ASSERT_TRUE(earlier);
    EXPECT_EQ(earlier->begun.id, "1");
    EXPECT_EQ(earlier->samples.size(), 1u);
    EXPECT_EQ(earlier->place, place);
  }
  EXPECT_GT(nth, 8) << "a set of four files was put in place by fewer calls";
}

INSTANTIATE_TEST_SUITE_P(, Killed,
                         testing::Values(Case{"Interrupted", true, false},
                                         Case{"InterruptedBesideAWholeSet", true, true},
                                         Case{"Whole", false, false},
                                         Case{"WholeInPlaceOfAnother", false, true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace iodyno::host
