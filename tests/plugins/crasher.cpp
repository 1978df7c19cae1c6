// Does what a plugin must not do, at a moment of choice. Without the SDK, which stops exceptions.
#include <fcntl.h>
#include <iodyno/backend.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

struct iodyno_session {};

namespace {

constexpr const char* kWhen[] = {"never", "open", "rehearse", "run", "close", nullptr};
constexpr const char* kWhat[] = {
    "segv",         "abort",      "exit0",       "exit3",         "hang",       "throw",
    "throw_int",    "print",      "leave_child", "leave_printer", "close_all",  "garbage",
    "huge_garbage", "no_session", "interrupt",   "leave_daemon",  "blind_hang", "daemon_hang",
    "null_pointer", "overflow",   "assertion",   "exhaust",       "bus",        "ill",
    "stop_guard",   "kill_guard", "stages",      nullptr};
constexpr iodyno_option kOptions[] = {
    {"when", "At what moment.", IODYNO_CHOICE, 0, {.i = 3}, {.i = 0}, {.i = 0}, kWhen},
    {"what", "What it does.", IODYNO_CHOICE, 0, {.i = 0}, {.i = 0}, {.i = 0}, kWhat}};

constexpr int kReplyFd = 4;  // a plugin should not know, but may hit it by mistake

std::string_view when, what;
int directory = -1;

void die_of(int signal_number) {
  signal(signal_number, SIG_DFL);  // a sanitizer's handler would make an exit of it
  raise(signal_number);
}

/// Whose child a process is.
int parent_of(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("PPid:")) return std::stoi(line.substr(5));
  return -1;
}

/// A child of nobody's, in a session of its own, as `daemon` makes them; it has left its lock to
/// be held when this returns.
void leave_daemon() {
  const int fd = openat(directory, "child", O_RDWR | O_CREAT, 0600);
  flock(fd, LOCK_EX);
  const int between = fork();
  if (between != 0) {
    waitpid(between, nullptr, 0);
    return;
  }
  setsid();
  if (fork() != 0) _exit(0);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  while (true) pause();
}

void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
}

int overflow(long more, volatile int* above) {
  if (more == 0) return 0;
  volatile int here[1000] = {above ? *above : 0};
  return overflow(more - 1, here) + here[1];
}

/// Takes memory up to twice what the machine has, without touching it.
void exhaust() {
  const auto twice = 2 * std::size_t(sysconf(_SC_PHYS_PAGES)) * std::size_t(sysconf(_SC_PAGESIZE));
  constexpr std::size_t kPiece = std::size_t(64) << 20;
  for (std::size_t taken = 0; taken < twice; taken += kPiece)
    static_cast<volatile char*>(operator new(kPiece))[0] = 1;
}

/// A child that never ends. It holds a lock, which is free again when it is gone.
void leave_child(bool printing) {
  const int fd = openat(directory, "child", O_RDWR | O_CREAT, 0600);
  flock(fd, LOCK_EX);
  if (fork() != 0) return;
  while (true) {
    if (printing)
      (void)!write(STDOUT_FILENO, "and another line\n", 17);
    else
      pause();
  }
}

/// As if it went on, and on.
void tell_of_stages() {
  for (char name = 'a';; name = name == 'a' ? 'b' : 'a') {
    const std::string reply =  // CBOR
        std::string("\xa5\x65stage\x61") + name +
        "\x65"
        "error\x60\x6b"
        "description\xf6\x65probe\xf6\x66sample\xf6";
    const auto length = std::uint32_t(reply.size());
    std::string message(reinterpret_cast<const char*>(&length), sizeof length);
    message += reply;
    if (write(kReplyFd, message.data(), message.size()) < 0) pause();
    usleep(100'000);
  }
}

void act(std::string_view now) {
  if (now != when) return;
  if (what == "segv") die_of(SIGSEGV);
  if (what == "abort") die_of(SIGABRT);
  if (what == "bus") die_of(SIGBUS);
  if (what == "ill") die_of(SIGILL);
  if (what == "exit0") std::exit(0);
  if (what == "exit3") _exit(3);
  if (what == "hang")
    while (true) pause();
  if (what == "interrupt") {
    kill(parent_of(getppid()), SIGINT);  // the worker's parent is its guard
    while (true) pause();
  }
  if (what == "blind_hang") block_all_signals();
  if (what == "leave_daemon" || what == "daemon_hang") leave_daemon();
  if (what == "blind_hang" || what == "daemon_hang")
    while (true) pause();
  if (what == "null_pointer") *static_cast<volatile int*>(nullptr) = 1;
  if (what == "overflow") overflow(100'000'000, nullptr);
  if (what == "exhaust") exhaust();
  if (what == "assertion") {
    std::fprintf(stderr, "plugin.cpp:7: Assertion `sound' failed.\n");
    std::abort();
  }
  if (what == "throw") throw std::runtime_error("thrown through the wall");
  if (what == "throw_int") throw 42;
  if (what == "print") {
    for (int i = 0; i < 100'000; ++i) std::printf("line %d of many\n", i);
    std::fflush(stdout);
    std::fprintf(stderr, "the last words\n \r\n");
    _exit(5);
  }
  if (what == "leave_child") leave_child(false);
  if (what == "leave_printer") leave_child(true);
  if (what == "close_all") syscall(SYS_close_range, 0u, ~0u, 0u);
  if (what == "stop_guard") {
    kill(getppid(), SIGSTOP);
    while (true) pause();
  }
  if (what == "kill_guard") {
    leave_daemon();
    kill(getppid(), SIGKILL);
    while (true) pause();
  }
  if (what == "stages") tell_of_stages();
  if (what == "garbage") (void)!write(kReplyFd, "\4\0\0\0wxyz", 8);
  if (what == "huge_garbage") (void)!write(kReplyFd, "\xff\xff\xff\xff", 4);
}

iodyno_session the_session;

int crasher_open(const iodyno_config* config, iodyno_session** session, std::uint64_t* ops,
                 iodyno_error*) {
  when = kWhen[config->options[0].i];
  what = kWhat[config->options[1].i];
  directory = config->dir_fd;
  act("open");
  *session = what == "no_session" ? nullptr : &the_session;
  *ops = IODYNO_BIT(IODYNO_OP_STAT);
  return 0;
}

std::uint64_t time_now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::uint64_t(t.tv_sec) * 1'000'000'000 + std::uint64_t(t.tv_nsec);
}

int crasher_run(iodyno_session*, const iodyno_batch* batch, iodyno_error*) {
  const auto start = batch->flags & IODYNO_UNTIMED ? 0 : time_now();
  for (std::uint32_t i = 0; i < batch->count; ++i)
    batch->completions[i] = {0, 0, batch->requests[i].length, start, start};
  act(batch->flags & IODYNO_REHEARSAL ? "rehearse" : "run");
  return 0;
}

void crasher_close(iodyno_session*) { act("close"); }

constexpr iodyno_backend kBackend{.size = sizeof(iodyno_backend),
                                  .abi_major = IODYNO_ABI_MAJOR,
                                  .abi_minor = IODYNO_ABI_MINOR,
                                  .name = "crasher",
                                  .version = "0.1",
                                  .summary = "crashes, hangs, and worse",
                                  .ops = IODYNO_BIT(IODYNO_OP_STAT),
                                  .flags = 0,
                                  .option_count = 2,
                                  .option_size = sizeof(iodyno_option),
                                  .reserved = 0,
                                  .options = kOptions,
                                  .open = crasher_open,
                                  .open_files = nullptr,
                                  .run = crasher_run,
                                  .close = crasher_close};

}  // namespace

const iodyno_backend* iodyno_backend_entry() { return &kBackend; }
