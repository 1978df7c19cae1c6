#include "check/isolate.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <iodyno/posix.hpp>

#include "report/gbench.hpp"
#include "run/guard.hpp"
#include "run/signals.hpp"
#include "scenario/units.hpp"

namespace iodyno::host::conformance {
namespace {

/// What the process tells, in memory that it shares with us: it may end at any time.
struct Board {
  std::atomic<bool> answered;
  std::atomic<const char*> function;  // a literal, which lies at the same place in both processes
  Result result;
  char text[2048];
};
Board* board = nullptr;

void put(char* to, std::size_t size, const char* text) {
  std::strncpy(to, text, size - 1);
  to[size - 1] = 0;
}

class Shared {
 public:
  Shared() {
    void* memory =
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail(errno, "mmap");
    board = new (memory) Board{};
    board->function = "";
  }
  Shared(const Shared&) = delete;
  ~Shared() { munmap(board, sizeof(Board)); }
};

void answer(Result result, const char* text) {
  board->result = result;
  put(board->text, sizeof board->text, text);
  board->answered = true;
}

[[noreturn]] void be_the_process(pid_t parent, const std::function<void()>& body, int out,
                                 int err) {
  put_under_guard(parent);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, 0);
  dup2(out, 1);
  dup2(err, 2);
  try {
    body();
    answer(Result::pass, "");
  } catch (const Ended& e) {
    answer(e.result, e.what());
  } catch (const std::exception& e) {
    answer(Result::fail, e.what());
  } catch (...) {
    answer(Result::fail, "an exception of unknown type crossed the plugin's boundary");
  }
  enter("");
  std::fflush(nullptr);
  end_child(0);
}

/// The end of the process; false when it did not come in time.
bool ends_in_time(pid_t process, std::uint64_t limit_ns) {
  const Fd exit(int(syscall(SYS_pidfd_open, process, 0)), "pidfd_open");
  for (const auto deadline = now() + limit_ns; now() < deadline;) {
    throw_if_interrupted();
    pollfd fds[] = {{exit, POLLIN, 0}, {signal_fd(), POLLIN, 0}};
    const auto left_ms = int((deadline - now()) / 1'000'000) + 1;
    if (poll(fds, signal_fd() < 0 ? 1 : 2, left_ms) < 0 && errno != EINTR) fail(errno, "poll");
    if (fds[0].revents != 0) return true;
  }
  return false;
}

std::string in_function() {
  const char* function = board->function;
  return *function ? std::string(" in ") + function + "()" : "";
}

std::string first_bytes(int file) {
  std::string text(120, '\0');
  text.resize(read_fully(file, std::as_writable_bytes(std::span(text)), 0));
  return clean_text(text);
}

void judge(Finding& finding, int status, int out, int err) {
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    finding.result = Result::crashed;
    finding.text = "SIG" + std::string(name ? name : "?") + in_function();
  } else if (!board->answered || *board->function.load()) {
    finding.result = Result::crashed;
    finding.text = "it ended the process with exit status " + std::to_string(WEXITSTATUS(status)) +
                   in_function();
  } else {
    finding.result = board->result;
    finding.text = clean_text(board->text);
  }
  if (finding.result == Result::crashed)
    if (const auto said = first_bytes(err); !said.empty()) finding.text += "; it said: " + said;
  if (finding.result != Result::pass && finding.result != Result::skip) return;
  if (const auto said = first_bytes(out); !said.empty()) {
    finding.result = Result::fail;
    finding.text = "it printed to the host's standard output: " + said;
  } else if (const auto muttered = first_bytes(err); !muttered.empty()) {
    finding.result = Result::warn;
    finding.text = "it printed to the host's standard error: " + muttered;
  }
}

}  // namespace

void enter(const char* function) {
  if (board) board->function = function;
}

Finding isolate(const std::string& check_name, const std::function<void()>& body,
                std::uint64_t limit_ns) {
  const Shared shared;
  const Fd out(memfd_create("stdout", MFD_CLOEXEC), "memfd_create"),
      err(memfd_create("stderr", MFD_CLOEXEC), "memfd_create");
  Finding finding{.check = check_name};
  const auto began = now();
  std::fflush(nullptr);
  const pid_t parent = getpid(), process = check(fork(), "fork");
  if (process == 0) be_the_process(parent, body, out, err);
  const auto end = [&] {
    kill(process, SIGTERM);  // its guard ends all that it started
    return reap(process);
  };
  try {
    if (ends_in_time(process, limit_ns)) {
      judge(finding, end(), out, err);
    } else {
      finding.result = Result::crashed;
      finding.text = "it hung for " + format_time(limit_ns) + in_function();
      end();
    }
  } catch (...) {
    end();
    throw;
  }
  finding.seconds = double(now() - began) * 1e-9;
  return finding;
}

}  // namespace iodyno::host::conformance
