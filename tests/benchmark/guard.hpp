/// Work in a process of its own, so that whoever has made files for it can remove them, whether it
/// ends, crashes or is interrupted.
#pragma once
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <iodyno/posix.hpp>

namespace iodyno::host {

struct Guard {
  static inline volatile sig_atomic_t child = 0, signal = 0;

  /// The child ends; the parent lives on and cleans up.
  static void pass_on(int received) {
    signal = received;
    kill(pid_t(child), SIGKILL);
  }
};

/// Runs `work` in a child process and returns its status, or what a shell would say of a signal.
inline int guarded(const std::function<int()>& work) {
  sigset_t signals, before;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, &before);
  std::fflush(nullptr);
  const pid_t child = check(fork(), "fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    try {
      return work();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      return 1;
    }
  }
  Guard::child = child;
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) std::signal(signal, Guard::pass_on);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  int status = 0;
  retry([&] { return waitpid(child, &status, 0); }, "waitpid");
  if (Guard::signal != 0) return 128 + Guard::signal;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace iodyno::host
