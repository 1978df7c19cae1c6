// What `auto` alone has: it learns, keeps what it has learned, divides a batch, and says what it
// does.
#include <cerrno>

#include "fixture.hpp"

namespace sdk_test {
namespace {

class Auto : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kFiles; ++i) {
      names.push_back("f" + std::to_string(i));
      dir.write(names.back(), text_of(kSize, unsigned(i)));
    }
  }
  Opening opening(const char* kept = nullptr) {
    return {.depth = 4,
            .dir = dir.fd(),
            .dir2 = dir2.fd(),
            .options = {{"patience", {50'000'000}}},
            .kept = kept};
  }
  std::vector<iodyno_request> on_all(iodyno_op op) const {
    std::vector<iodyno_request> requests;
    for (const auto& name : names)
      requests.push_back(request(op, name.c_str(), op == IODYNO_OP_DELETE ? 0 : kSize));
    return requests;
  }
  static void expect_all_done(const std::vector<iodyno_completion>& done, std::uint64_t bytes) {
    for (const auto& c : done) expect_done(c, bytes);
  }

  static constexpr int kFiles = 64;
  static constexpr std::uint64_t kSize = 5000;
  TempDir dir, dir2;
  std::vector<std::string> names;
};

/// The depth, flags and expectation of opening().
constexpr const char* kSetting = "4/0/1 ";
std::string kept_for(const std::vector<std::string>& lines) {
  std::string text = "auto-1";
  for (const auto& line : lines) text += "\n" + (kSetting + line);
  return text;
}

constexpr std::uint32_t kRehearsal = IODYNO_REHEARSAL | IODYNO_UNTIMED;

TEST_F(Auto, LearnsInARehearsalAndDeliversEachByteOnce) {
  Session session(automatic(), opening());
  const auto done = session.run(on_all(IODYNO_OP_READ), kRehearsal);
  expect_all_done(done, kSize);
  for (int i = 0; i < kFiles; ++i)
    EXPECT_EQ(session.delivered_by(std::uint32_t(i)), text_of(kSize, unsigned(i)));
  const std::string picked = session.notes.at("picked.read.small");
  EXPECT_NE(picked.find(" rounds"), picked.npos) << picked;
  EXPECT_EQ(session.kept, kept_for({"read.small " + picked}));
  expect_all_done(session.run(on_all(IODYNO_OP_READ)), kSize);
  EXPECT_EQ(session.delivered_by(7), text_of(kSize, 7));
}

TEST_F(Auto, SharesOutWhatCanBeDoneOnlyOnce) {
  Session session(automatic(), opening());
  const auto is_picked = [&](const char* kind) {
    return session.notes.contains(std::string("picked.") + kind);
  };
  for (int round = 0; !is_picked("delete") || !is_picked("create.small"); ++round) {
    ASSERT_LT(round, 1000);
    expect_all_done(session.run(on_all(IODYNO_OP_DELETE), kRehearsal), 0);
    EXPECT_FALSE(dir.has("f0"));
    const auto creates = on_all(IODYNO_OP_CREATE);
    expect_all_done(session.run(creates, kRehearsal), kSize);
    EXPECT_EQ(dir.read("f9"), session.source(creates[9]));
  }
  EXPECT_NE(session.kept.find("\n4/0/1 delete " + session.notes.at("picked.delete")),
            session.kept.npos);
  EXPECT_TRUE(session.notes.contains("picked.create.small"));
}

TEST_F(Auto, TakesUpWhatWasKept) {
  const std::string kept = kept_for({"read.small posix@2, because", "overwrite.small posix@1, x"}) +
                           "\n1/0/1 read.small uring@1, of another depth";
  Session session(automatic(), opening(kept.c_str()));
  EXPECT_EQ(session.notes.at("picked.read.small"), "posix@2, because");
  EXPECT_EQ(session.notes.count("kept"), 0u);
  expect_all_done(session.run(on_all(IODYNO_OP_READ), kRehearsal), kSize);
  EXPECT_EQ(session.kept, kept) << "nothing is learned again, and it says that it will do";
}

TEST_F(Auto, IgnoresWhatItDoesNotUnderstandAndSaysSo) {
  for (const std::string& kept :
       {std::string(), std::string("something else"), std::string("auto-2\n4/0/1 stat posix@1, x"),
        kept_for({"read.small nonsense@1, x"}), kept_for({"reed posix@1, x"}),
        kept_for({"read.small"}), kept_for({"read.small copy:method=reflink@1, x"})}) {
    Session session(automatic(), opening(kept.c_str()));
    ASSERT_EQ(session.status, 0);
    EXPECT_EQ(session.notes.count("kept"), 1u) << kept;
    expect_all_done(session.run(on_all(IODYNO_OP_READ)), kSize);
    const std::string picked = session.notes.at("picked.read.small");
    EXPECT_NE(picked.find("by rule: not rehearsed"), picked.npos) << picked;
  }
}

TEST_F(Auto, DividesABatchOfSeveralKinds) {
  Session session(automatic(), opening(kept_for({"read_block.small mmap@2, x",
                                                 "write_block.small posix@1, y", "stat posix@2, z"})
                                           .c_str()));
  ASSERT_EQ(session.open_files({"f0", "f1"}, IODYNO_WRITABLE), 0) << session.error.text;
  std::vector<iodyno_request> requests;
  for (std::uint32_t i = 0; i < 90; ++i) {
    if (i % 3 == 2)
      requests.push_back(request(IODYNO_OP_STAT, "f5", kSize));
    else
      requests.push_back(
          block(i % 3 == 0 ? IODYNO_OP_READ_BLOCK : IODYNO_OP_WRITE_BLOCK, i % 3, 0, kPage));
  }
  const auto done = session.run(requests);
  for (std::uint32_t i = 0; i < 90; ++i) {
    expect_done(done[i], i % 3 == 2 ? kSize : kPage);
    EXPECT_LE(done[i].start_ns, done[i].end_ns);
    EXPECT_GT(done[i].start_ns, 0u);
    if (i % 3 == 0)
      EXPECT_EQ(session.delivered_by(i), text_of(kSize, 0).substr(0, kPage));
    else
      EXPECT_FALSE(session.delivered.contains(i));
  }
  EXPECT_EQ(dir.read("f1").substr(0, kPage), session.source(requests[1]));
}

TEST_F(Auto, OfTooFewRequestsLearnsNothing) {
  Session session(automatic(), opening());
  expect_done(session.run_one(request(IODYNO_OP_READ, "f1", kSize), kRehearsal), kSize);
  EXPECT_NE(session.kept.find("by rule: too little to measure"), session.kept.npos) << session.kept;
}

TEST_F(Auto, GoesBySizeWithoutLearning) {
  Opening with = opening();
  with.options["policy"].i = 1;
  Session session(automatic(), with);
  const std::uint64_t large = 2 << 20;
  dir.write("large", text_of(large));
  const auto done =
      session.run({request(IODYNO_OP_READ, "f1", kSize), request(IODYNO_OP_READ, "large", large),
                   request(IODYNO_OP_COPY, "large", large, 0, "copy")},
                  kRehearsal);
  EXPECT_EQ(session.delivered_by(1), text_of(large));
  EXPECT_EQ(dir2.read("copy"), text_of(large));
  EXPECT_EQ(session.notes.at("picked.read.small").rfind("posix@", 0), 0u);
  EXPECT_EQ(session.notes.at("picked.read.medium").rfind("mmap@", 0), 0u);
  EXPECT_EQ(session.notes.at("picked.copy.medium").rfind("copy:method=mmap_windowed@", 0), 0u);
  for (const auto& c : done) EXPECT_EQ(c.error, 0);
}

TEST_F(Auto, RequestsThatFailSpoilNoOther) {
  Session session(automatic(), opening());
  auto requests = on_all(IODYNO_OP_READ);
  requests[5].path = "gone";
  requests[6].op = IODYNO_OP_COUNT;
  for (const std::uint32_t flags : {kRehearsal, 0u}) {
    const auto done = session.run(requests, flags);
    EXPECT_EQ(session.run_status, 0);
    for (std::size_t i = 0; i < done.size(); ++i)
      EXPECT_EQ(done[i].error, i == 5 ? ENOENT : i == 6 ? ENOTSUP : 0) << i;
  }
}

TEST_F(Auto, LeavesNothingOpen) {
  const auto use = [&] {
    Session session(automatic(), opening());
    session.open_files({"f0", "f1"}, 0);
    std::vector<iodyno_request> requests(64, block(IODYNO_OP_READ_BLOCK, 1, 0, kPage));
    expect_all_done(session.run(requests, kRehearsal), kPage);
    EXPECT_EQ(session.open_files({"f2"}, IODYNO_WRITABLE), 0);
    expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)), kPage);
  };
  use();  // a sanitizer has a thread of its own from the first thread on
  const auto before = open_descriptors();
  const auto threads = entries_of("/proc/self/task");
  for (int i = 0; i < 5; ++i) use();
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_LE(threads_left(threads), threads);
}

}  // namespace
}  // namespace sdk_test
