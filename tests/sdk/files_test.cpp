// Whole files: what is on the disk afterwards, and what was handed over.
#include <cerrno>
#include <cstring>

#include "fixture.hpp"

namespace sdk_test {
namespace {

INSTANTIATE_TEST_SUITE_P(, Engine, testing::ValuesIn(setups()), name_of);

TEST_P(Engine, SupportsEveryOperation) { EXPECT_EQ(session.ops, IODYNO_BIT(IODYNO_OP_COUNT) - 1); }

TEST_P(Engine, CreateWritesFromAnywhereInTheSource) {
  std::vector<iodyno_request> requests;
  std::vector<std::string> names;
  for (const auto size : kSizes)
    for (const auto page : {0, 1, 31})  // from the last page it wraps
      names.push_back(std::to_string(size) + "-" + std::to_string(page));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint64_t pages[] = {0, 1, 31};
    requests.push_back(
        request(IODYNO_OP_CREATE, names[i].c_str(), kSizes[i / 3], pages[i % 3] * kPage));
    if (i % 2 == 0) requests.back().flags = IODYNO_DURABLE;
  }
  const auto done = session.run(requests);
  for (std::size_t i = 0; i < done.size(); ++i) {
    expect_done(done[i], requests[i].length, how_to_write(requests[i].length));
    EXPECT_EQ(dir.read(names[i]), session.source(requests[i])) << names[i];
  }
  const std::string engine = &backend() == &automatic() ? "posix." : "";  // whose note it is
  EXPECT_EQ(session.notes.count(engine + "direct_tail"), direct() ? 1u : 0u);
}

TEST_P(Engine, OneFailureLeavesTheOthersAlone) {
  dir.write("here", "old");
  const auto done =
      session.run({request(IODYNO_OP_CREATE, "a", kPage), request(IODYNO_OP_CREATE, "here", kPage),
                   request(IODYNO_OP_READ, "gone", 1), request(IODYNO_OP_DELETE, "gone"),
                   request(iodyno_op(31), "a"), request(IODYNO_OP_CREATE, "b", kPage)});
  EXPECT_EQ(session.run_status, 0);
  const int expected[] = {0, EEXIST, ENOENT, ENOENT, ENOTSUP, 0};
  for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i].error, expected[i]) << i;
  EXPECT_EQ(dir.read("here"), "old");
  EXPECT_EQ(dir.read("b").size(), kPage);
}

TEST_P(Engine, ReadHandsOverTheFile) {
  std::vector<std::string> names, texts;
  for (const auto size : kSizes) {
    names.push_back(std::to_string(size));
    dir.write(names.back(), texts.emplace_back(text_of(size)));
  }
  for (const bool known : {true, false}) {
    std::vector<iodyno_request> requests;
    for (std::size_t i = 0; i < names.size(); ++i)
      requests.push_back(
          request(IODYNO_OP_READ, names[i].c_str(), known ? texts[i].size() : IODYNO_SIZE_UNKNOWN));
    const auto done = session.run(requests);
    for (std::uint32_t i = 0; i < done.size(); ++i) {
      expect_done(done[i], texts[i].size());
      EXPECT_EQ(session.delivered_by(i), texts[i]) << names[i];
    }
  }
}

TEST_P(Engine, ReadTakesJustTheLengthThatIsAskedFor) {
  const std::string text = text_of(3 * kPage + 5);
  dir.write("file", text);
  const auto done = session.run(
      {request(IODYNO_OP_READ, "file", kPage + 7), request(IODYNO_OP_READ, "file", text.size() + 1),
       request(IODYNO_OP_READ, "file", 8 * kPage), request(IODYNO_OP_READ, "file", 0)});
  expect_done(done[0], kPage + 7);
  EXPECT_EQ(session.delivered_by(0), text.substr(0, kPage + 7));
  EXPECT_EQ(done[1].error, ENODATA);
  EXPECT_EQ(done[2].error, ENODATA);
  expect_done(done[3], 0);
  EXPECT_TRUE(session.delivered_by(3).empty());
}

TEST_P(Engine, OverwriteKeepsWhatLiesBehind) {
  const std::string old = text_of(5 * kPage);
  for (const auto size : {std::uint64_t{1}, kPage, 2 * kPage + 9}) {
    dir.write("file", old);
    const auto r = request(IODYNO_OP_OVERWRITE, "file", size, 31 * kPage);
    expect_done(session.run_one(r), size, how_to_write(size));
    EXPECT_EQ(dir.read("file"), session.source(r) + old.substr(size));
  }
  EXPECT_EQ(session.run_one(request(IODYNO_OP_OVERWRITE, "gone", 1)).error, ENOENT);
}

TEST_P(Engine, AppendGoesBehindTheEnd) {
  for (const auto before : {std::uint64_t{0}, kPage, kPage + 1})
    for (const auto size : {std::uint64_t{5}, 2 * kPage, 40 * kPage}) {
      const std::string old = text_of(before);
      dir.write("file", old);
      auto r = request(IODYNO_OP_APPEND, "file", size, 30 * kPage);
      r.offset = before;
      expect_done(session.run_one(r), size, how_to_write(before) | how_to_write(size));
      EXPECT_EQ(dir.read("file"), old + session.source(r)) << before << " + " << size;
    }
}

TEST_P(Engine, RewriteTruncatesFirst) {
  dir.write("file", text_of(5 * kPage));
  const auto r = request(IODYNO_OP_REWRITE, "file", kPage);
  expect_done(session.run_one(r), kPage);
  EXPECT_EQ(dir.read("file"), session.source(r));
}

TEST_P(Engine, ReplaceIsWholeOrNothing) {
  dir.write("file", "old");
  dir.write("taken", "mine");
  auto r = request(IODYNO_OP_REPLACE, "file", kPage + 1, 0, "temporary");
  r.flags = IODYNO_DURABLE;
  expect_done(session.run_one(r), kPage + 1, how_to_write(kPage + 1));
  EXPECT_EQ(dir.read("file"), session.source(r));
  EXPECT_FALSE(dir.has("temporary"));

  r.path2 = "taken";  // which is not to be touched
  EXPECT_EQ(session.run_one(r).error, EEXIST);
  EXPECT_EQ(dir.read("taken"), "mine");

  r = request(IODYNO_OP_REPLACE, "no/directory", kPage, 0, "temporary");
  EXPECT_EQ(session.run_one(r).error, ENOENT);
  EXPECT_FALSE(dir.has("temporary"));
}

TEST_P(Engine, CopyIsTheSame) {
  for (const auto size : kSizes)
    for (const bool known : {true, false}) {
      const std::string text = text_of(size),
                        name = "to-" + std::to_string(size) + std::to_string(known);
      dir.write("from", text);
      auto r = request(IODYNO_OP_COPY, "from", known ? size : IODYNO_SIZE_UNKNOWN, 0, name.c_str());
      r.flags = known ? IODYNO_DURABLE : 0;
      expect_done(session.run_one(r), size, how_to_write(size));
      EXPECT_EQ(dir2.read(name), text) << name;
      EXPECT_TRUE(session.delivered.empty());
      EXPECT_EQ(session.run_one(r).error, EEXIST);
    }
  const auto longer = request(IODYNO_OP_COPY, "from", 2 << 20, 0, "longer");
  EXPECT_EQ(session.run_one(longer).error, ENODATA);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_COPY, "gone", 1, 0, "to")).error, ENOENT);
  EXPECT_FALSE(dir2.has("to"));
}

TEST_P(Engine, DirectIsRefusedWhereItIsAPretence) {
  if (!(backend().flags & IODYNO_DIRECT)) GTEST_SKIP() << "it is refused everywhere";
  if (!is_tmpfs("/dev/shm")) GTEST_SKIP() << "needs tmpfs";
  const TempDir pretence("/dev/shm");
  const Session refused(backend(),
                        {.flags = IODYNO_DIRECT, .dir = pretence.fd(), .dir2 = pretence.fd()});
  EXPECT_EQ(refused.status, EOPNOTSUPP);
  EXPECT_NE(std::string(refused.error.text).find("O_DIRECT does not work in this directory"),
            std::string::npos);
}

TEST_P(Engine, RenameMovesBetweenTheDirectories) {
  dir.write("file", "text");
  dir2.write("there", "old");
  expect_done(session.run_one(request(IODYNO_OP_RENAME, "file", 0, 0, "there")), 0);
  EXPECT_FALSE(dir.has("file"));
  EXPECT_EQ(dir2.read("there"), "text");
  EXPECT_EQ(session.run_one(request(IODYNO_OP_RENAME, "file", 0, 0, "there")).error, ENOENT);
}

TEST_P(Engine, LinkAndSymlink) {
  dir.write("file", "text");
  expect_done(session.run_one(request(IODYNO_OP_LINK, "file", 0, 0, "hard")), 0);
  EXPECT_EQ(std::filesystem::hard_link_count(dir / "file"), 2u);
  EXPECT_EQ(dir2.read("hard"), "text");
  EXPECT_EQ(session.run_one(request(IODYNO_OP_LINK, "file", 0, 0, "hard")).error, EEXIST);

  expect_done(session.run_one(request(IODYNO_OP_SYMLINK, "no/such thing", 0, 0, "soft")), 0);
  EXPECT_EQ(std::filesystem::read_symlink(dir2 / "soft"), "no/such thing");
  EXPECT_EQ(session.run_one(request(IODYNO_OP_SYMLINK, "x", 0, 0, "soft")).error, EEXIST);
}

TEST_P(Engine, DeleteAndStat) {
  dir.write("file", text_of(12345));
  expect_done(session.run_one(request(IODYNO_OP_STAT, "file", IODYNO_SIZE_UNKNOWN)), 12345);
  expect_done(session.run_one(request(IODYNO_OP_DELETE, "file")), 0);
  EXPECT_FALSE(dir.has("file"));
  EXPECT_EQ(session.run_one(request(IODYNO_OP_STAT, "file")).error, ENOENT);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_DELETE, "file")).error, ENOENT);
}

TEST_P(Engine, Directories) {
  expect_done(session.run_one(request(IODYNO_OP_MKDIR, "sub")), 0);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_MKDIR, "sub")).error, EEXIST);
  expect_done(session.run_one(request(IODYNO_OP_LIST, "sub")), 0);
  const int count = 3000;
  for (int i = 0; i < count; ++i) dir.write("sub/." + std::to_string(i), "");
  dir.write("sub/..hidden", "");
  expect_done(session.run_one(request(IODYNO_OP_LIST, "sub")), count + 1);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_RMDIR, "sub")).error, ENOTEMPTY);
  EXPECT_EQ(session.run_one(request(IODYNO_OP_LIST, "sub/.1")).error, ENOTDIR);
  expect_done(session.run_one(request(IODYNO_OP_MKDIR, "empty")), 0);
  expect_done(session.run_one(request(IODYNO_OP_RMDIR, "empty")), 0);
  EXPECT_FALSE(dir.has("empty"));
}

TEST_P(Engine, WorksWithoutBuffersAndWithASmallSource) {
  Opening with = opening();
  with.buffer_size = 0;
  with.source_size = kPage;
  with.source_tail = 0;
  Session bare(backend(), with);
  const auto write = request(IODYNO_OP_CREATE, "file", 5 * kPage + 1);
  expect_done(bare.run_one(write), write.length, how_to_write(write.length));
  EXPECT_EQ(dir.read("file"), bare.source(write));
  expect_done(bare.run_one(request(IODYNO_OP_READ, "file", write.length)), write.length);
  EXPECT_EQ(bare.delivered_by(0), bare.source(write));
}

TEST_P(Engine, AThousandFilesFromBirthToDeath) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("file" + std::to_string(i));
  for (const auto op : {IODYNO_OP_CREATE, IODYNO_OP_READ, IODYNO_OP_OVERWRITE, IODYNO_OP_DELETE}) {
    std::vector<iodyno_request> requests;
    for (std::size_t i = 0; i < names.size(); ++i)
      requests.push_back(
          request(op, names[i].c_str(), op == IODYNO_OP_DELETE ? 0 : 100, i % 32 * kPage));
    const auto done = session.run(requests);
    for (std::uint32_t i = 0; i < done.size(); ++i) {
      EXPECT_EQ(done[i].error, 0);
      EXPECT_EQ(done[i].bytes, requests[i].length);
      if (op == IODYNO_OP_READ) {
        EXPECT_EQ(session.delivered_by(i), session.source(requests[i]));
      }
    }
  }
}

}  // namespace
}  // namespace sdk_test
