// The null backend: stamps that can be computed, and inside the call.
#include <iodyno/backend.hpp>

#include "host.hpp"

namespace sdk_test {
namespace {

const iodyno_backend& null() {
  static const iodyno_backend& backend = load(NULL_PLUGIN);
  return backend;
}
Opening with_latency(std::int64_t ns, std::uint32_t depth, std::uint32_t flags = 0) {
  return {.depth = depth, .flags = flags, .options = {{"latency", {.i = ns}}}};
}

TEST(Null, DescribesItself) {
  EXPECT_STREQ(null().name, "null");
  EXPECT_EQ(null().flags, std::uint32_t{IODYNO_SYNTHETIC | IODYNO_DIRECT | IODYNO_PACED});
  EXPECT_EQ(null().ops, IODYNO_BIT(IODYNO_OP_COUNT) - 1);
  EXPECT_EQ(null().options[0].fallback.i, 1000);
  EXPECT_EQ(null().options[0].max.i, 3'600'000'000'000);
  EXPECT_EQ(Session(null(), {.flags = IODYNO_DIRECT}).status, 0);
  EXPECT_EQ(Session(null(), {.flags = 0x100}).status, ENOTSUP);
}

TEST(Null, KeepsEverySlotBusyForTheLatency) {
  for (const std::uint32_t depth : {1u, 3u}) {
    Session session(null(), with_latency(10'000, depth));
    const auto before = iodyno::now();
    const auto done = session.run(std::vector(100, request(IODYNO_OP_READ, "", 5)));
    const auto after = iodyno::now();
    for (std::size_t i = 0; i < done.size(); ++i) {
      EXPECT_EQ(done[i].start_ns, done[0].start_ns + 10'000 * (i / depth));
      EXPECT_EQ(done[i].end_ns, done[i].start_ns + 10'000);
      EXPECT_EQ(done[i].error, 0);
      EXPECT_EQ(done[i].bytes, 5u);
    }
    EXPECT_LE(before, done.front().start_ns);
    EXPECT_LE(done.back().end_ns, after);
    EXPECT_TRUE(session.delivered.empty());
  }
}

TEST(Null, TakesNoTimeWhenToldSo) {
  Session session(null(), with_latency(0, 4));
  const auto before = iodyno::now();
  const auto done = session.run(std::vector(100, request(IODYNO_OP_STAT, "", IODYNO_SIZE_UNKNOWN)));
  const auto after = iodyno::now();
  for (const auto& c : done) {
    EXPECT_EQ(c.start_ns, c.end_ns);
    EXPECT_LE(before, c.start_ns);
    EXPECT_LE(c.end_ns, after);
    EXPECT_EQ(c.bytes, 0u);
  }
}

TEST(Null, LeavesUntimedStampsZero) {
  for (const std::int64_t latency : {0, 1000}) {
    Session session(null(), with_latency(latency, 2));
    const auto before = iodyno::now();
    for (const auto& c :
         session.run(std::vector(100, request(IODYNO_OP_DELETE, "")), IODYNO_UNTIMED)) {
      EXPECT_EQ(c.error, 0);
      EXPECT_EQ(c.start_ns, 0u);
      EXPECT_EQ(c.end_ns, 0u);
    }
    EXPECT_GE(iodyno::now() - before, std::uint64_t(latency) * 50);
  }
}

TEST(Null, KeepsToThePaceAndTheDeadline) {
  Session session(null(), with_latency(1000, 2, IODYNO_PACED));
  auto requests = std::vector(10, request(IODYNO_OP_READ, ""));
  const auto base = iodyno::now();
  for (std::size_t i = 0; i < requests.size(); ++i)
    requests[i].not_before_ns = base + 1'000'000 + i * 100'000;
  const auto done = session.run(requests, 0, requests[7].not_before_ns);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_GE(done[i].start_ns, requests[i].not_before_ns);
  for (std::size_t i = 7; i < 10; ++i) {
    EXPECT_EQ(done[i].error, ECANCELED);
    EXPECT_EQ(done[i].end_ns, 0u);
  }
  EXPECT_LE(done[6].end_ns, iodyno::now());
}

TEST(Null, HasAnOpenSet) {
  Session session(null(), {});
  EXPECT_EQ(session.open_files({"a", "b"}, IODYNO_WRITABLE), 0);
  EXPECT_EQ(session.open_files({}, 0x10), ENOTSUP);
}

}  // namespace
}  // namespace sdk_test
