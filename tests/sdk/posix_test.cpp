// What the posix backend alone has: its options.
#include <cerrno>

#include "fixture.hpp"

namespace sdk_test {
namespace {

class Posix : public Engine {};
INSTANTIATE_TEST_SUITE_P(
    , Posix,
    testing::ValuesIn(std::vector<Setup>{
        {posix, 0, 1}, {posix, 0, 3}, {posix, IODYNO_DIRECT, 1}, {posix, IODYNO_DIRECT, 3}}),
    name_of);

TEST_P(Posix, CopiesInBothWays) {
  for (const std::int64_t way : {0, 1}) {
    Opening with = opening();
    with.options["copy"].i = way;
    Session copier(posix(), with);
    EXPECT_EQ(copier.notes.at("copy"), way == 1 || direct() ? "read_write" : "copy_file_range");
    for (const auto size : kSizes)
      for (const bool known : {true, false}) {
        const std::string text = text_of(size), name = "to-" + std::to_string(size) +
                                                       std::to_string(known) + std::to_string(way);
        dir.write("from", text);
        auto r =
            request(IODYNO_OP_COPY, "from", known ? size : IODYNO_SIZE_UNKNOWN, 0, name.c_str());
        r.flags = known ? IODYNO_DURABLE : 0;
        expect_done(copier.run_one(r), size, how_to_write(size));
        EXPECT_EQ(dir2.read(name), text) << name;
        EXPECT_TRUE(copier.delivered.empty());
        EXPECT_EQ(copier.run_one(r).error, EEXIST);
      }
    const auto longer =
        request(IODYNO_OP_COPY, "from", 2 << 20, 0, way == 0 ? "longer0" : "longer1");
    EXPECT_EQ(copier.run_one(longer).error, ENODATA);
    EXPECT_EQ(copier.run_one(request(IODYNO_OP_COPY, "gone", 1, 0, "to")).error, ENOENT);
  }
}

TEST(PosixCopy, ToAnotherFileSystemFallsBackAndSaysSo) {
  const TempDir dir;
  if (!is_tmpfs("/dev/shm") || is_tmpfs(".")) GTEST_SKIP() << "needs two file systems";
  const TempDir other("/dev/shm");
  Session session(posix(), {.depth = 2, .dir = dir.fd(), .dir2 = other.fd()});
  const std::string text = text_of((1 << 20) + 3);
  dir.write("from", text);
  const auto done = session.run({request(IODYNO_OP_COPY, "from", text.size(), 0, "1"),
                                 request(IODYNO_OP_COPY, "from", IODYNO_SIZE_UNKNOWN, 0, "2"),
                                 request(IODYNO_OP_COPY, "from", text.size(), 0, "3")});
  if (session.notes.at("copy") == "copy_file_range")
    GTEST_SKIP() << "this kernel copies between file systems";
  for (const auto& c : done) expect_done(c, text.size(), IODYNO_FALLBACK);
  for (const char* name : {"1", "2", "3"}) EXPECT_EQ(other.read(name), text);
  EXPECT_EQ(session.notes.at("copy").rfind("read_write: copy_file_range: ", 0), 0u);
}

TEST_P(Posix, TakesEveryAdvice) {
  const std::string text = text_of(3 * kPage);
  dir.write("file", text);
  for (const std::int64_t advice : {0, 1, 2, 3}) {
    Opening with = opening();
    with.options["fadvise"].i = advice;
    Session advised(posix(), with);
    expect_done(advised.run_one(request(IODYNO_OP_READ, "file", text.size())), text.size());
    EXPECT_EQ(advised.delivered_by(0), text);
    ASSERT_EQ(advised.open_files({"file"}, 0), 0);
    expect_done(advised.run_one(block(IODYNO_OP_READ_BLOCK, 0, kPage, kPage)), kPage);
    EXPECT_EQ(advised.delivered_by(0), text.substr(kPage, kPage));
  }
}

}  // namespace
}  // namespace sdk_test
