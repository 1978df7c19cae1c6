#include "cli/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace iodyno::test {
namespace {

using std::chrono::steady_clock;

struct Ends {
  Fd ours, theirs;
};

Ends pipe_ends() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
}

Ends terminal_ends() {
  Fd ours(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt");
  check(grantpt(ours), "grantpt");
  check(unlockpt(ours), "unlockpt");
  Fd theirs = open_at(AT_FDCWD, ptsname(ours), O_RDWR | O_NOCTTY);
  return {std::move(ours), std::move(theirs)};
}

void set_width(int terminal, unsigned short columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = columns;
  check(ioctl(terminal, TIOCSWINSZ, &size), "TIOCSWINSZ");
}

/// Whoever writes to it from now on waits.
void fill(int pipe) {
  const int flags = check(fcntl(pipe, F_GETFL), "F_GETFL");
  check(fcntl(pipe, F_SETFL, flags | O_NONBLOCK), "F_SETFL");
  const std::array<char, 4096> filler{};
  while (write(pipe, filler.data(), filler.size()) > 0) {
  }
  check(fcntl(pipe, F_SETFL, flags), "F_SETFL");
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string entry = *at;
    if (!entry.starts_with("IODYNO_") && !entry.starts_with("NO_COLOR=") &&
        !entry.starts_with("TERM=") && !added.contains(entry.substr(0, entry.find('='))))
      all.push_back(entry);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Everything that can be read at once.
void take(int fd, std::string& to) {
  std::array<char, 65536> piece;
  pollfd ready{fd, POLLIN, 0};
  while (fd >= 0 && poll(&ready, 1, 0) == 1) {
    const auto count = read(fd, piece.data(), piece.size());
    if (count <= 0) return;
    to.append(piece.data(), std::size_t(count));
  }
}

/// The state and the parent, as /proc/PID/stat has them; state 0 when there is no such process.
std::pair<char, pid_t> state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {0, 0};
  char state = 0;
  int parent = 0;
  std::sscanf(line.c_str() + line.rfind(')') + 1, " %c %d", &state, &parent);
  return {state, parent};
}

}  // namespace

bool eventually(const std::function<bool()>& so, std::chrono::seconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (!so()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

Process::Process(const std::vector<std::string>& command, const Settings& settings)
    : stalled_(settings.output == Output::stalled) {
  const bool terminal = settings.output == Output::terminal;
  auto out = terminal ? terminal_ends() : pipe_ends();
  auto err = terminal ? terminal_ends() : pipe_ends();
  if (stalled_) fill(out.theirs);
  if (terminal && settings.columns != 0) set_width(err.ours, settings.columns);
  auto arguments = command;
  auto environment = environment_with(settings.environment);
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(environment);
  const auto directory = settings.directory.string();
  pid_ = check(fork(), "fork");
  if (pid_ == 0) {
    // What the test was started with must not show: in the background SIGINT is ignored.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (chdir(directory.c_str()) != 0 || dup2(in, 0) < 0 || dup2(out.theirs, 1) < 0 ||
        dup2(err.theirs, 2) < 0)
      _exit(126);
    execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    _exit(127);
  }
  exit_ = Fd(int(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open");
  if (settings.output != Output::closed) out_ = std::move(out.ours);
  err_ = std::move(err.ours);
}

Process::~Process() {
  if (reaped_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::send(int signal) const { check(kill(pid_, signal), "kill"); }

void Process::resize(unsigned short columns) const { set_width(err_, columns); }

void Process::read_what_is_there() {
  if (!stalled_) take(out_, ended_.out);
  take(err_, ended_.err);
}

std::string Process::said() {
  read_what_is_there();
  return ended_.err;
}

Ended Process::wait(std::chrono::seconds limit) {
  const bool over = eventually(
      [&] {
        read_what_is_there();
        pollfd ready{exit_, POLLIN, 0};
        return poll(&ready, 1, 0) == 1;
      },
      limit);
  if (!over) throw std::runtime_error("it does not end; it said: " + ended_.err);
  read_what_is_there();
  int status = 0;
  check(waitpid(pid_, &status, 0), "waitpid");
  reaped_ = true;
  ended_.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ended_;
}

Ended run(const std::vector<std::string>& command, const Process::Settings& settings) {
  return Process(command, settings).wait();
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = pid_t(std::atoi(entry.path().filename().c_str()));
    if (pid > 0 && state_of(pid).second == parent) all.push_back(pid);
  }
  return all;
}

bool is_gone(pid_t pid) {
  const char state = state_of(pid).first;
  return state == 0 || state == 'Z' || state == 'X';
}

bool is_stopped(pid_t pid) { return state_of(pid).first == 'T'; }

}  // namespace iodyno::test
