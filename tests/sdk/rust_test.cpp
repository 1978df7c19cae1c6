// What the rust backend alone has: its engines, its threads, and what a mapping can't do.
#include <sched.h>

#include <cerrno>
#include <string>

#include "fixture.hpp"

namespace sdk_test {
namespace {

constexpr std::int64_t kRayon = 0, kRayonMmap = 1, kTokio = 2;  // engine

Opening opening_of(const TempDir& dir, std::map<std::string, iodyno_value> options = {},
                   std::uint32_t depth = 3) {
  return {.depth = depth, .dir = dir.fd(), .dir2 = dir.fd(), .options = std::move(options)};
}

class RustEngine : public testing::TestWithParam<std::int64_t> {
 protected:
  std::map<std::string, iodyno_value> engine() const { return {{"engine", {.i = GetParam()}}}; }

  TempDir dir;
};
std::string name_of_engine(const testing::TestParamInfo<std::int64_t>& info) {
  return rust().options[0].choices[info.param];
}
INSTANTIATE_TEST_SUITE_P(, RustEngine, testing::Values(kRayon, kRayonMmap, kTokio), name_of_engine);

/// The sizes of the fixture's source: files of a megabyte wrap it many times.
TEST_P(RustEngine, KeepsWhatTheOperationsSay) {
  Session session(rust(), opening_of(dir, engine()));
  ASSERT_EQ(session.status, 0) << session.error.text;
  for (const auto size : kSizes) {
    const auto create = request(IODYNO_OP_CREATE, "file", size, 31 * kPage);
    expect_done(session.run_one(create), size);
    EXPECT_EQ(dir.read("file"), session.source(create));
    expect_done(session.run_one(request(IODYNO_OP_READ, "file", IODYNO_SIZE_UNKNOWN)), size);
    EXPECT_EQ(session.delivered_by(0), session.source(create));

    auto shorter = request(IODYNO_OP_OVERWRITE, "file", size / 2, 5 * kPage);
    shorter.flags = IODYNO_DURABLE;
    expect_done(session.run_one(shorter), size / 2);
    EXPECT_EQ(dir.read("file"), session.source(shorter) + session.source(create).substr(size / 2));

    const auto rewrite = request(IODYNO_OP_REWRITE, "file", size / 2, 5 * kPage);
    expect_done(session.run_one(rewrite), size / 2);
    EXPECT_EQ(dir.read("file"), session.source(rewrite));
    expect_done(session.run_one(request(IODYNO_OP_DELETE, "file")), 0);
  }
}

TEST_P(RustEngine, BlocksAreUpdatedInPlace) {
  std::string text = text_of(64 * kPage);
  dir.write("file", text);
  Session session(rust(), opening_of(dir, engine()));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0) << session.error.text;
  std::vector<iodyno_request> requests;
  for (std::uint32_t i = 0; i < 32; ++i)
    requests.push_back(block(IODYNO_OP_WRITE_BLOCK, 0, i * 2 * kPage, kPage, i * kPage));
  requests[7].flags = IODYNO_DURABLE;
  for (const auto& done : session.run(requests)) expect_done(done, kPage);
  for (const auto& r : requests) text.replace(r.offset, r.length, session.source(r));
  EXPECT_EQ(dir.read("file"), text);

  const auto read = block(IODYNO_OP_READ_BLOCK, 0, 3 * kPage, 9 * kPage);
  expect_done(session.run_one(read), 9 * kPage);
  EXPECT_EQ(session.delivered_by(0), text.substr(3 * kPage, 9 * kPage));
  expect_done(session.run_one(block(IODYNO_OP_FSYNC, 0, 0, 0)), 0);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 1, 0, kPage)).error, EBADF);
}

TEST_P(RustEngine, BehindTheEndIsWrittenByCallsAndAMappingSaysSo) {
  const std::uint32_t how = GetParam() == kRayonMmap ? std::uint32_t{IODYNO_FALLBACK} : 0u;
  dir.write("short", "old");
  dir.write("empty", "");
  Session session(rust(), opening_of(dir, engine()));
  const auto longer = request(IODYNO_OP_OVERWRITE, "short", 2 * kPage + 1);
  expect_done(session.run_one(longer), longer.length, how);
  EXPECT_EQ(dir.read("short"), session.source(longer));

  ASSERT_EQ(session.open_files({"short", "empty"}, IODYNO_WRITABLE), 0) << session.error.text;
  const auto within = block(IODYNO_OP_WRITE_BLOCK, 0, kPage, kPage);
  const auto across = block(IODYNO_OP_WRITE_BLOCK, 0, 2 * kPage, kPage);
  const auto empty = block(IODYNO_OP_WRITE_BLOCK, 1, 0, kPage);
  const auto done = session.run({within, across, empty});
  expect_done(done[0], kPage);
  expect_done(done[1], kPage, how);
  expect_done(done[2], kPage, how);
  EXPECT_EQ(dir.read("short").size(), 3 * kPage);
  EXPECT_EQ(dir.read("empty"), session.source(empty));

  ASSERT_EQ(session.open_files({"short"}, 0), 0);
  EXPECT_EQ(session.run_one(within).error, EBADF);
}

TEST_P(RustEngine, NothingStartsAfterTheDeadline) {
  Session session(rust(), opening_of(dir, engine()));
  for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_UNTIMED}}) {
    const auto done = session.run(
        std::vector<iodyno_request>(100, request(IODYNO_OP_CREATE, "file", 1)), flags, 1);
    for (const auto& c : done) {
      EXPECT_EQ(c.error, ECANCELED);
      EXPECT_EQ(c.start_ns + c.end_ns, 0u);
    }
    EXPECT_FALSE(dir.has("file"));
  }
}

TEST_P(RustEngine, ItsThreadsAreGoneWhenItCloses) {
  const auto before = entries_of("/proc/self/task");
  for (const std::int64_t pin : {0, 1}) {
    auto options = engine();
    options["threads"].i = 4;
    options["pin"].i = pin;
    Session session(rust(), opening_of(dir, options, 8));
    ASSERT_EQ(session.status, 0) << session.error.text;
    EXPECT_EQ(session.notes["threads"].substr(0, 3), "4: ");
    EXPECT_EQ(session.notes["threads"].find("each on a core") != std::string::npos, pin == 1);
    for (const auto& c : session.run({100, request(IODYNO_OP_STAT, ".")})) EXPECT_EQ(c.error, 0);
    EXPECT_GE(entries_of("/proc/self/task"), before + 4);
  }
  EXPECT_EQ(threads_left(before), before);
}

TEST(Rust, ThreadsAreAtMostOneForEachRequestInFlight) {
  const TempDir dir;
  Session many(rust(), opening_of(dir, {{"threads", {.i = 1000}}}, 2));
  EXPECT_EQ(many.notes["threads"], "2: in rayon's pool");
  Session alone(rust(), opening_of(dir, {}, 1));
  EXPECT_EQ(alone.notes["threads"], "1: the host's own");
}

/// Threads that wait for a device keep no core busy; workers of tokio's do not wait.
TEST(Rust, ThreadsAreAsManyAsTheDepthWhereNothingIsCached) {
  const TempDir dir;
  for (const auto engine : {kRayon, kRayonMmap, kTokio}) {
    Opening cold = opening_of(dir, {{"engine", {.i = engine}}}, 500);
    cold.expect = IODYNO_COLD;
    const Session session(rust(), cold);
    EXPECT_EQ(session.notes.at("threads").rfind("500: ", 0) == 0, engine != kTokio);
  }
}

TEST(Rust, AThreadOfTheHostIsNotPinned) {
  const TempDir dir;
  cpu_set_t before, after;
  ::sched_getaffinity(0, sizeof before, &before);
  Session session(rust(), opening_of(dir, {{"pin", {.i = 1}}}, 1));
  expect_done(session.run_one(request(IODYNO_OP_CREATE, "file", 1)), 1);
  ::sched_getaffinity(0, sizeof after, &after);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

/// What it does not list it refuses, with the reason.
TEST(Rust, NeitherDirectNorPaced) {
  const TempDir dir;
  for (const std::uint32_t flags : {std::uint32_t{IODYNO_DIRECT}, std::uint32_t{IODYNO_PACED}}) {
    Opening with = opening_of(dir);
    with.flags = flags;
    const Session session(rust(), with);
    EXPECT_EQ(session.status, ENOTSUP);
    EXPECT_STREQ(session.error.text, "unknown flags of the session");
  }
}

TEST(Rust, AnOpenSetThatCantBeOpenedNamesTheFile) {
  const TempDir dir;
  dir.write("here", "text");
  Session session(rust(), opening_of(dir));
  EXPECT_EQ(session.open_files({"here", "gone"}, 0), ENOENT);
  EXPECT_NE(std::string(session.error.text).find("gone"), std::string::npos);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, 1)).error, EBADF);
  EXPECT_EQ(session.open_files({"here"}, 64), ENOTSUP);
}

}  // namespace
}  // namespace sdk_test
