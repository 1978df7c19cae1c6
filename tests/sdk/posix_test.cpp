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
    const std::string expected = way == 1 || direct() ? "read_write" : "copy_file_range";
    EXPECT_TRUE(copier.notes.at("copy").starts_with(expected)) << copier.notes.at("copy");
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
  if (session.notes.at("copy").starts_with("copy_file_range"))
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

/// Files in many directories, as the host orders them: one directory after the other.
class PosixOnATree : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kDirectories = 24, kEach = 20;

  void SetUp() override {
    for (std::uint32_t d = 0; d < kDirectories; ++d) {
      const std::string name = "d" + std::to_string(d);
      std::filesystem::create_directory(dir / name);
      std::filesystem::create_directory(dir2 / name);
      for (std::uint32_t f = 0; f < kEach; ++f) paths.push_back(name + "/f" + std::to_string(f));
    }
    for (const auto& path : paths) temporary.push_back(path + ".new");
  }
  std::vector<iodyno_request> requests(iodyno_op op) const {
    std::vector<iodyno_request> all;
    for (std::uint32_t i = 0; i < paths.size(); ++i) {
      const bool writes = op != IODYNO_OP_DELETE && op != IODYNO_OP_STAT;
      all.push_back(request(op, paths[i].c_str(), writes ? 100 : 0, i));
      all.back().file = i / kEach;
      if (op == IODYNO_OP_REPLACE) all.back().path2 = temporary[i].c_str();
      if (op == IODYNO_OP_COPY) all.back().path2 = paths[i].c_str();
    }
    return all;
  }
  Session open(std::map<std::string, iodyno_value> options) const {
    return {posix(), {.depth = GetParam(), .dir = dir.fd(), .dir2 = dir2.fd(), .options = options}};
  }

  TempDir dir, dir2;
  std::vector<std::string> paths, temporary;
};
INSTANTIATE_TEST_SUITE_P(Depth, PosixOnATree, testing::Values(1, 2, 5));

TEST_P(PosixOnATree, EveryWayToShareItOutDoesTheSame) {
  for (const std::int64_t split : {0, 1, 2})
    for (const std::int64_t dirfds : {0, 1}) {
      Session session = open({{"split", {.i = split}},
                              {"dirfds", {.i = dirfds}},
                              {"fd_tables", {.i = split != 1}},
                              {"pin", {.i = split == 2}}});
      ASSERT_EQ(session.status, 0) << session.error.text;
      for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_OVERWRITE, IODYNO_OP_REWRITE,
                            IODYNO_OP_REPLACE, IODYNO_OP_READ, IODYNO_OP_COPY, IODYNO_OP_STAT}) {
        const auto all = requests(op);
        const auto done = session.run(all);
        for (std::uint32_t i = 0; i < all.size(); ++i) {
          expect_done(done[i], 100);
          if (op == IODYNO_OP_READ) {
            EXPECT_EQ(session.delivered_by(i), session.source(all[i]));
          }
          if (op == IODYNO_OP_REPLACE) {
            EXPECT_EQ(dir.read(paths[i]), session.source(all[i]));
          }
          if (op == IODYNO_OP_COPY) {
            EXPECT_TRUE(std::filesystem::remove(dir2 / paths[i]));
          }
        }
      }
      EXPECT_EQ(session.notes.count("split"), split != 1) << "auto: there are enough directories";
      for (const auto& c : session.run(requests(IODYNO_OP_DELETE))) expect_done(c, 0);
      for (const auto& path : paths) EXPECT_FALSE(dir.has(path) || dir.has(path + ".new"));
    }
}

TEST_P(PosixOnATree, ADirectoryThatIsGoneFailsItsFilesAlone) {
  Session session = open({});
  std::filesystem::remove(dir / "d3");
  const auto done = session.run(requests(IODYNO_OP_CREATE));
  for (std::uint32_t i = 0; i < done.size(); ++i)
    EXPECT_EQ(done[i].error, i / kEach == 3 ? ENOENT : 0) << paths[i];
}

/// The number of the directory is only a hint: the path is what counts.
TEST_P(PosixOnATree, PathsThatLieElsewhereAreFound) {
  Session session = open({{"split", {.i = 2}}});
  auto all = requests(IODYNO_OP_CREATE);
  for (auto& r : all) r.file = 0;
  for (const auto& c : session.run(all)) expect_done(c, 100);
  for (const auto& path : paths) EXPECT_TRUE(dir.has(path));
}

TEST_P(PosixOnATree, EveryThreadSeesTheOpenSet) {
  Session session = open({});
  session.run(requests(IODYNO_OP_CREATE));
  std::vector<const char*> set;
  for (const auto& path : paths) set.push_back(path.c_str());
  const auto before = open_descriptors();
  std::vector<iodyno_request> all;
  for (const std::size_t size : {std::size_t{10}, std::size_t{18'000}, std::size_t{30}}) {
    std::vector<const char*> files;  // the second set is so large that threads share it
    while (files.size() < size / GetParam()) files.push_back(set[files.size() % set.size()]);
    ASSERT_EQ(session.open_files(files, 0), 0) << session.error.text;
    [[maybe_unused]] const bool alone = GetParam() == 1,
                                large = size / GetParam() * GetParam() > 1 << 14;
#ifndef __SANITIZE_THREAD__  // there are no such tables with ThreadSanitizer
    EXPECT_EQ(session.notes.at("fd_tables"), alone   ? "one thread"
                                             : large ? "shared: the open set is large"
                                                     : "one for each thread");
#endif
    all.clear();
    for (std::uint32_t i = 0; i < 500; ++i)
      all.push_back(block(IODYNO_OP_READ_BLOCK, std::uint32_t(i % files.size()), 0, 100));
    for (const auto& c : session.run(all)) expect_done(c, 100);
  }
  EXPECT_EQ(session.open_files({set[0], "gone"}, 0), ENOENT);
  EXPECT_NE(std::string(session.error.text).find("gone"), std::string::npos);
  EXPECT_EQ(session.run(all)[0].error, EBADF);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PosixOnATree, ReadsAheadOfLargeFiles) {
  const std::string text = text_of((1 << 20) + 3);
  dir.write("large", text);
  for (const std::int64_t ahead : {1, 4096, 300'000, 1 << 30}) {
    Session session = open({{"readahead", {.i = ahead}}});
    expect_done(session.run_one(request(IODYNO_OP_READ, "large", text.size())), text.size());
    EXPECT_EQ(session.delivered_by(0), text);
    expect_done(session.run_one(request(IODYNO_OP_READ, "large", IODYNO_SIZE_UNKNOWN)),
                text.size());
  }
}

}  // namespace
}  // namespace sdk_test
