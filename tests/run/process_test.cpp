// Whatever a plugin does in its worker, the parent is told what it was, and goes on.
#include "run/process.hpp"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "run/catalog.hpp"
#include "run/function_names.hpp"
#include "run/guard.hpp"
#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

using test::contains;

constexpr std::uint64_t kSecond = 1'000'000'000, kLong = 60 * kSecond;

class Process : public testing::Test {
 protected:
  Outcome run(const std::string& when, const std::string& what, std::uint64_t limit_ns = kLong) {
    // The parent must not load the plugin: its options are known.
    const auto index = [](const auto& names, const std::string& name) {
      return OptionValue(std::int64_t(std::ranges::find(names, name) - std::begin(names)));
    };
    static const std::vector<std::string> whens{"never", "open", "rehearse", "run", "close"};
    static const std::vector<std::string> whats{
        "segv",         "abort",      "exit0",       "exit3",         "hang",       "throw",
        "throw_int",    "print",      "leave_child", "leave_printer", "close_all",  "garbage",
        "huge_garbage", "no_session", "interrupt",   "leave_daemon",  "blind_hang", "daemon_hang",
        "null_pointer", "overflow",   "assertion",   "exhaust",       "bus",        "ill",
        "stop_guard",   "kill_guard", "stages"};
    TrialSpec spec{
        .plugin_file = CRASHER_PLUGIN,
        .options = {index(whens, when), index(whats, what)},
        .steps = {{.name = "stat", .ops = {{IODYNO_OP_STAT}}, .cache = CacheState::as_is}},
        .dataset = {.files = 1},
        .directory = "set",
        .second_directory = "second",
        .memory_limit_bytes = memory_limit_bytes};
    std::filesystem::create_directory(dir / "set");
    std::filesystem::create_directory(dir / "second");
    test::write_text(dir / "set/f0", "");
    return run_job({Job::Kind::trial, spec}, dir.fd(), limit_ns);
  }
  void expect_failure(const std::string& when, const std::string& what, const std::string& how,
                      std::uint64_t limit_ns = kLong) {
    const auto outcome = run(when, what, limit_ns);
    EXPECT_FALSE(outcome.reply) << when << " " << what;
    EXPECT_TRUE(contains(outcome.failure, how + " in `" + when + "`")) << when << " " << what;
    std::filesystem::remove_all(dir / "set");
    std::filesystem::remove_all(dir / "second");
  }
  /// Returns when nobody is left who holds the lock of the plugin's child.
  void wait_for_the_child() {
    const Fd fd = open_at(dir.fd(), "set/child", O_RDWR);
    EXPECT_EQ(flock(fd, LOCK_EX), 0);
  }

  test::TempDir dir;
  std::optional<std::uint64_t> memory_limit_bytes;
};

/// Ctrl-C may come again while what it has ended is waited for.
TEST(Reap, GoesOnAfterASignal) {
  static std::atomic<int> signals = 0;
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { ++signals; };  // without SA_RESTART
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  int held[2];
  ASSERT_EQ(pipe2(held, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(held[1]);
    char byte;
    while (read(held[0], &byte, 1) != 0) {
    }
    _exit(7);
  }
  std::thread sender([&, waiting = pthread_self()] {
    while (signals < 3) pthread_kill(waiting, SIGUSR1), std::this_thread::yield();
    close(held[1]);
  });
  const int status = reap(child);
  sender.join();
  close(held[0]);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(Process, GivesTheSample) {
  const auto outcome = run("never", "segv");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  ASSERT_TRUE(outcome.reply->sample) << outcome.reply->error;
  EXPECT_EQ(outcome.reply->sample->requests, 1u);
  EXPECT_EQ(outcome.reply->sample->error, "");
}

TEST(FunctionNames, AreAsTheyWereWritten) {
  EXPECT_EQ(with_readable_names("_ZN6Engine7performERK14iodyno_requestj in e.so < "
                                "_ZN12_GLOBAL__N_14sinkEv in s.so < 0x12 in t.so"),
            "Engine::perform in e.so < sink in s.so < 0x12 in t.so");
  EXPECT_EQ(with_readable_names("_ZN6Engine7perf"), "_ZN6Engine7perf") << "it was cut off";
  EXPECT_EQ(with_readable_names("raise  in libc.so"), "raise  in libc.so");
  EXPECT_EQ(with_readable_names(""), "");
}

TEST_F(Process, TellsTheSignalAndTheStage) {
  for (const std::string when : {"open", "rehearse", "run", "close"}) {
    expect_failure(when, "segv", "crashed with SIGSEGV");
    expect_failure(when, "abort", "crashed with SIGABRT");
    expect_failure(when, "bus", "crashed with SIGBUS");
    expect_failure(when, "ill", "crashed with SIGILL");
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Process, TellsWhereItCrashed) {
  EXPECT_TRUE(contains(run("run", "null_pointer").failure, "crashed with SIGSEGV in `run` at "));
  for (const char* name : {"set", "second"}) std::filesystem::remove_all(dir / name);
  const auto failure = run("open", "null_pointer").failure;
  EXPECT_TRUE(contains(failure, "crashed with SIGSEGV in `open` at "));
  EXPECT_TRUE(contains(failure, " in libiodyno-crasher.so"));
  EXPECT_FALSE(contains(failure, "it said"));
}

TEST_F(Process, TellsOfAStackThatIsFull) {
  const auto failure = run("run", "overflow").failure;
  EXPECT_TRUE(contains(failure, "crashed with SIGSEGV in `run` at "));
  EXPECT_TRUE(contains(failure, " in libiodyno-crasher.so"));
}

TEST_F(Process, TellsWhatWasSaidBeforeTheCrash) {
  const auto failure = run("run", "assertion").failure;
  EXPECT_TRUE(contains(failure, "crashed with SIGABRT in `run` at "));
  EXPECT_TRUE(failure.ends_with("; it said: plugin.cpp:7: Assertion `sound' failed.")) << failure;
}

TEST_F(Process, GivesAWorkerNoMoreMemoryThanItMayHave) {
  memory_limit_bytes = 64 << 20;
  const auto outcome = run("run", "exhaust");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  EXPECT_EQ(outcome.reply->error, "no more memory: a worker may have 64 MiB (--memory-limit)");
}

TEST_F(Process, GivesAWorkerNoMoreMemoryThanTheMachineCanSpare) {
  const auto outcome = run("run", "exhaust");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  EXPECT_EQ(outcome.reply->error,
            "no more memory: a worker may have three quarters of this machine's");
}
#endif

TEST_F(Process, TellsTheExitStatusAndTheStage) {
  for (const std::string when : {"open", "rehearse", "run", "close"}) {
    expect_failure(when, "exit3", "ended itself with exit status 3");
  }
  expect_failure("run", "exit0", "ended itself with exit status 0");
}

TEST_F(Process, TellsOfACrashBeforeAnythingWasCalled) {
  const auto outcome =
      run_job({Job::Kind::describe, {.plugin_file = CRASHES_ON_LOAD_PLUGIN}}, dir.fd(), kLong);
  EXPECT_FALSE(outcome.reply);
  EXPECT_EQ(outcome.failure, "crashed with SIGSEGV in `load`");
}

TEST_F(Process, EndsWhatHangs) {
  for (const std::string when : {"open", "run", "close"})
    expect_failure(when, "hang", "gave no answer for 1 s and was ended", kSecond);
}

TEST_F(Process, EndsWhatHangsWithAllSignalsBlocked) {
  expect_failure("run", "blind_hang", "gave no answer for 1 s and was ended", kSecond);
}

/// What has left the group and the session of the worker is still its child's child.
TEST_F(Process, EndsTheDaemonsOfAPlugin) {
  const auto outcome = run("run", "leave_daemon");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  EXPECT_TRUE(outcome.reply->sample);
  wait_for_the_child();
}

TEST_F(Process, EndsTheDaemonsOfWhatHangs) {
  EXPECT_TRUE(contains(run("run", "daemon_hang", kSecond).failure, "gave no answer"));
  wait_for_the_child();
}

TEST_F(Process, EndsAWorkerWhoseGuardWasStopped) {
  expect_failure("run", "stop_guard", "gave no answer for 1 s and was ended", kSecond);
}

/// What it guarded is its parent's then.
TEST_F(Process, EndsTheDaemonsOfAGuardThatWasKilled) {
  expect_failure("run", "kill_guard", "crashed with SIGKILL");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "nobody is left";
}

TEST_F(Process, DoesNotBelieveInStagesWithoutEnd) {
  const auto outcome = run("run", "stages");
  EXPECT_TRUE(contains(outcome.failure, "gave a broken reply")) << outcome.failure;
  EXPECT_TRUE(contains(outcome.failure, "more stages than a trial has"));
}

TEST_F(Process, KeepsTheLastLineOfWhatWasPrinted) {
  const auto outcome = run("run", "print");
  EXPECT_EQ(outcome.failure, "ended itself with exit status 5 in `run`; it said: the last words");
}

TEST_F(Process, EndsTheChildrenOfAPlugin) {
  const auto outcome = run("run", "leave_child");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  EXPECT_TRUE(outcome.reply->sample);
  wait_for_the_child();
}

/// A child that writes without end holds the worker's pipe, but not its parent's parent.
TEST_F(Process, DoesNotListenToAChildForEver) {
  const auto outcome = run("run", "leave_printer");
  ASSERT_TRUE(outcome.reply) << outcome.failure;
  EXPECT_TRUE(outcome.reply->sample);
  wait_for_the_child();
}

TEST_F(Process, SurvivesAWorkerWithoutDescriptors) {
  const auto outcome = run("run", "close_all");
  EXPECT_FALSE(outcome.reply);
  EXPECT_TRUE(contains(outcome.failure, " in `run`"));
}

TEST_F(Process, SurvivesGarbageInItsPipe) {
  for (const std::string what : {"garbage", "huge_garbage"}) {
    const auto outcome = run("run", what);
    EXPECT_FALSE(outcome.reply);
    EXPECT_TRUE(contains(outcome.failure,
                         "gave a broken reply, or something else wrote to its descriptor: "));
    EXPECT_TRUE(contains(outcome.failure, " in `run`"));
    std::filesystem::remove_all(dir / "set");
    std::filesystem::remove_all(dir / "second");
  }
}

TEST_F(Process, IsToldOfAnException) {
  const auto outcome = run("run", "throw");
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->error, "thrown through the wall");
}

TEST_F(Process, DescribesAPluginWithoutLoadingItHere) {
  const auto description = describe_backend(NULL_PLUGIN);
  EXPECT_EQ(description.name, "null");
  EXPECT_EQ(description.file, NULL_PLUGIN);
  EXPECT_EQ(description.hash.size(), 16u);
  EXPECT_TRUE(contains(test::thrown_by([] { describe_backend(CRASHES_ON_LOAD_PLUGIN); }),
                       "crashed with SIGSEGV in `load`"));
  EXPECT_TRUE(contains(test::thrown_by([] { describe_backend(NO_ENTRY_LIBRARY); }),
                       "exports no iodyno_backend_entry"));
  EXPECT_TRUE(contains(test::thrown_by([] { describe_backend("missing.so"); }),
                       "missing.so: there is no such file"));
}

}  // namespace
}  // namespace iodyno::host
