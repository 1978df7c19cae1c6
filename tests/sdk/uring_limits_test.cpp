// Where the uring backend may not have what it asks for: no ring, no memory, no descriptors; and
// where a ring breaks.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

#include "child.hpp"
#include "fixture.hpp"

namespace sdk_test {
namespace {

std::string refusal(int error) {
  if (!forbid(SYS_io_uring_setup, error)) return "no seccomp";
  const TempDir dir;
  const Session session(uring(), {.dir = dir.fd(), .dir2 = dir.fd()});
  return std::to_string(session.status) + " " + session.error.text;
}

TEST(UringLimits, SaysWhyThereIsNoRing) {
  const std::string missing = in_a_child([] { return refusal(ENOSYS); });
  if (missing == "no seccomp") GTEST_SKIP() << missing;
  EXPECT_EQ(missing.rfind(std::to_string(ENOSYS) + " ", 0), 0u) << missing;
  EXPECT_NE(missing.find("no io_uring"), std::string::npos) << missing;
  const std::string forbidden = in_a_child([] { return refusal(EPERM); });
  EXPECT_EQ(forbidden.rfind(std::to_string(EPERM) + " ", 0), 0u) << forbidden;
  EXPECT_NE(forbidden.find("seccomp"), std::string::npos) << forbidden;
}

/// As somebody who may not lock more than `bytes` of memory; root always may.
std::string with_locked_memory(rlim_t bytes) {
  const TempDir dir;
  dir.write("file", text_of(kPage));
  ::fchmod(dir.fd(), 0755);
  return in_a_child([&] {
    const rlimit limit{bytes, bytes};
    if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return std::string("no limit");
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return std::string("no user");
    Session session(uring(),
                    {.dir = dir.fd(), .dir2 = dir.fd(), .options = {{"fixed_buffers", {.i = 1}}}});
    if (session.status != 0) return std::string(session.error.text);
    const auto c = session.run_one(request(IODYNO_OP_READ, "file", kPage));
    return session.notes.at("fixed_buffers") + (c.error == 0 ? "" : strerrorname_np(c.error));
  });
}

TEST(UringLimits, DoesWithoutFixedBuffersWhereMemoryCannotBeLocked) {
  EXPECT_EQ(with_locked_memory(16 * kPage), "off: Cannot allocate memory (RLIMIT_MEMLOCK)");
}

TEST(UringLimits, SaysThatTheRingItselfHasNoMemory) {
  const std::string said = with_locked_memory(0);
  if (said.starts_with("off: ")) GTEST_SKIP() << "this kernel does not count the ring as locked";
  EXPECT_NE(said.find("RLIMIT_MEMLOCK"), std::string::npos) << said;
}

/// As a process that may have no more than `more` descriptors beside those that it has.
std::string with_descriptors(rlim_t more) {
  const TempDir dir;
  dir.write("file", text_of(kPage));
  return in_a_child([&] {
    const rlimit limit{open_descriptors() + more, open_descriptors() + more};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return std::string("no limit");
    Session session(
        uring(),
        {.depth = 64, .dir = dir.fd(), .dir2 = dir.fd(), .options = {{"rings", {.i = 3}}}});
    if (session.status != 0) return std::string(session.error.text);
    const std::vector<iodyno_request> requests(200, request(IODYNO_OP_READ, "file", kPage));
    for (const auto& c : session.run(requests))
      if (c.error != 0 && c.error != EMFILE) return std::string(strerrorname_np(c.error));
    const auto one = session.run_one(request(IODYNO_OP_READ, "file", kPage));
    return session.notes.at("registered_files") +
           (one.error == 0 ? "" : strerrorname_np(one.error));
  });
}

TEST(UringLimits, DoesWithoutRegisteredFilesWhereDescriptorsAreFew) {
  EXPECT_EQ(with_descriptors(12), "off: Too many open files (RLIMIT_NOFILE)");
}

TEST(UringLimits, SaysThatThereAreNoDescriptorsForAllOfItsRings) {
  const std::string said = with_descriptors(2);
  EXPECT_NE(said.find("Too many open files"), std::string::npos) << said;
}

/// From here on no call may only wait for what was submitted before: so the ring breaks when the
/// last requests are in flight.
bool break_rings() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, std::uint32_t(SYS_io_uring_enter), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offsetof(seccomp_data, args[1]))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | std::uint32_t(EPERM)),
      BPF_STMT(BPF_RET | BPF_K, std::uint32_t(SECCOMP_RET_ALLOW))};
  const sock_fprog program{std::size(filter), filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

TEST(UringLimits, ABrokenRingEndsTheBatchAndCanBeClosed) {
  const TempDir dir;
  dir.write("file", text_of(64 * kPage));
  for (const int rings : {1, 3}) {
    const std::string said = in_a_child([&] {
      Session session(
          uring(), {.depth = 12,
                    .dir = dir.fd(),
                    .dir2 = dir.fd(),
                    .options = {{"rings", {.i = rings}}, {"wait", {.i = 1}}, {"async", {.i = 1}}},
                    .buffer_size = 64 * kPage});
      if (session.status != 0) return std::string(session.error.text);
      if (!break_rings()) return std::string("no seccomp");
      session.run(std::vector<iodyno_request>(99, request(IODYNO_OP_READ, "file", 64 * kPage)));
      return std::string(session.run_status == 0 ? "done" : strerrorname_np(session.run_status));
    });
    if (said == "no seccomp") GTEST_SKIP() << said;
    EXPECT_EQ(said, "EPERM");
  }
}

}  // namespace
}  // namespace sdk_test
