#include "run/guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#ifdef IODYNO_COVERAGE
extern "C" void __gcov_dump();  // of libgcov
#endif

namespace iodyno::host {
namespace {

constexpr int kFailed = 127;

/// What this process has run of our code is written down by exit(), which it won't come to.
void keep_coverage() {
#ifdef IODYNO_COVERAGE
  __gcov_dump();
#endif
}

/// Kills those whose parent this is by now; false where the kernel does not tell of them.
bool kill_children() {
  const int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[4096];
  pid_t child = 0;
  for (ssize_t count = 0; (count = read(file, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < count; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        child = child * 10 + (text[i] - '0');
      } else {
        if (child > 1) kill(child, SIGKILL);
        child = 0;
      }
    }
  close(file);
  return true;
}

/// Each that ends hands its own children over to us, as we are their subreaper. Returns how the
/// ward ended.
int end_all(pid_t ward) {
  int ended = 0;
  while (true) {
    kill(ward, SIGKILL);  // in vain where it has ended: it is not reaped before
    const bool told = kill_children();
    int status = 0;
    const pid_t child = waitpid(told ? -1 : ward, &status, 0);
    if (child == ward) {
      ended = status;
      break;
    }
    if (child < 0) return ended;
  }
  end_orphans();
  return ended;
}

[[noreturn]] void end_like(int status) {
  if (!WIFSIGNALED(status)) end_child(WEXITSTATUS(status));
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(WTERMSIG(status), SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  keep_coverage();
  raise(WTERMSIG(status));
  _exit(128 + WTERMSIG(status));
}

bool has_ended(pid_t ward) {
  siginfo_t how{};
  return waitid(P_PID, id_t(ward), &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid == ward;
}

[[noreturn]] void keep_guard(pid_t ward) {
  // What the parent holds is not ours to hold open: pipes, and the lock of its directory.
  if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0) {
    constexpr char kWhy[] = "iodyno: a worker's guard can't let go of descriptors (close_range)\n";
    (void)!write(STDERR_FILENO, kWhy, sizeof kWhy - 1);
    kill(ward, SIGKILL);
    end_child(kFailed);
  }
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGCHLD);
  while (!has_ended(ward) && sigwaitinfo(&awaited, nullptr) != SIGTERM) {
  }
  kill(-ward, SIGKILL);
  end_like(end_all(ward));
}

}  // namespace

void put_under_guard(pid_t parent) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  signal(SIGCHLD, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) end_child(kFailed);  // it died before the line above
  const pid_t guard = getpid(), ward = fork();
  if (ward < 0) end_child(kFailed);
  if (ward > 0) keep_guard(ward);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) end_child(kFailed);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

void end_orphans() {
  while (kill_children() && (waitpid(-1, nullptr, 0) > 0 || errno == EINTR)) {
  }
}

int reap(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void end_child(int status) {
  keep_coverage();
  _exit(status);
}

}  // namespace iodyno::host
