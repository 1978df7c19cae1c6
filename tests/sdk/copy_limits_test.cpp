// The copy backend where something is missing: io_uring, memory that may be locked, O_DIRECT.
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.hpp"
#include "copy_fixture.hpp"

namespace sdk_test {
namespace {

/// Why a method does not work where a system call is forbidden.
std::string without(const char* method, long call, int error) {
  return in_a_child([=] {
    if (!forbid(call, error)) return std::string("no seccomp");
    const TempDir dir;
    const Session session(copier(), with_method(method, dir, dir));
    return std::to_string(session.status) + " " + missing(session);
  });
}

TEST(CopyLimits, AMethodThatIsForbiddenIsNotSupported) {
  const struct {
    const char* method;
    long call;
    const char* why;
  } cases[] = {{"copy_file_range", SYS_copy_file_range, "copy_file_range: "},
               {"sendfile", SYS_sendfile, "sendfile: "},
               {"splice", SYS_splice, "splice: "},
               {"uring", SYS_io_uring_setup, "io_uring_setup: "}};
  for (const auto& [method, call, why] : cases)
    for (const int error : {ENOSYS, EPERM}) {
      const auto said = without(method, call, error);
      if (said == "no seccomp") GTEST_SKIP() << said;
      if (said.find("without liburing") != said.npos) continue;
      EXPECT_EQ(said.rfind("0 " + std::string(why), 0), 0u) << said;
    }
}

/// A shortage is no property of the place, and an error.
TEST(CopyLimits, ThePipesTakeDescriptors) {
  const auto said = in_a_child([] {
    const TempDir dir;
    const rlimit few{open_descriptors() + 6, open_descriptors() + 6};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return std::string("no limit");
    const Session session(copier(), with_method("splice", dir, dir, 64));
    return std::to_string(session.status) + " " + session.error.text;
  });
  EXPECT_EQ(said, std::to_string(EMFILE) + " pipe: Too many open files");
}

/// Fixed buffers are a saving; without them it works as well.
TEST(CopyLimits, MemoryThatMayNotBeLocked) {
  const TempDir dir;
  const std::string text = text_of((3 << 20) + 5);
  dir.write("from", text);
  ::fchmod(dir.fd(), 0777);
  const auto said = in_a_child([&] {
    const rlimit limit{16 * kPage, 16 * kPage};
    if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return std::string("no limit");
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return std::string("no user");
    Opening opening = with_method("uring", dir, dir);
    opening.flags = IODYNO_DIRECT;
    Session session(copier(), opening);
    if (const auto why = missing(session); !why.empty()) return "none: " + why;
    const auto c = session.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, "to"));
    return session.notes.at("fixed_buffers") + (c.error == 0 ? "" : strerrorname_np(c.error));
  });
  if (said.starts_with("none: ")) GTEST_SKIP() << said;
  EXPECT_EQ(said, "off: Cannot allocate memory");
  EXPECT_TRUE(whole_of(dir / "to") == text);
}

/// What bypasses the page cache, and what can't.
TEST(CopyLimits, DirectIsRefusedWhereAMethodCannot) {
  const TempDir dir, dir2;
  const std::string text = text_of((3 << 20) + 5);
  dir.write("from", text);
  for (const std::string method : kMethods) {
    Opening opening = with_method(method, dir, dir2, 2);
    opening.flags = IODYNO_DIRECT;
    Session session(copier(), opening);
    if (method == "read_write" || method == "direct" || method == "uring") {
      if (!missing(session).empty()) continue;  // no O_DIRECT here, or no ring
      expect_done(session.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, method.c_str())),
                  text.size(), IODYNO_FALLBACK);
      EXPECT_TRUE(whole_of(dir2 / method) == text);
      EXPECT_NE(session.notes.at("direct_tail"), "");
      expect_done(
          session.run_one(request(IODYNO_OP_COPY, "from", 1 << 20, 0, (method + "-even").c_str())),
          1 << 20);
    } else {
      EXPECT_EQ(session.status, ENOTSUP) << method;
      EXPECT_NE(std::string(session.error.text).find("page cache"), std::string::npos);
    }
  }
}

TEST(CopyOptions, AllocateWhereAskedTo) {
  const TempDir dir, dir2;
  const std::string text = text_of(2 << 20);
  dir.write("from", text);
  for (const char* wish : {"on", "off"})
    for (const char* method : kMethods) {
      Opening opening = with_method(method, dir, dir2);
      opening.options["preallocate"] = choice_of("preallocate", wish);
      Session session(copier(), opening);
      if (!missing(session).empty()) continue;
      const auto name = method + std::string(wish);
      EXPECT_EQ(
          session.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, name.c_str())).error, 0);
      EXPECT_TRUE(whole_of(dir2 / name) == text) << name;
      const auto& note = session.notes.at("preallocated");
      EXPECT_EQ(note.starts_with("by fallocate"),
                wish == std::string("on") && method != std::string("reflink"))
          << note;
    }
}

}  // namespace
}  // namespace sdk_test
