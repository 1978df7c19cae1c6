// In which way requests of the uring backend come about: handed to a worker of the kernel or not,
// by way of the page cache or past it.
#include <cerrno>

#include "fixture.hpp"

namespace sdk_test {
namespace {

class UringHow : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(session.status, 0) << session.error.text; }
  std::uint32_t how(const iodyno_request& r) {
    const auto c = session.run_one(r, IODYNO_REHEARSAL);
    EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
    return c.how;
  }
  bool on(std::uint64_t type) const {
    struct statfs fs;
    return ::fstatfs(dir.fd(), &fs) == 0 && std::uint64_t(fs.f_type) == type;
  }

  const TempDir dir;
  Session session{uring(), {.depth = 2, .dir = dir.fd(), .dir2 = dir.fd()}};
};

TEST_F(UringHow, NamesAreAlwaysTheWorkOfWorkers) {
  constexpr auto kPunted = std::uint32_t{IODYNO_PUNTED};
  EXPECT_EQ(how(request(IODYNO_OP_CREATE, "a")), kPunted);
  EXPECT_NE(session.notes.at("punted").find("create: open with O_CREAT"), std::string::npos)
      << session.notes.at("punted");
  EXPECT_EQ(how(request(IODYNO_OP_CREATE, "b", kPage)), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_REWRITE, "b", kPage)), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_STAT, "b", kPage)), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_COPY, "b", kPage, 0, "c")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_REPLACE, "b", kPage, 0, "t")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_RENAME, "c", 0, 0, "d")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_LINK, "d", 0, 0, "e")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_SYMLINK, "d", 0, 0, "f")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_MKDIR, "g")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_LIST, "g")), 0u) << "a system call";
  EXPECT_EQ(how(request(IODYNO_OP_RMDIR, "g")), kPunted);
  EXPECT_EQ(how(request(IODYNO_OP_DELETE, "a")), kPunted);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_DELETE, "a")).how, 0u) << "it failed";
}

TEST_F(UringHow, BytesAreAsTheFileSystemHasThem) {
  dir.write("file", text_of(2 * kPage));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  const bool tmpfs = on(TMPFS_MAGIC), ext4 = on(EXT4_SUPER_MAGIC);
  const std::uint32_t reads = tmpfs ? IODYNO_PUNTED : 0, writes = tmpfs || ext4 ? IODYNO_PUNTED : 0;
  EXPECT_EQ(how(request(IODYNO_OP_READ, "file", 2 * kPage)), reads);
  EXPECT_EQ(how(request(IODYNO_OP_READ, "file", 0)), 0u) << "there is nothing to read";
  EXPECT_EQ(how(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)), reads);
  EXPECT_EQ(how(request(IODYNO_OP_OVERWRITE, "file", kPage)), writes);
  EXPECT_EQ(how(block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage)), writes);
  auto durable = block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage);
  durable.flags = IODYNO_DURABLE;
  EXPECT_EQ(how(durable), std::uint32_t{IODYNO_PUNTED});
  EXPECT_EQ(how(block(IODYNO_OP_FSYNC, 0, 0, 0)), std::uint32_t{IODYNO_PUNTED});
}

TEST_F(UringHow, WhatDependsOnTheCacheIsCountedInTheRehearsal) {
  dir.write("file", text_of(kPage));
  dir.read("file");
  for (int i = 0; i < 2; ++i) how(request(IODYNO_OP_READ, "file", kPage));
  const std::string& said = session.notes.at("punted");
  EXPECT_NE(said.find("rehearsal"), std::string::npos) << said;
  if (!on(TMPFS_MAGIC) && said.starts_with("hand-offs")) {
    EXPECT_EQ(said, "hand-offs: 0 for 1 requests of the rehearsal");
  }
}

TEST_F(UringHow, AsyncIsTheWorkOfWorkers) {
  dir.write("file", text_of(kPage));
  Session async(uring(), {.dir = dir.fd(), .dir2 = dir.fd(), .options = {{"async", {.i = 1}}}});
  EXPECT_EQ(async.run_one(request(IODYNO_OP_READ, "file", kPage)).how,
            std::uint32_t{IODYNO_PUNTED});
}

// --- RWF_DONTCACHE

Opening dontcache(int dir, std::uint32_t flags = 0) {
  return {
      .depth = 3, .flags = flags, .dir = dir, .dir2 = dir, .options = {{"dontcache", {.i = 1}}}};
}

TEST(UringDontCache, MovesTheSameBytes) {
  const TempDir dir;
  Session session(uring(), dontcache(dir.fd()));
  if (session.status == EOPNOTSUPP) GTEST_SKIP() << session.error.text;
  ASSERT_EQ(session.status, 0) << session.error.text;
  for (const std::uint64_t size : {kPage, 9 * kPage + 7}) {
    const std::string name = "file" + std::to_string(size);
    const auto r = request(IODYNO_OP_CREATE, name.c_str(), size, kPage);
    EXPECT_EQ(session.run_one(r).error, 0);
    EXPECT_EQ(dir.read(name), session.source(r));
    EXPECT_EQ(session.run_one(request(IODYNO_OP_READ, name.c_str(), size)).bytes, size);
    EXPECT_EQ(session.delivered_by(0), session.source(r));
    ASSERT_EQ(session.open_files({name.c_str()}, IODYNO_WRITABLE), 0);
    EXPECT_EQ(session.run_one(block(IODYNO_OP_WRITE_BLOCK, 0, 0, kPage)).error, 0);
    EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)).bytes, kPage);
  }
}

TEST(UringDontCache, IsRefusedWhereTheFileSystemHasNone) {
  if (!is_tmpfs("/dev/shm")) GTEST_SKIP() << "/dev/shm is no tmpfs that may be written to";
  const TempDir dir("/dev/shm");
  const Session session(uring(), dontcache(dir.fd()));
  EXPECT_EQ(session.status, EOPNOTSUPP);
  EXPECT_NE(std::string(session.error.text).find("dontcache"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(dir / ""));
}

TEST(UringDontCache, IsNothingForODirect) {
  const TempDir dir;
  const Session session(uring(), dontcache(dir.fd(), IODYNO_DIRECT));
  EXPECT_EQ(session.status, EINVAL) << session.error.text;
}

}  // namespace
}  // namespace sdk_test
