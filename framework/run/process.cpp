#include "run/process.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iodyno/posix.hpp>
#include <string_view>

#include "run/function_names.hpp"
#include "run/guard.hpp"
#include "run/signals.hpp"
#include "trial/crash.hpp"
#include "trial/worker.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kOutputKept = 4096;
constexpr std::uint32_t kReplyMax = 16 << 20;
constexpr std::uint64_t kFirstLookNs = 2'000'000'000, kLookNs = 1'000'000'000;
constexpr std::uint64_t kGuardNs = 10'000'000'000;
constexpr std::size_t kStagesMax = 32;  // of a phase: there are half as many
constexpr int kPiecesLeft = 64;         // more than a pipe holds, in pieces of 64 KiB

Fd memory_file(const std::string& bytes) {
  Fd fd(memfd_create("iodyno-job", MFD_CLOEXEC), "memfd_create");
  write_fully(fd, std::as_bytes(std::span(bytes)), 0);
  return fd;
}

struct Pipe {
  Fd read_end, write_end;
  Pipe() {
    int ends[2];
    check(pipe2(ends, O_CLOEXEC), "pipe");
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
  }
};

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become_worker(pid_t parent, int job, int reply, int directory, int output) {
  put_under_guard(parent);
  signal(SIGPIPE, SIG_DFL);  // an ignored signal would stay so
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  // Away from the numbers that are given next.
  const std::array from{fcntl(job, F_DUPFD_CLOEXEC, 64), fcntl(reply, F_DUPFD_CLOEXEC, 64),
                        fcntl(directory, F_DUPFD_CLOEXEC, 64), fcntl(output, F_DUPFD_CLOEXEC, 64)};
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  if (nothing > 2) close(nothing);
  dup2(from[3], 1);
  dup2(from[3], 2);
  dup2(from[0], kJobFd);
  dup2(from[1], kReplyFd);
  dup2(from[2], kDirectoryFd);
  char name[] = "iodyno", command[] = "worker";
  char* const arguments[] = {name, command, nullptr};
  execv("/proc/self/exe", arguments);
  _exit(127);
}

class Worker {
 public:
  Worker(const Job& job, int directory)
      : stages_left_(kStagesMax * std::max<std::size_t>(1, job.spec.steps.size())) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // for what a guard leaves that is killed
    const auto job_file = memory_file(encode(job));
    lseek(job_file, 0, SEEK_SET);
    Pipe reply, output;
    const pid_t parent = getpid();
    pid_ = check(fork(), "fork");
    if (pid_ == 0) become_worker(parent, job_file, reply.write_end, directory, output.write_end);
    reply_ = std::move(reply.read_end);
    output_ = std::move(output.read_end);
    const auto exit = int(syscall(SYS_pidfd_open, pid_, 0));
    if (const int error = errno; exit < 0) {
      end();
      fail(error, "pidfd_open");
    }
    exit_ = Fd(exit);
  }

  ~Worker() {
    if (!reaped_) end();
  }

  Outcome finish(std::uint64_t limit_ns, const Watch& watch) {
    const auto began = now();
    auto deadline = began + limit_ns, look = watch ? began + kFirstLookNs : UINT64_MAX;
    for (auto stage = stage_; !ended_; stage = stage_) {
      throw_if_interrupted();
      const auto time = now();
      if (time >= deadline)
        return failed("gave no answer for " + std::to_string(limit_ns / 1'000'000'000) +
                      " s and was ended");
      if (time >= look) {
        watch(stage_, time - began);
        look = time + kLookNs;
      }
      const auto next = std::min(deadline, look);
      wait(int(std::min<std::uint64_t>((next - time) / 1'000'000 + 1, 1'000'000)));
      if (stage_ != stage) deadline = now() + limit_ns;  // it goes on
      if (!broken_.empty()) return failed(broken_);
    }
    // What it wrote before it ended is still in the pipes.
    for (int i = 0; i < kPiecesLeft && drain(reply_, received_); ++i) {
    }
    for (int i = 0; i < kPiecesLeft && drain(output_, printed_); ++i) {
    }
    take_replies();
    if (!broken_.empty()) return failed(broken_);
    const int status = reap(pid_);
    reaped_ = true;
    if (WIFSIGNALED(status)) end_orphans();  // its guard may have been killed
    if (result_) return {std::move(result_), {}};
    if (WIFSIGNALED(status)) {
      const char* name = sigabbrev_np(WTERMSIG(status));
      return failed(std::string("crashed with SIG") +
                    (name ? name : std::to_string(WTERMSIG(status))));
    }
    return failed("ended itself with exit status " + std::to_string(WEXITSTATUS(status)));
  }

 private:
  /// The guard ends all that the worker has started, and itself; unless a plugin has stopped it.
  void end() {
    kill(pid_, SIGTERM);
    kill(pid_, SIGCONT);
    if (!ends_in_time()) kill(pid_, SIGKILL);
    if (const int status = reap(pid_); WIFSIGNALED(status)) end_orphans();
  }

  bool ends_in_time() const {
    const auto deadline = now() + kGuardNs;
    for (auto time = now(); time < deadline; time = now()) {
      pollfd ended{exit_, POLLIN, 0};
      if (poll(&ended, 1, int((deadline - time) / 1'000'000 + 1)) > 0) return true;
    }
    return false;
  }

  void wait(int timeout_ms) {
    std::array<pollfd, 4> fds{pollfd{exit_, POLLIN, 0}, pollfd{reply_, POLLIN, 0},
                              pollfd{output_, POLLIN, 0}, pollfd{signal_fd(), POLLIN, 0}};
    if (reply_closed_) fds[1].fd = -1;
    if (output_closed_) fds[2].fd = -1;
    const int ready = poll(fds.data(), fds.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) fail(errno, "poll");
    if (ready <= 0) return;
    if (fds[1].revents != 0) reply_closed_ = !drain(reply_, received_);
    if (fds[2].revents != 0) output_closed_ = !drain(output_, printed_);
    if (printed_.size() > 2 * kOutputKept) printed_.erase(0, printed_.size() - kOutputKept);
    take_replies();
    ended_ = fds[0].revents != 0;
  }

  /// One piece of what is there; false at the end or when nothing is.
  static bool drain(int fd, std::string& to) {
    std::array<char, 65536> piece;
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0) return false;
    const auto count = read(fd, piece.data(), piece.size());
    if (count > 0) to.append(piece.data(), std::size_t(count));
    return count > 0;
  }

  void take_replies() try {
    std::uint32_t length = 0;
    while (received_.size() >= sizeof length) {
      std::copy_n(received_.data(), sizeof length, reinterpret_cast<char*>(&length));
      if (length > kReplyMax) throw std::runtime_error("a length that can't be");
      if (received_.size() < sizeof length + length) return;
      auto reply = decode_reply(std::string_view(received_).substr(sizeof length, length));
      received_.erase(0, sizeof length + length);
      if (reply.stage.empty())
        result_ = std::move(reply);
      else if (stages_left_-- == 0)
        throw std::runtime_error("more stages than a trial has");
      else
        stage_ = reply.stage;
    }
  } catch (const std::runtime_error& e) {
    broken_ =
        std::string("gave a broken reply, or something else wrote to its descriptor: ") + e.what();
  }

  Outcome failed(const std::string& how) const {
    auto text = how + (stage_.empty() ? "" : " in `" + stage_ + "`") + where_it_crashed();
    if (const auto line = last_line(); !line.empty()) text += "; it said: " + line;
    return {{}, text};
  }

  /// The worker says it in a line of its own.
  std::string where_it_crashed() const {
    const auto at = printed_.rfind(kCrashedAt);
    if (at == printed_.npos) return {};
    const auto begin = at + std::strlen(kCrashedAt);
    return " at " + with_readable_names(printed_.substr(begin, printed_.find('\n', begin) - begin));
  }

  std::string last_line() const {
    const auto said = std::string_view(printed_).substr(0, printed_.rfind(kCrashedAt));
    auto end = said.find_last_not_of("\r\n ");
    if (end == said.npos) return {};
    auto begin = said.find_last_of("\r\n", end);
    begin = begin == said.npos ? 0 : begin + 1;
    return std::string(said.substr(begin, std::min<std::size_t>(end + 1 - begin, 200)));
  }

  pid_t pid_ = -1;  ///< of its guard, which ends as it does
  Fd reply_, output_, exit_;
  std::size_t stages_left_;
  bool ended_ = false, reaped_ = false, reply_closed_ = false, output_closed_ = false;
  std::string received_, printed_, stage_, broken_;
  std::optional<Reply> result_;
};

}  // namespace

Outcome run_job(const Job& job, int directory, std::uint64_t limit_ns, const Watch& watch) {
  return Worker(job, directory).finish(limit_ns, watch);
}

}  // namespace iodyno::host
