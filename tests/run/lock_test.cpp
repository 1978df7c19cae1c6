// Locks of files: had at once, waited for, given up.
#include "run/lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <iodyno/posix.hpp>
#include <thread>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Lock : public testing::Test {
 protected:
  Lock() {
    test::write_text(dir / "file", "");
    first = open();
    second = open();
  }
  Fd open() const { return open_at(dir.fd(), "file", O_RDONLY); }

  test::TempDir dir;
  Fd first, second;
};

/// Neither runs nor is about to: it waits for something.
bool is_asleep(pid_t thread) {
  const auto status = test::read_text("/proc/self/task/" + std::to_string(thread) + "/stat");
  return status.at(status.rfind(')') + 2) == 'S';
}

TEST_F(Lock, IsOfOneAlone) {
  EXPECT_TRUE(lock(first));
  EXPECT_FALSE(lock(second));
  EXPECT_EQ(errno, EWOULDBLOCK);
  EXPECT_FALSE(lock(second, milliseconds(60))) << "nobody has let go of it";
  EXPECT_EQ(errno, EWOULDBLOCK);
  first.close();
  EXPECT_TRUE(lock(second));
}

TEST_F(Lock, IsWaitedFor) {
  ASSERT_TRUE(lock(first));
  std::atomic<pid_t> waiting = 0;
  bool had = false;
  std::thread other([&] {
    waiting = gettid();
    had = lock(second, seconds(60));
  });
  while (waiting == 0 || !is_asleep(waiting)) std::this_thread::yield();
  first.close();
  other.join();
  EXPECT_TRUE(had);
}

TEST_F(Lock, OfNoFile) {
  EXPECT_FALSE(lock(-1, seconds(60)));
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace iodyno::host
