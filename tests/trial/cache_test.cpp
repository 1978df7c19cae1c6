#include "trial/cache.hpp"

#include <gtest/gtest.h>

#include "support/scratch.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {
namespace {

class Cache : public testing::Test {
 protected:
  Cache() { make_dataset(dir.fd(), files, {}, {}); }
  Residency look() { return residency_of(dir.fd(), files, 1); }

  test::TempDir dir;
  const Files files{{.files = 40, .size = {0, 50'000}}};
};

TEST_F(Cache, IsFullAfterWriting) {
  std::uint64_t pages = 0;
  for (std::uint64_t i = 0; i < files.count(); ++i) pages += (files.size(i) + 4095) / 4096;
  const auto now = look();
  EXPECT_EQ(now.pages, pages);
  EXPECT_EQ(now.cached, pages);
  EXPECT_EQ(now.fraction(), 1.0);
}

TEST_F(Cache, IsEmptyAfterEvictionAndFullAfterWarming) {
  if (test::in_memory(dir.path())) GTEST_SKIP() << "files in memory can't be evicted";
  // Eviction is advice: a trial tries three times, too.
  for (int tries = 0; tries < 3 && look().cached != 0; ++tries) evict(dir.fd(), files);
  EXPECT_EQ(look().cached, 0u);
  EXPECT_EQ(look().unwritten, 0u);
  EXPECT_EQ(look().fraction(), 0.0);
  warm(dir.fd(), files);
  EXPECT_EQ(look().fraction(), 1.0);
}

TEST_F(Cache, StaysFullInMemory) {
  if (!test::in_memory("/dev/shm")) GTEST_SKIP() << "no file system in memory here";
  const test::TempDir memory("/dev/shm");
  make_dataset(memory.fd(), files, {}, {});
  evict(memory.fd(), files);
  EXPECT_EQ(residency_of(memory.fd(), files, 1).fraction(), 1.0);
}

TEST_F(Cache, OfNothingIsFull) {
  const Files none({.files = 3, .size = {0, 0}});
  EXPECT_EQ(residency_of(dir.fd(), none, 1).fraction(), 1.0);
}

TEST_F(Cache, SaysWhichFileIsMissing) {
  std::filesystem::remove(dir / files.path(7));
  EXPECT_EQ(test::errno_of([&] { warm(dir.fd(), files); }), ENOENT);
  EXPECT_EQ(test::errno_of([&] { evict(dir.fd(), files); }), ENOENT);
  EXPECT_EQ(test::errno_of([&] { look(); }), files.size(7) == 0 ? 0 : ENOENT);
}

}  // namespace
}  // namespace iodyno::host
